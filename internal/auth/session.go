package auth

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ErrEnded is why the context of a websocket or a stream ended: its credential expired or was revoked.
var ErrEnded = errors.New("the credential has expired or was revoked")

// sessions are the websockets and streams that go on under a credential. Whether keys were revoked is asked for all of
// them at once, every two seconds, and only while there are any.
type sessions struct {
	keys *Keys
	log  *slog.Logger

	mu   sync.Mutex
	held map[uuid.UUID]map[*session]struct{} // guarded by mu: by API key
	stop chan struct{}                       // guarded by mu: closed to end the asking; nil while nobody asks
}

type session struct{ end context.CancelCauseFunc }

func newSessions(keys *Keys, log *slog.Logger) *sessions {
	return &sessions{keys: keys, log: log, held: map[uuid.UUID]map[*session]struct{}{}}
}

// hold returns a context that ends, with [ErrEnded] as its cause, when the principal's credential does. Call release when
// it is needed no more.
func (s *sessions) hold(ctx context.Context, p Principal) (held context.Context, release context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	expiry := func() bool { return false }
	if !p.Expires.IsZero() {
		expiry = time.AfterFunc(time.Until(p.Expires), func() { end(ErrEnded) }).Stop
	}
	one := &session{end}
	s.add(p.key, one)
	return ctx, sync.OnceFunc(func() {
		expiry()
		s.remove(p.key, one)
		end(nil)
	})
}

func (s *sessions) add(key uuid.UUID, one *session) {
	if key == uuid.Nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[key] == nil {
		s.held[key] = map[*session]struct{}{}
	}
	s.held[key][one] = struct{}{}
	if s.stop == nil {
		s.stop = make(chan struct{})
		go s.ask(s.stop)
	}
}

func (s *sessions) remove(key uuid.UUID, one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held[key], one)
	if len(s.held[key]) == 0 {
		delete(s.held, key)
	}
	if len(s.held) == 0 && s.stop != nil {
		close(s.stop)
		s.stop = nil
	}
}

// ask ends the sessions of keys that are valid no more, until stop is closed. While the database does not answer they go
// on: they learn nothing new meanwhile either.
func (s *sessions) ask(stop <-chan struct{}) {
	ticker := time.NewTicker(revocationInterval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), revocationInterval)
		ended, err := s.keys.ended(ctx, s.heldKeys())
		cancel()
		if err != nil {
			s.log.Warn("whether API keys were revoked cannot be asked; trying again", "error", err)
		}
		for _, key := range ended {
			s.endAll(key)
		}
	}
}

func (s *sessions) heldKeys() []uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]uuid.UUID, 0, len(s.held))
	for key := range s.held {
		keys = append(keys, key)
	}
	return keys
}

func (s *sessions) endAll(key uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.held[key] {
		one.end(ErrEnded)
	}
}
