package transport

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// closeGrace is how long a client may take to answer a close frame. Closing the connection earlier could destroy the
// frame on its way.
const closeGrace = 2 * time.Second

// socket is one client's websocket. Any goroutine may write and close; the session alone reads.
type socket struct {
	timeout  time.Duration // of a write
	interval time.Duration // between pings

	conn    *websocket.Conn // set by open
	writing sync.Mutex      // a websocket takes one writer

	mu     sync.Mutex
	ping   *time.Timer // guarded by mu, set by open
	pings  [2]string   // guarded by mu: what the last pings held
	closed string      // guarded by mu: why this side closed, "" while open
}

// open begins to use a connection. A socket that was closed before stays so.
func (s *socket) open(conn *websocket.Conn, maxMessageBytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	conn.SetReadLimit(maxMessageBytes)
	s.ping = time.AfterFunc(s.interval, s.keepAlive)
	if s.closed != "" {
		_ = conn.Close()
	}
}

// keepAlive pings with the websocket's own frame, which every client answers without knowing.
func (s *socket) keepAlive() {
	if s.conn.WriteControl(websocket.PingMessage, s.nextPing(), time.Now().Add(s.timeout)) != nil {
		s.cut("the client does not read")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping.Reset(s.interval)
}

// nextPing makes what the next ping holds. Nobody can answer it who has not read it.
func (s *socket) nextPing() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pings[0], s.pings[1] = s.pings[1], rand.Text()[:8]
	return []byte(s.pings[1])
}

// answered moves the deadline for the next answer, if the client answers one of the last pings.
func (s *socket) answered(ping string) error {
	s.mu.Lock()
	isAnswer := ping != "" && (ping == s.pings[0] || ping == s.pings[1])
	s.mu.Unlock()
	if !isAnswer {
		return nil
	}
	return s.expectAnswer()
}

// expectAnswer sets the deadline by which a ping must have been answered. Nothing else that a client sends moves it: one that
// sends and does not read would stay forever, and what it is sent with it.
func (s *socket) expectAnswer() error { return s.expect(2 * s.interval) }

// expect sets the deadline for the next thing that the client sends, unless the socket is closing.
func (s *socket) expect(within time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed != "" {
		return nil
	}
	return s.conn.SetReadDeadline(time.Now().Add(within))
}

func (s *socket) write(m outbound) { s.writeText(encode(m)) }

// writeText sends a message. A client that does not take it in time, or has gone, loses its socket: a write that waits
// forever would hold up everything behind it.
func (s *socket) writeText(message []byte) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosing() {
		return
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.timeout))
	if s.conn.WriteMessage(websocket.TextMessage, message) != nil && !s.isClosing() {
		s.cut("the client does not read")
	}
}

// close tells the client why it is closed and leaves it a moment to answer. Only the first close counts.
func (s *socket) close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed != "" {
		return
	}
	s.closed = fmt.Sprintf("%d %s", code, reason)
	if s.conn == nil {
		return
	}
	reason = strings.ToValidUTF8(reason[:min(len(reason), maxCloseReasonBytes)], "")
	frame := websocket.FormatCloseMessage(code, reason)
	deadline := time.Now().Add(closeGrace)
	if s.conn.WriteControl(websocket.CloseMessage, frame, deadline) != nil {
		_ = s.conn.Close()
		return
	}
	_ = s.conn.SetReadDeadline(deadline)
}

// cut ends the connection without a word to the client.
func (s *socket) cut(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed == "" {
		s.closed = reason
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// isClosing reports whether this side has closed the socket.
func (s *socket) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed != ""
}

// reason says why the socket was closed.
func (s *socket) reason() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// release frees what the socket holds, after the session has ended.
func (s *socket) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping.Stop()
	_ = s.conn.Close()
}
