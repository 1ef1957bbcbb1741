package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Groups has each update of a subscription resolved and encoded once for all subscribers that are sent the same: those
// with the same operation, variables and rights. Transports that have the same Groups share among each other.
type Groups struct {
	rights func(context.Context) string

	mu    sync.Mutex
	byKey map[groupKey]*group // guarded by mu: those that live

	work    sync.Mutex
	queue   []*group // guarded by work: their feeds have something
	workers int      // guarded by work: goroutines that see to the queue
}

// NewGroups returns no groups yet. rights names all that the caller of a context may see and others may not: what is
// resolved for one is sent to all with the same rights.
func NewGroups(rights func(context.Context) string) *Groups {
	return &Groups{rights: rights, byKey: map[groupKey]*group{}}
}

// maxWorkers limits the groups that are resolved at once: where each watches something else, a change must not send
// thousands to the database together.
const maxWorkers = 64

// framesPerRound limits what is resolved before it is handed out.
const framesPerRound = 32

// group is an execution of a subscription for all its members. It has a worker only while there is something to tell.
type group struct {
	groups *Groups
	key    groupKey
	opened func() error // once, by the first member; the others wait
	exec   graphql.GraphExecutor
	stream *stream
	next   graphql.ResponseHandler
	ctx    context.Context //nolint:containedctx // of the execution
	cancel context.CancelFunc
	calls  atomic.Int64 // of wake that were not seen to yet

	mu      sync.Mutex
	members map[*member]struct{} // guarded by mu
}

// join makes m a member of the group of those who are sent the same as m's operation. Frames wait until m goes live. ctx
// is m's: the execution has its values, and outlives it.
func (g *Groups) join(
	ctx context.Context, exec graphql.GraphExecutor, operation *graphql.OperationContext, own []string, m *member,
) error {
	key, err := keyOf(operation, own, g.rights(ctx))
	if err != nil {
		return err
	}
	g.mu.Lock()
	to := g.byKey[key]
	if to == nil {
		to = g.newGroup(ctx, key, exec, operation)
	}
	to.add(m)
	g.mu.Unlock()
	m.leave = func() { g.leave(to, m) }
	if err := to.opened(); err != nil {
		m.leave()
		return err
	}
	return nil
}

// newGroup makes a group that is not open yet. g.mu is held.
func (g *Groups) newGroup(
	ctx context.Context, key groupKey, exec graphql.GraphExecutor, operation *graphql.OperationContext,
) *group {
	to := &group{groups: g, key: key, exec: exec, members: map[*member]struct{}{}}
	to.calls.Store(1) // open itself asks for a worker, once the stream has its feed
	to.ctx, to.cancel = context.WithCancel(context.WithoutCancel(ctx))
	to.opened = sync.OnceValue(func() error { return to.open(operation) })
	g.byKey[key] = to
	return to
}

func (to *group) open(operation *graphql.OperationContext) error {
	to.stream = &stream{shared: true, lifetime: to.ctx, notify: to.wake}
	to.next, to.ctx = to.exec.DispatchOperation(withStream(to.ctx, to.stream), operation)
	if to.stream.feed == nil {
		to.groups.forget(to)
		return errors.New("joining a group: the subscription was refused")
	}
	to.groups.enqueue(to)
	return nil
}

// leave ends the group with its last member.
func (g *Groups) leave(to *group, m *member) {
	g.mu.Lock()
	isEmpty := to.remove(m)
	if isEmpty && g.byKey[to.key] == to {
		delete(g.byKey, to.key)
	}
	g.mu.Unlock()
	if !isEmpty {
		return
	}
	to.cancel()
	if to.stream.feed != nil {
		to.stream.feed.Stop()
	}
}

// forget has nobody join any more.
func (g *Groups) forget(to *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byKey[to.key] == to {
		delete(g.byKey, to.key)
	}
}

func (to *group) add(m *member) {
	to.mu.Lock()
	defer to.mu.Unlock()
	to.members[m] = struct{}{}
}

// remove reports whether that was the last member.
func (to *group) remove(m *member) bool {
	to.mu.Lock()
	defer to.mu.Unlock()
	delete(to.members, m)
	return len(to.members) == 0
}

// wake has a worker look at the feed, unless one does.
func (to *group) wake() {
	if to.calls.Add(1) == 1 {
		to.groups.enqueue(to)
	}
}

func (g *Groups) enqueue(to *group) {
	g.work.Lock()
	defer g.work.Unlock()
	g.queue = append(g.queue, to)
	if g.workers < maxWorkers {
		g.workers++
		go g.serve()
	}
}

// serve sees to groups until none is left.
func (g *Groups) serve() {
	for to := g.dequeue(); to != nil; to = g.dequeue() {
		to.run()
	}
}

// dequeue returns nil when the worker is needed no more.
func (g *Groups) dequeue() *group {
	g.work.Lock()
	defer g.work.Unlock()
	if len(g.queue) == 0 {
		g.queue = nil
		g.workers--
		return nil
	}
	to := g.queue[0]
	g.queue = g.queue[1:]
	return to
}

// run tells members what the feed has, until nobody has called since it looked. After the end it leaves its calls
// unanswered, so that nobody starts it again.
func (to *group) run() {
	for {
		calls := to.calls.Load()
		if !to.tellAll(to.stream.feed.Take()) || to.calls.CompareAndSwap(calls, 0) {
			return
		}
	}
}

// tellAll reports whether more can come.
func (to *group) tellAll(b Batch[any]) bool {
	for round := range slices.Chunk(b.Updates, framesPerRound) {
		frames := make([]*frame, 0, len(round))
		for i := range round {
			f := to.resolve(&round[i])
			if f == nil {
				return false // the last member has left
			}
			frames = append(frames, f)
		}
		if to.tell(frames...); frames[len(frames)-1].kind != frameNext {
			return false
		}
	}
	if b.Ended {
		to.groups.forget(to)
		to.tell(&frame{kind: frameInterrupted, keep: true})
	}
	return !b.Ended
}

// resolve makes the frame of an update. An execution that panics ends the group.
func (to *group) resolve(u *Update[any]) (f *frame) {
	defer func() {
		if r := recover(); r != nil {
			to.groups.forget(to)
			f = &frame{kind: frameFailed, payload: encode(to.exec.DispatchError(to.ctx, panicked(r)).Errors), keep: true}
		}
	}()
	return resolve(to.ctx, to.stream, to.next, u)
}

// resolveTimeout limits what a database that does not answer can hold up.
const resolveTimeout = 30 * time.Second

// resolve makes the frame of an update; nil when ctx has ended.
func resolve(ctx context.Context, s *stream, next graphql.ResponseHandler, u *Update[any]) *frame {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	s.feed.push(ctx, u.Value)
	response := next(ctx)
	if response == nil {
		return nil
	}
	response.Errors = capErrors(response.Errors)
	return &frame{payload: encode(response), pass: u.Pass, subject: u.Subject, keep: u.Keep}
}

// encode makes JSON of what was resolved.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a resolver's JSON is broken
	}
	return data
}

func panicked(value any) gqlerror.List {
	return gqlerror.List{gqlerror.Wrap(fmt.Errorf("panic: %v\n\n%s", value, debug.Stack()))}
}

// tell puts frames into the outboxes of all members.
func (to *group) tell(frames ...*frame) {
	to.mu.Lock()
	defer to.mu.Unlock()
	for m := range to.members {
		m.put(frames)
	}
}
