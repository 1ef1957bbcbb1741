package transport

import (
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
	if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(s.timeout)) != nil {
		s.cut("the client does not read")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ping.Reset(s.interval)
}

// heard moves the deadline by which the client must be heard of again.
func (s *socket) heard() error {
	return s.expect(2 * s.interval)
}

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
