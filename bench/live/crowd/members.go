package crowd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"
)

const (
	dialTimeout = 30 * time.Second
	dialers     = 50 // at once
)

// members are the clients, and what they have seen.
type members struct {
	mu       sync.Mutex // protects the rest
	conns    []*websocket.Conn
	arrivals map[int][]int64 // by mark, Unix µs
	lost     int             // connections that ended by themselves

	changed chan struct{} // rings when something arrived
	reading sync.WaitGroup
}

// connect opens sockets, each of which subscribes and reads on.
func (m *members) connect(c *Command) error {
	var group errgroup.Group
	group.SetLimit(dialers)
	for range c.Sockets {
		group.Go(func() error {
			conn, err := dial(c, &websocket.Dialer{})
			if err != nil {
				return err
			}
			if err := subscribe(conn, "1", c.Query); err != nil {
				return errors.Join(err, conn.Close())
			}
			m.add(conn)
			m.reading.Go(func() { m.read(conn) })
			return nil
		})
	}
	return group.Wait()
}

// stall opens one socket with many subscriptions that reads nothing, and returns its address.
func (m *members) stall(c *Command) (string, error) {
	conn, err := dial(c, &websocket.Dialer{NetDial: smallBuffer})
	if err != nil {
		return "", err
	}
	m.add(conn)
	for i := range c.Sockets {
		if err := subscribe(conn, fmt.Sprint(i), c.Query); err != nil {
			return "", err
		}
	}
	return conn.LocalAddr().String(), nil
}

func (m *members) add(conn *websocket.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns = append(m.conns, conn)
}

func dial(c *Command, dialer *websocket.Dialer) (*websocket.Conn, error) {
	dialer.Subprotocols = []string{"graphql-transport-ws"}
	dialer.HandshakeTimeout = dialTimeout
	dialer.ReadBufferSize, dialer.WriteBufferSize = 1<<10, 1<<10
	conn, answer, err := dialer.Dial(c.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("opening a websocket: %w", err)
	}
	_ = answer.Body.Close() // empty
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	_ = conn.SetReadDeadline(time.Now().Add(dialTimeout)) // fails where the next call does
	if _, said, err := conn.ReadMessage(); err != nil || !bytes.Contains(said, []byte("connection_ack")) {
		return nil, errors.Join(fmt.Errorf("not acknowledged: %s", said), err, conn.Close())
	}
	return conn, conn.SetReadDeadline(time.Time{})
}

func subscribe(conn *websocket.Conn, id, query string) error {
	payload := map[string]any{"query": query}
	return conn.WriteJSON(map[string]any{"id": id, "type": "subscribe", "payload": payload})
}

// read notes when marks arrive, until the connection ends.
func (m *members) read(conn *websocket.Conn) {
	var message bytes.Buffer
	for {
		_, reader, err := conn.NextReader()
		if err == nil {
			message.Reset()
			_, err = io.Copy(&message, reader)
		}
		if err != nil {
			m.mu.Lock()
			m.lost++
			m.mu.Unlock()
			return
		}
		if n, ok := markIn(message.Bytes()); ok {
			m.note(n, time.Now())
		}
	}
}

func (m *members) note(mark int, at time.Time) {
	m.mu.Lock()
	m.arrivals[mark] = append(m.arrivals[mark], at.UnixMicro())
	m.mu.Unlock()
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// markIn finds the number in "#123", which is a description.
func markIn(message []byte) (int, bool) {
	_, rest, found := bytes.Cut(message, []byte(`"#`))
	number, _, closed := bytes.Cut(rest, []byte(`"`))
	if !found || !closed {
		return 0, false
	}
	n := 0
	for _, digit := range number {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + int(digit-'0')
	}
	return n, true
}

// await waits until the marks have arrived at each socket, or for as long as it may, and forgets them.
func (m *members) await(c *Command) [][]int64 {
	timeout := time.NewTimer(c.Timeout)
	defer timeout.Stop()
	for expired := false; !expired && !m.have(c); {
		select {
		case <-m.changed:
		case <-timeout.C:
			expired = true
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var arrivals [][]int64
	for mark := c.First; mark <= c.Last; mark++ {
		arrivals = append(arrivals, m.arrivals[mark])
		delete(m.arrivals, mark)
	}
	return arrivals
}

func (m *members) have(c *Command) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for mark := c.Last; mark >= c.First; mark-- { // the last come last
		if len(m.arrivals[mark]) < c.Each {
			return false
		}
	}
	return true
}

// leave closes all sockets.
func (m *members) leave() {
	m.mu.Lock()
	for _, conn := range m.conns {
		_ = conn.Close()
	}
	m.conns, m.arrivals = nil, map[int][]int64{}
	m.mu.Unlock()
	m.reading.Wait()
}
