package collapse

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench has callers of a group, each of whose finds returns its number once it is let.
type bench struct {
	*testing.T
	group   Group[string, int]
	callers sync.WaitGroup
	let     chan bool // says whether the value may be shared
	finds   atomic.Int64

	mu   sync.Mutex
	own  []int // guarded by mu: values of callers' own finds
	told []int // guarded by mu: values that callers were told
}

// timeless runs a test whose clock goes on only when everybody waits.
func timeless(t *testing.T, test func(b *bench)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t, let: make(chan bool)}
		test(b)
		b.callers.Wait()
		require.Empty(t, b.group.lines, "nothing is kept")
	})
}

// call has so many call Do, and returns when they all wait.
func (b *bench) call(ctx context.Context, key string, callers int) {
	for range callers {
		b.callers.Go(func() { b.callOnce(ctx, key) })
	}
	synctest.Wait()
}

func (b *bench) callOnce(ctx context.Context, key string) {
	value, isShared := b.group.Do(ctx, key, func() (int, bool) {
		number := int(b.finds.Add(1))
		return number, <-b.let
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if isShared {
		b.told = append(b.told, value)
	} else {
		b.own = append(b.own, value)
	}
}

// requireOutcome holds which values callers found by themselves, and which they were told, once all wait or have ended.
func (b *bench) requireOutcome(own, told []int) {
	b.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.ElementsMatch(b, own, b.own)
	require.ElementsMatch(b, told, b.told)
}

func TestCallersShareTheRunThatBeginsAfterTheyCame(t *testing.T) {
	timeless(t, func(b *bench) {
		b.call(b.Context(), "a", 1)
		b.call(b.Context(), "a", 3)
		require.EqualValues(b, 1, b.finds.Load(), "the others wait")
		b.let <- true
		b.requireOutcome([]int{1}, nil)
		b.call(b.Context(), "a", 2) // while the second run is under way
		b.let <- true
		b.requireOutcome([]int{1, 2}, []int{2, 2})
		b.let <- true
		b.requireOutcome([]int{1, 2, 3}, []int{2, 2, 3})
		b.call(b.Context(), "a", 1)
		b.let <- true
		b.requireOutcome([]int{1, 2, 3, 4}, []int{2, 2, 3})
	})
}

func TestKeysDoNotWaitForEachOther(t *testing.T) {
	timeless(t, func(b *bench) {
		b.call(b.Context(), "a", 1)
		b.call(b.Context(), "b", 1)
		require.EqualValues(b, 2, b.finds.Load())
		b.let <- true
		b.let <- true
	})
}

func TestWhatMayNotBeSharedIsFoundByEach(t *testing.T) {
	timeless(t, func(b *bench) {
		const callers = 6
		b.call(b.Context(), "a", callers)
		for range callers {
			b.let <- false
		}
		b.requireOutcome([]int{1, 2, 3, 4, 5, 6}, nil)
	})
}

func TestWhoGoesAwayHoldsUpNobody(t *testing.T) {
	timeless(t, func(b *bench) {
		ctx, leave := context.WithCancel(b.Context())
		b.call(b.Context(), "a", 1)
		b.call(ctx, "a", 2) // would have been first in the line
		b.call(b.Context(), "a", 2)
		leave()
		synctest.Wait()
		require.EqualValues(b, 3, b.finds.Load(), "they find out by themselves that they have gone")
		for range 4 {
			b.let <- true
		}
		b.requireOutcome([]int{1, 2, 3, 4}, []int{4})
	})
}

func TestARunThatHangsHoldsUpOthersForAWhileOnly(t *testing.T) {
	timeless(t, func(b *bench) {
		b.call(b.Context(), "a", 1)
		b.call(b.Context(), "a", 3)
		time.Sleep(defaultPatience - time.Millisecond) //nolint:forbidigo // of the test's clock
		synctest.Wait()
		require.EqualValues(b, 1, b.finds.Load())
		time.Sleep(time.Millisecond) //nolint:forbidigo // of the test's clock
		synctest.Wait()
		require.EqualValues(b, 2, b.finds.Load(), "one of three, for all")
		b.call(b.Context(), "a", 1)
		require.EqualValues(b, 2, b.finds.Load())
		for range 3 {
			b.let <- true
		}
		synctest.Wait()
		require.Len(b, b.told, 2)
	})
}

func TestAPanicIsItsCallersAlone(t *testing.T) {
	timeless(t, func(b *bench) {
		b.callers.Go(func() {
			defer func() { require.Equal(b, "broken", recover()) }()
			b.group.Do(b.Context(), "a", func() (int, bool) {
				<-b.let
				panic("broken")
			})
		})
		synctest.Wait()
		b.call(b.Context(), "a", 2)
		b.let <- true
		b.let <- true
		b.requireOutcome([]int{1}, []int{1})
	})
}

// Callers come and go, and some values may not be shared: nobody is told what was found before it asked, or by a find that
// said so.
func TestNobodyIsToldWhatIsOld(t *testing.T) {
	t.Parallel()
	const callers, rounds = 16, 500
	group := Group[int, int64]{Patience: 20 * time.Microsecond}
	var clock, shared atomic.Int64
	var faults [callers]string
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() {
			for n := range rounds {
				ctx, cancel := context.WithCancel(t.Context())
				if rand.IntN(8) == 0 {
					time.AfterFunc(time.Duration(rand.IntN(50))*time.Microsecond, cancel)
				}
				came := clock.Add(1)
				value, isShared := group.Do(ctx, n%2, func() (int64, bool) {
					began := clock.Add(1)
					if rand.IntN(8) == 0 {
						return -began, false
					}
					return began, true
				})
				cancel()
				if isShared {
					shared.Add(1)
				}
				if isShared && value <= came {
					faults[i] = "told what is old, or not to be shared"
				}
			}
		})
	}
	running.Wait()
	require.Equal(t, [callers]string{}, faults)
	require.Positive(t, shared.Load())
	require.Empty(t, group.lines)
}
