package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
)

// session speaks the subprotocol on one socket. Its methods run in the goroutine that reads, but for those of an
// operation, each of which has its own.
type session struct {
	socket  *socket
	exec    graphql.GraphExecutor
	options *WebsocketOptions
	buffers *sync.Pool // of *[]byte: messages that are being written
	rate    rate
	initial bool            // no connection_init yet
	ctx     context.Context //nolint:containedctx // lives as long as the socket; operations of this session derive theirs

	mu         sync.Mutex
	operations map[string]*operation // guarded by mu: those that run, by the client's id
	running    sync.WaitGroup
	outbox     outbox
}

func newSession(s *socket, exec graphql.GraphExecutor, t *Websocket) *session {
	n := &session{
		socket: s, exec: exec, options: &t.options, buffers: &t.buffers, rate: newRate(t.options.MessagesPerSecond), initial: true,
	}
	n.outbox = outbox{start: n.running.Go, write: n.deliver, full: n.tooSlow}
	return n
}

// run reads messages until the socket is closed, and returns when no operation is left.
func (s *session) run(ctx context.Context) {
	defer s.socket.release()
	defer s.running.Wait()
	defer s.outbox.close()
	defer s.stopAll()
	defer s.recover(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.ctx = ctx
	if s.socket.conn.Subprotocol() != subprotocol {
		s.socket.close(closeNoSubprotocol, "Subprotocol not acceptable")
	}
	s.socket.conn.SetPongHandler(s.ponged)
	s.socket.conn.SetPingHandler(s.pinged)
	if s.socket.expect(s.options.InitTimeout) != nil {
		return
	}
	for s.read() { //nolint:contextcheck // operations run under what Authenticate returns
	}
	// What waits to be written is dropped, so that no operation waits for the client.
	s.socket.cut("by the client")
}

// recover keeps a panic from ending the whole server: no other handler stands above this goroutine.
func (s *session) recover(ctx context.Context) {
	if r := recover(); r != nil {
		s.options.Logger.ErrorContext(ctx, "A websocket failed.", "error", fmt.Errorf("panic: %v\n\n%s", r, debug.Stack()))
		s.socket.cut("the server failed")
	}
}

// tooSlow sends a client away that is too far behind. It comes back with its cursor.
func (s *session) tooSlow() {
	s.running.Go(func() { s.socket.close(closeTryAgain, "Too slow, try again later") })
}

// read handles one message. False: there will be no more.
func (s *session) read() bool {
	kind, data, err := s.socket.conn.ReadMessage()
	switch {
	case err != nil:
		s.readFailed(err)
		return false
	case s.socket.isClosing():
		return true // only the answer to the close frame is of interest
	case !s.rate.take(time.Now()):
		s.socket.close(closePolicy, "Too many messages")
		return true
	}
	m, err := decodeMessage(data)
	if err != nil || kind != websocket.TextMessage {
		s.socket.close(closeBadRequest, "Invalid message received")
		return true
	}
	if err := s.handle(&m); err != nil {
		s.socket.close(closeBadRequest, "Invalid message received")
	}
	return true
}

// readFailed closes a socket whose client said nothing for too long.
func (s *session) readFailed(err error) {
	timeout := net.Error(nil)
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		return
	}
	if s.initial {
		s.socket.close(closeInitTimeout, "Connection initialisation timeout")
	} else {
		s.socket.cut("the client answers no ping")
	}
}

// control counts a control frame.
func (s *session) control() {
	if !s.rate.take(time.Now()) {
		s.socket.close(closePolicy, "Too many messages")
	}
}

// ponged takes the answer to a ping frame.
func (s *session) ponged(payload string) error {
	s.control()
	if s.initial {
		return nil
	}
	return s.socket.answered(payload)
}

// pinged answers a ping frame.
func (s *session) pinged(payload string) error {
	s.control()
	if s.socket.isClosing() {
		return nil
	}
	deadline := time.Now().Add(s.options.WriteTimeout)
	return s.socket.conn.WriteControl(websocket.PongMessage, []byte(payload), deadline)
}

// handle does what a message asks for. It returns errBadMessage for one that is no message of the subprotocol.
func (s *session) handle(m *inbound) error {
	switch m.Type {
	case messageInit:
		return s.initialise(m)
	case messagePing:
		return s.answerPing(m)
	case messagePong:
		_, err := m.object()
		return err
	case messageSubscribe:
		return s.subscribe(m)
	case messageComplete:
		s.stopID(m.ID)
		return nil
	}
	return errBadMessage
}

func (s *session) initialise(m *inbound) error {
	if !s.initial {
		s.socket.close(closeTooManyInits, "Too many initialisation requests")
		return nil
	}
	payload, err := m.object()
	if err != nil {
		return err
	}
	ctx, err := s.options.Authenticate(s.ctx, payload)
	if err != nil {
		s.refuse(err)
		return nil // the client is told by the close code
	}
	s.ctx, s.initial = ctx, false
	context.AfterFunc(ctx, func() { s.socket.close(closeForbidden, "Forbidden") })
	s.socket.write(outbound{Type: messageAck})
	_ = s.socket.expectAnswer() // a connection without deadlines is already closed
	return nil
}

// refuse closes with the code of the error, if it has one, and then tells its text, too.
func (s *session) refuse(err error) {
	coded := interface {
		error
		CloseCode() int
	}(nil)
	if errors.As(err, &coded) {
		s.socket.close(coded.CloseCode(), coded.Error())
		return
	}
	s.socket.close(closeForbidden, "Forbidden")
}

func (s *session) answerPing(m *inbound) error {
	payload, err := m.object()
	if err != nil {
		return err
	}
	answer := outbound{Type: messagePong}
	if payload != nil {
		answer.Payload = payload
	}
	s.socket.write(answer)
	return nil
}
