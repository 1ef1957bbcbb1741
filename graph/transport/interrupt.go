package transport

import (
	"context"
	"sync/atomic"
)

type interruptKey struct{}

// Interrupt says that the subscription of ctx ends for a reason of the server's own. Its client is then told to connect
// again, instead of that everything is complete. A resolver calls it before it closes its channel.
func Interrupt(ctx context.Context) {
	if interrupted, ok := ctx.Value(interruptKey{}).(*atomic.Bool); ok {
		interrupted.Store(true)
	}
}

func interruptible(ctx context.Context) (context.Context, *atomic.Bool) {
	interrupted := &atomic.Bool{}
	return context.WithValue(ctx, interruptKey{}, interrupted), interrupted
}
