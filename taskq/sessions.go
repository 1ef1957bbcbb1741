package taskq

import (
	"errors"
	"sync"
)

// maxEndSessions limits the connections on which attempts are ended one by one.
const maxEndSessions = 4

var errSessionsClosed = errors.New("the worker has stopped")

// sessions are a few sessions that are shared, and opened when they are needed.
type sessions struct {
	open  func() *session
	slots chan struct{} // holds one for each session in use

	mu     sync.Mutex // protects the rest
	idle   []*session
	closed bool
}

func newSessions(limit int, open func() *session) *sessions {
	return &sessions{open: open, slots: make(chan struct{}, limit)}
}

// use waits for a session and lends it to f.
func (s *sessions) use(f func(*session) error) error {
	s.slots <- struct{}{} // each use is limited by its session
	defer func() { <-s.slots }()
	one, err := s.take()
	if err != nil {
		return err
	}
	defer s.put(one)
	return f(one)
}

func (s *sessions) take() (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errSessionsClosed
	}
	n := len(s.idle)
	if n == 0 {
		return s.open(), nil
	}
	one := s.idle[n-1]
	s.idle = s.idle[:n-1]
	return one, nil
}

func (s *sessions) put(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		one.close()
		return
	}
	s.idle = append(s.idle, one)
}

// close closes what is idle at once, and what is in use when it is given back.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, one := range s.idle {
		one.close()
	}
	s.idle = nil
}
