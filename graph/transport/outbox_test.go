package transport

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// slowClient is an outbox whose client takes nothing until it is asked to.
type slowClient struct {
	outbox
	write  func() // what the outbox has started, once
	starts int
	got    []string
	isFull bool
}

func newSlowClient() *slowClient {
	c := &slowClient{}
	c.outbox = outbox{
		start: func(write func()) { c.write = write; c.starts++ },
		write: func(list []parcel) {
			for _, p := range list {
				c.got = append(c.got, string(p.frame.payload))
			}
		},
		full: func() { c.isFull = true },
	}
	return c
}

func update(subject, n int, keep bool) *frame {
	return &frame{payload: fmt.Appendf(nil, "%d.%d", subject, n), pass: uint64(n), subject: subject, keep: keep} //nolint:gosec // small
}

func TestOutboxGivesAClientThatIsNearEverything(t *testing.T) {
	t.Parallel()
	c, m := newSlowClient(), &member{from: 1}
	c.put(m, []*frame{update(1, 1, false), update(1, 2, false), update(1, 3, false)})
	c.put(m, []*frame{update(2, 4, false)})
	require.Equal(t, 1, c.starts, "one goroutine at a time")
	c.write()
	require.Equal(t, []string{"1.2", "1.3", "2.4"}, c.got, "what the first pass found, it was told before")
	c.put(m, []*frame{update(1, 5, false)})
	require.Equal(t, 2, c.starts)
}

func TestOutboxLeavesOutWhatASlowClientNeedNotKnow(t *testing.T) {
	t.Parallel()
	c, m, other := newSlowClient(), &member{}, &member{}
	c.put(other, []*frame{update(1, 1, false)})
	for n := range 100_000 {
		c.put(m, []*frame{update(n%10, n+1, n == 5_000)})
	}
	require.LessOrEqual(t, len(c.queue), fullOutbox+1, "memory stays flat")
	c.put(m, []*frame{{kind: frameInterrupted, keep: true}})
	c.write()
	require.False(t, c.isFull)
	require.Equal(t, "1.1", c.got[0], "another subscription's update of the same subject")
	require.Equal(t, "0.5001", c.got[1], "what must be told")
	require.Empty(t, c.got[len(c.got)-1])
	latest := c.got[len(c.got)-11 : len(c.got)-1]
	for i, text := range latest {
		require.Equal(t, fmt.Sprintf("%d.%d", i, 99_991+i), text, "the latest of each, in order")
	}
}

func TestOutboxThatIsFullSendsItsClientAway(t *testing.T) {
	t.Parallel()
	c, m := newSlowClient(), &member{}
	for n := range maxOutbox + 1 {
		c.put(m, []*frame{update(n, n+1, false)})
	}
	require.True(t, c.isFull)
	c.put(m, []*frame{update(1, 1, false)})
	c.write()
	require.Empty(t, c.got, "it comes back with its cursor")

	large := newSlowClient()
	for n := range 9 {
		large.put(m, []*frame{{payload: make([]byte, 1<<20), pass: uint64(n) + 1, subject: n}}) //nolint:gosec // small
	}
	require.True(t, large.isFull, "bytes count, too")
}

func TestMemberIsToldNothingTwiceAndNothingIsLost(t *testing.T) {
	t.Parallel()
	c := newSlowClient()
	m := &member{box: &c.outbox}
	m.put([]*frame{update(1, 4, false), update(1, 5, false)}) // while its own feed still tells up to pass 4
	require.True(t, m.goLive([]*frame{update(1, 3, false), update(1, 4, false)}, 4))
	m.put([]*frame{update(1, 6, false)})
	c.write()
	require.Equal(t, []string{"1.3", "1.4", "1.5", "1.6"}, c.got)

	left := 0
	m.leave = func() { left++ }
	m.quit()
	m.quit()
	require.Equal(t, 1, left)
	m.put([]*frame{update(1, 7, false)})
	require.Empty(t, c.queue)

	early := &member{box: &c.outbox, leave: func() { left++ }}
	early.quit()
	require.Equal(t, 1, left, "it has not joined")
	require.False(t, early.goLive(nil, 1), "who joins leaves again")
}
