package transport

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// follower is a client's way through a subscription: first it is told by a feed of its own what it has missed, then it goes
// over to the group of those who are sent the same.
type follower struct {
	groups    *Groups // nil: it stays on its own
	exec      graphql.GraphExecutor
	operation *graphql.OperationContext
	member    *member
	send      func(payload []byte) // blocks until the client has taken it, or is gone

	stream *stream
	ready  chan struct{} // the stream's feed has something
}

// outcome says how an execution went on.
type outcome int

const (
	completed   outcome = iota
	interrupted         // by the server: the client is to subscribe again
	shared              // the group goes on with it
)

// run executes the operation. It returns when there is no more to send, when its lifetime ends, or when the group goes on.
func (f *follower) run(lifetime context.Context) outcome {
	ctx, wasInterrupted := interruptible(graphql.WithOperationContext(lifetime, f.operation))
	f.ready = make(chan struct{}, 1)
	f.stream = &stream{lifetime: lifetime, notify: f.ring}
	next, executing := f.exec.DispatchOperation(withStream(ctx, f.stream), f.operation)
	if f.stream.feed != nil {
		return f.follow(ctx, executing, next)
	}
	for response := next(executing); response != nil; response = next(executing) {
		response.Errors = capErrors(response.Errors)
		f.send(encode(response))
	}
	if wasInterrupted.Load() {
		return interrupted
	}
	return completed
}

func (f *follower) ring() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// follow sends what the client's own feed has until that is settled.
func (f *follower) follow(ctx, executing context.Context, next graphql.ResponseHandler) outcome {
	defer f.stream.feed.Stop()
	for {
		b := f.stream.feed.Take()
		for i := range b.Updates {
			one := resolve(executing, f.stream, next, &b.Updates[i])
			if one == nil {
				return completed // nobody is there to be told so
			}
			f.send(one.payload)
		}
		switch {
		case b.Ended:
			return interrupted
		case b.Settled && f.groups != nil:
			return f.goOver(ctx, executing, next)
		}
		select {
		case <-f.ready:
		case <-ctx.Done():
			return completed
		}
	}
}

// goOver joins the group before it stops the client's own feed, so that nothing falls between, and has the group leave out
// what the feed has told up to its last pass, so that nothing is told twice.
func (f *follower) goOver(ctx, executing context.Context, next graphql.ResponseHandler) outcome {
	if err := f.groups.join(ctx, f.exec, f.operation, f.stream.ownArguments, f.member); err != nil {
		return interrupted
	}
	lastPass := f.stream.feed.Stop()
	rest := f.stream.feed.Take().Updates
	frames := make([]*frame, 0, len(rest))
	for i := range rest {
		one := resolve(executing, f.stream, next, &rest[i])
		if one == nil {
			break // ctx has ended: nobody is told
		}
		frames = append(frames, one)
	}
	if !f.member.goLive(frames, lastPass) {
		f.member.leave()
	}
	return shared
}
