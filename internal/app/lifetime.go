package app

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// lifetime ends what was started, in the reverse order.
type lifetime struct {
	log     *slog.Logger
	closers []closer // in the order of starting
}

type closer struct {
	what  string
	limit time.Duration
	do    func(context.Context) error
}

// onClose has do run when the program ends, in the reverse order of these calls. Its context ends after limit.
func (l *lifetime) onClose(what string, limit time.Duration, do func(context.Context) error) {
	l.closers = append(l.closers, closer{what, limit, do})
}

// background runs do beside the program, with the values of ctx but not its end: its own context ends when the program
// closes what was started up to here, which then waits a second at most for do to return.
func (l *lifetime) background(ctx context.Context, what string, do func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() { defer close(ended); do(ctx) }()
	l.onClose("ending "+what, time.Second, func(limited context.Context) error {
		cancel()
		select {
		case <-ended:
			return nil
		case <-limited.Done():
			return limited.Err()
		}
	})
}

// close logs what could not be ended, and goes on with the rest.
func (l *lifetime) close(ctx context.Context) {
	for _, c := range slices.Backward(l.closers) {
		limited, cancel := context.WithTimeout(ctx, c.limit)
		if err := c.do(limited); err != nil {
			l.log.Error(c.what, "error", err)
		}
		cancel()
	}
}
