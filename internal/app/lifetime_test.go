package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatWasStartedLastEndsFirst(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	var ended []string
	l := lifetime{log: slog.New(slog.NewTextHandler(&log, nil))}
	l.onClose("closing the store", time.Minute, func(context.Context) error { ended = append(ended, "store"); return nil })
	for _, name := range []string{"first", "second"} {
		l.background(t.Context(), name, func(ctx context.Context) {
			<-ctx.Done()
			ended = append(ended, name) // no race: each is waited for
		})
	}
	l.onClose("closing connections", time.Minute, func(context.Context) error { ended = append(ended, "connections"); return errors.New("a client stays") })
	l.close(t.Context())
	require.Equal(t, []string{"connections", "second", "first", "store"}, ended)
	require.Equal(t, 1, strings.Count(log.String(), "level=ERROR"))
	require.Contains(t, log.String(), `msg="closing connections" error="a client stays"`)
}

func TestWhatDoesNotEndHoldsNothingUp(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	l := lifetime{log: slog.New(slog.NewTextHandler(&log, nil))}
	closed, release := false, make(chan struct{})
	defer close(release)
	l.onClose("closing the store", time.Minute, func(context.Context) error { closed = true; return nil })
	l.background(t.Context(), "a loop that hears nothing", func(context.Context) { <-release })
	l.close(t.Context())
	require.True(t, closed)
	require.Contains(t, log.String(), `msg="ending a loop that hears nothing" error="context deadline exceeded"`)
}

func TestBackgroundOutlivesWhatStartedIt(t *testing.T) {
	t.Parallel()
	l := lifetime{log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found := make(chan error)
	l.background(ctx, "a loop", func(ctx context.Context) { found <- ctx.Err() })
	require.NoError(t, <-found)
	l.close(t.Context())
}
