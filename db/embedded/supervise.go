package embedded

import (
	"context"
	"time"
)

// A server that dies more often than this in a row is left down: something is wrong that starting again won't mend.
const (
	maxRestarts  = 5
	restartGap   = 200 * time.Millisecond // doubled each time
	healthyAfter = time.Minute            // a server that ran this long starts a new row
)

// supervise starts the server again when it dies, until ctx ends.
func (s *Server) supervise(ctx context.Context) {
	defer close(s.supervised)
	failures := 0
	for {
		began := time.Now()
		select {
		case <-ctx.Done():
			return
		case <-s.run.exited:
		}
		if time.Since(began) > healthyAfter {
			failures = 0
		}
		s.opts.Logger.ErrorContext(ctx, "private PostgreSQL died", "error", s.run.err, "log", s.layout.log)
		if s.opts.Unsupervised || !s.restart(ctx, &failures) {
			if ctx.Err() == nil {
				close(s.failed)
			}
			return
		}
	}
}

// restart tries until the server is up. It reports false when ctx ends or nothing helps.
func (s *Server) restart(ctx context.Context, failures *int) bool {
	for *failures < maxRestarts {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(restartGap << *failures):
		}
		*failures++
		err := s.launch(ctx)
		if err == nil {
			return true
		}
		s.opts.Logger.ErrorContext(ctx, "starting private PostgreSQL again", "error", err)
	}
	return false
}
