package transport

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// counter is a source whose updates are the numbers that are published.
type counter struct {
	mu      sync.Mutex
	feeds   map[*counterFeed]struct{} // guarded by mu
	passes  uint64                    // guarded by mu
	refuses bool                      // guarded by mu: no feed for a group
	opened  func(own bool)            // called after a feed was opened
	stopped func()                    // called after a feed was stopped
}

// counterFeed is settled two passes after it began.
type counterFeed struct {
	of      *counter
	notify  func()
	pending []Update[int] // these are guarded by of.mu
	settles uint64
	ended   bool
}

func newCounter() *counter {
	return &counter{feeds: map[*counterFeed]struct{}{}, opened: func(bool) {}, stopped: func() {}}
}

func (c *counter) open(_ context.Context, own bool, notify func()) (Feed[int], error) {
	defer c.opened(own)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuses && !own {
		return nil, errors.New("no more")
	}
	f := &counterFeed{of: c, notify: notify}
	if own {
		f.settles = c.passes + 2
	}
	c.feeds[f] = struct{}{}
	return f, nil
}

func (c *counter) publish(numbers ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passes++
	for f := range c.feeds {
		for _, n := range numbers {
			f.pending = append(f.pending, Update[int]{Value: n, Pass: c.passes, Subject: n})
		}
		f.notify()
	}
}

func (c *counter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f := range c.feeds {
		f.ended = true
		f.notify()
	}
}

func (c *counter) openFeeds() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.feeds)
}

func (f *counterFeed) Take() Batch[int] {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	b := Batch[int]{Updates: f.pending, Settled: f.of.passes >= f.settles, Ended: f.ended}
	f.pending = nil
	return b
}

func (f *counterFeed) Stop() uint64 {
	defer f.of.stopped()
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	delete(f.of.feeds, f)
	return f.of.passes
}

// counting executes a subscription to a counter.
type counting struct {
	source *counter
	result func(n int) *graphql.Response
}

var _ graphql.GraphExecutor = counting{}

func (c counting) CreateOperationContext(context.Context, *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	document, errs := gqlparser.LoadQueryWithRules(testSchema, `subscription { updated { id } }`, rules.NewDefaultRules())
	return &graphql.OperationContext{Doc: document, Operation: document.Operations[0]}, errs
}

func (c counting) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	numbers, err := Stream(ctx, Source[int]{Open: c.source.open})
	if err != nil {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{gqlerror.Wrap(err)}}), ctx
	}
	return func(ctx context.Context) *graphql.Response {
		select {
		case n := <-numbers:
			return c.result(n)
		case <-ctx.Done():
			return nil
		}
	}, ctx
}

func (c counting) DispatchError(_ context.Context, errs gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: errs}
}

func plainly(n int) *graphql.Response { return &graphql.Response{Data: []byte(strconv.Itoa(n))} }

// reader is a subscriber that notes what it is sent.
type reader struct {
	member  *member
	outbox  outbox
	writing sync.WaitGroup

	mu    sync.Mutex
	told  []string    // guarded by mu
	kinds []frameKind // guarded by mu
}

func newReader() *reader {
	r := &reader{}
	r.outbox = outbox{start: r.writing.Go, full: func() {}, write: func(list []parcel) {
		for _, p := range list {
			r.note(p.frame.kind, p.frame.payload)
		}
	}}
	r.member = &member{box: &r.outbox}
	return r
}

func (r *reader) note(kind frameKind, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told, r.kinds = append(r.told, string(payload)), append(r.kinds, kind)
}

func (r *reader) latest() (kind frameKind, text string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.told) == 0 {
		return 0, "", 0
	}
	return r.kinds[len(r.kinds)-1], r.told[len(r.told)-1], len(r.told)
}

func (r *reader) follow(ctx context.Context, groups *Groups, exec counting) outcome {
	operation, _ := exec.CreateOperationContext(ctx, nil)
	f := &follower{
		groups: groups, exec: exec, operation: operation, member: r.member,
		send: func(payload []byte) { r.note(frameNext, payload) },
	}
	return f.run(ctx)
}

func (r *reader) quit() {
	r.member.quit()
	r.outbox.close()
	r.writing.Wait()
}

func anyone(context.Context) string { return "" }

const patience = 3 * time.Minute

// However readers come and go while numbers are published: each is told one number after another.
func TestReadersOfAGroupMissNothingAndAreToldNothingTwice(t *testing.T) {
	t.Parallel()
	source := newCounter()
	groups, exec := NewGroups(anyone), counting{source, plainly}
	done := make(chan struct{})
	var publishing, reading sync.WaitGroup
	publishing.Go(func() {
		ticker := time.NewTicker(200 * time.Microsecond)
		defer ticker.Stop()
		for n := 1; ; n += 2 {
			select {
			case <-done:
				return
			case <-ticker.C:
				source.publish(n, n+1)
			}
		}
	})
	for range 8 {
		reading.Go(func() {
			for visit := range 50 {
				r := newReader()
				r.follow(t.Context(), groups, exec)
				for _, _, told := r.latest(); told < visit; _, _, told = r.latest() {
					runtime.Gosched()
				}
				r.quit()
				requireConsecutive(t, r.told)
			}
		})
	}
	reading.Wait()
	close(done)
	publishing.Wait()
	require.Empty(t, groups.byKey, "the last member ends its group")
	require.Zero(t, source.openFeeds(), "and its feed")
}

func TestNothingFallsBetweenAReadersOwnFeedAndItsGroup(t *testing.T) {
	t.Parallel()
	source := newCounter()
	source.stopped = sync.OnceFunc(func() { source.publish(1_000) })
	r := shareOne(t, source, NewGroups(anyone), counting{source, plainly})
	require.Eventually(t, func() bool { _, text, _ := r.latest(); return text == `{"data":1000}` }, patience, time.Millisecond)
	r.quit()
}

// A client goes while what its own feed has last is resolved. Nothing must wait for it then, or the socket would stay for good.
func TestReaderThatGoesWhileItJoinsIsLetGo(t *testing.T) {
	t.Parallel()
	source, groups := newCounter(), NewGroups(anyone)
	source.opened = func(own bool) {
		if !own {
			source.publish(make([]int, 100)...)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	source.stopped = cancel
	r, over := newReader(), make(chan outcome, 1)
	go func() { over <- r.follow(ctx, groups, counting{source, plainly}) }()
	for n := 1; ; n++ {
		select {
		case <-over:
			r.quit()
			require.Empty(t, groups.byKey)
			return
		case <-time.After(time.Millisecond):
			source.publish(n)
		}
		require.Less(t, n, 20_000, "the reader is stuck")
	}
}

func requireConsecutive(t *testing.T, told []string) {
	t.Helper()
	for i := 1; i < len(told); i++ {
		before, errBefore := strconv.Atoi(dataOf(told[i-1]))
		n, err := strconv.Atoi(dataOf(told[i]))
		if errBefore != nil || err != nil || n != before+1 {
			t.Errorf("%s after %s", told[i], told[i-1])
			return
		}
	}
}

func dataOf(payload string) string { return payload[len(`{"data":`) : len(payload)-1] }

// shareOne returns a reader that shares a group.
func shareOne(t *testing.T, source *counter, groups *Groups, exec counting) *reader {
	t.Helper()
	r := newReader()
	over := make(chan outcome, 1)
	go func() { over <- r.follow(t.Context(), groups, exec) }()
	for n := 1; ; n++ {
		select {
		case outcome := <-over:
			require.Equal(t, shared, outcome)
			return r
		case <-time.After(time.Millisecond):
			source.publish(n)
		}
	}
}

func TestExecutionThatPanicsEndsItsGroup(t *testing.T) {
	t.Parallel()
	source := newCounter()
	groups, exec := NewGroups(anyone), counting{source, func(n int) *graphql.Response {
		if n == 1_000_000 {
			panic("unlucky")
		}
		return plainly(n)
	}}
	r := shareOne(t, source, groups, exec)
	source.publish(1_000_000)
	require.Eventually(t, func() bool { kind, text, _ := r.latest(); return kind == frameFailed && text != "" }, patience, time.Millisecond)
	other := shareOne(t, source, groups, exec)
	source.publish(2_000_000)
	require.Eventually(t, func() bool { _, text, _ := other.latest(); return text == `{"data":2000000}` }, patience, time.Millisecond)
	kind, _, _ := r.latest()
	require.Equal(t, frameFailed, kind, "nothing follows")
	r.quit()
	other.quit()
	require.Empty(t, groups.byKey)
}

func TestFeedThatEndsInterruptsItsReaders(t *testing.T) {
	t.Parallel()
	source := newCounter()
	groups, exec := NewGroups(anyone), counting{source, plainly}
	r := shareOne(t, source, groups, exec)
	source.end()
	require.Eventually(t, func() bool { kind, _, _ := r.latest(); return kind == frameInterrupted }, patience, time.Millisecond)
	r.quit()

	source.refuses = true
	late := newReader()
	source.passes += 2
	over := make(chan outcome, 1)
	go func() { over <- late.follow(t.Context(), groups, exec) }()
	for len(over) == 0 {
		source.publish(1)
	}
	require.Equal(t, interrupted, <-over, "there is no group to join")
	require.Empty(t, groups.byKey)
	require.Zero(t, source.openFeeds())
}

func TestTransportThatDoesNotShareFollowsOnItsOwn(t *testing.T) {
	t.Parallel()
	source := newCounter()
	ctx, cancel := context.WithCancel(t.Context())
	r := newReader()
	over := make(chan outcome, 1)
	go func() { over <- r.follow(ctx, nil, counting{source, plainly}) }()
	for n := 1; ; n++ {
		source.publish(n)
		if _, _, told := r.latest(); told > 10 {
			break
		}
	}
	cancel()
	require.Equal(t, completed, <-over)
	requireConsecutive(t, r.told)
	require.Zero(t, source.openFeeds())
}
