package transport

import (
	"context"
	"errors"
)

// Source says where the updates of a subscription come from.
type Source[T any] struct {
	// OwnArguments of the field say only where one subscriber begins. Subscriptions that differ in nothing else are sent
	// the same, once their beginning is behind them.
	OwnArguments []string
	// Open begins a feed: with what those arguments ask for when own, else with what is new from now on. It calls notify,
	// which does not block, whenever Take has something new. ctx limits the beginning, not the feed.
	Open func(ctx context.Context, own bool, notify func()) (Feed[T], error)
}

// Feed is what a subscription follows. Updates are found in passes, of which each feed of a process sees every one.
type Feed[T any] interface {
	// Take returns what came since the last call. It never blocks.
	Take() Batch[T]
	// Stop ends the feed and returns the last pass that it was told of. What Take has not returned yet it still returns.
	Stop() (lastPass uint64)
}

// Batch is what a [Feed] has for its reader.
type Batch[T any] struct {
	Updates []Update[T]
	Settled bool // later updates are newer than any that the beginning told
	Ended   bool // nothing comes any more; the client is to subscribe again
}

// Update is one value of a subscription's field.
type Update[T any] struct {
	Value   T
	Pass    uint64
	Subject any  // comparable; of two updates of a subject, a slow client can do without the earlier one
	Keep    bool // but not without this one
}

// Stream has a resolver return the updates of a source. Each is resolved and encoded once for all subscribers that are
// sent the same; their transport sees to that.
func Stream[T any](ctx context.Context, source Source[T]) (<-chan T, error) {
	s, ok := ctx.Value(streamKey{}).(*stream)
	if !ok {
		return nil, errors.New("subscribing: this transport carries no subscriptions")
	}
	feed, err := source.Open(ctx, !s.shared, s.notify)
	if err != nil {
		return nil, err
	}
	values := make(chan T, 1)
	s.feed = &untyped[T]{feed, values}
	s.ownArguments = source.OwnArguments
	return values, nil
}

type streamKey struct{}

// stream is an execution of a subscription. The transport puts it into the context, the resolver gives it a feed, and then
// each value that is pushed makes the next response.
type stream struct {
	shared       bool
	lifetime     context.Context //nolint:containedctx // what Lifetime returns
	notify       func()
	feed         pusher // nil until the resolver has called Stream
	ownArguments []string
}

func withStream(ctx context.Context, s *stream) context.Context {
	return context.WithValue(ctx, streamKey{}, s)
}

// IsShared reports whether ctx is that of an execution for many subscribers, each of which has executed the operation for
// itself before.
func IsShared(ctx context.Context) bool {
	s, ok := ctx.Value(streamKey{}).(*stream)
	return ok && s.shared
}

// Lifetime returns the context that a subscription was begun with: it ends with it, and knows its principal. What waits for
// the end is better held by this one, since ctx holds the execution, which is over once a group goes on with it.
func Lifetime(ctx context.Context) context.Context {
	if s, ok := ctx.Value(streamKey{}).(*stream); ok {
		return s.lifetime
	}
	return ctx
}

// pusher is a feed whose values go to the channel of a resolver.
type pusher interface {
	Feed[any]
	push(ctx context.Context, value any) // waits until the value before was taken, or ctx ends
}

type untyped[T any] struct {
	feed   Feed[T]
	values chan<- T
}

// Take implements [Feed].
func (u *untyped[T]) Take() Batch[any] {
	from := u.feed.Take()
	to := Batch[any]{Settled: from.Settled, Ended: from.Ended, Updates: make([]Update[any], len(from.Updates))}
	for i := range from.Updates {
		one := &from.Updates[i]
		to.Updates[i] = Update[any]{one.Value, one.Pass, one.Subject, one.Keep}
	}
	return to
}

// Stop implements [Feed].
func (u *untyped[T]) Stop() uint64 { return u.feed.Stop() }

func (u *untyped[T]) push(ctx context.Context, value any) {
	v, _ := value.(T) // what Take has returned
	select {
	case u.values <- v:
	case <-ctx.Done():
	}
}
