package quota_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/quota"
)

func TestRateSaysWhenThereIsEnoughAgain(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	r := quota.NewRate(10, 20, 100)
	_, ok := r.Take("a", 15, now)
	require.True(t, ok)
	wait, ok := r.Take("a", 15, now)
	require.False(t, ok)
	require.Equal(t, 1001*time.Millisecond, wait, "ten are missing, and a millisecond for rounding")
	_, ok = r.Take("b", 15, now)
	require.True(t, ok, "another caller has its own")
	_, ok = r.Take("a", 15, now.Add(wait))
	require.True(t, ok)
}

func TestMoreThanTheBurstTakesAllOfIt(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	r := quota.NewRate(10, 20, 100)
	_, ok := r.Take("a", 1_000, now)
	require.True(t, ok)
	require.True(t, r.IsSpent("a", now))
	require.False(t, r.IsSpent("a", now.Add(time.Second)))
}

func TestRateForgetsWhomItHasNotSeenForLongest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000, 0)
	r := quota.NewRate(1, 1, 3)
	for i := range 3 {
		_, ok := r.Take(fmt.Sprint(i), 1, now)
		require.True(t, ok)
	}
	require.True(t, r.IsSpent("0", now)) // seen again
	_, _ = r.Take("3", 1, now)
	require.True(t, r.IsSpent("0", now))
	require.False(t, r.IsSpent("1", now), "it was forgotten")
}

func TestCountGivesBackOnce(t *testing.T) {
	t.Parallel()
	c := quota.NewCount(2)
	leave, ok := c.Enter("a")
	require.True(t, ok)
	_, ok = c.Enter("a")
	require.True(t, ok)
	_, ok = c.Enter("a")
	require.False(t, ok)
	_, ok = c.Enter("b")
	require.True(t, ok)
	leave()
	leave()
	_, ok = c.Enter("a")
	require.True(t, ok)
	_, ok = c.Enter("a")
	require.False(t, ok)
}

func TestNilLimitsNothing(t *testing.T) {
	t.Parallel()
	_, ok := (*quota.Rate)(nil).Take("a", 1<<40, time.Now())
	require.True(t, ok)
	require.False(t, (*quota.Rate)(nil).IsSpent("a", time.Now()))
	leave, ok := (*quota.Count)(nil).Enter("a")
	require.True(t, ok)
	leave()
}
