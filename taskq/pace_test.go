package taskq_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taskwire/taskwire/taskq"
)

func running(progress int, started, progressed time.Time) taskq.Task {
	return taskq.Task{Status: taskq.Running, Progress: progress, StartedAt: &started, ProgressAt: &progressed}
}

func TestEstimateBlendsOwnPaceWithTheTypes(t *testing.T) {
	t.Parallel()
	now := time.Now()
	task := running(50, now.Add(-10*time.Second), now)
	own, ok := task.EstimateCompletion(now, taskq.TypeState{})
	require.True(t, ok)
	require.Equal(t, 10*time.Second, own.Sub(now))
	blended, ok := task.EstimateCompletion(now, taskq.TypeState{RunSeconds: new(40.0)})
	require.True(t, ok)
	require.Equal(t, 20*time.Second, blended.Sub(now)) // half its own 10 s, half the type's 30 s

	task.Progress = 0
	_, ok = task.EstimateCompletion(now, taskq.TypeState{})
	require.False(t, ok, "nothing is known")
	usual, ok := task.EstimateCompletion(now, taskq.TypeState{RunSeconds: new(15.0)})
	require.True(t, ok)
	require.Equal(t, 5*time.Second, usual.Sub(now))
}

func TestEstimateIsNeverInThePast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now()
		started := now.Add(time.Duration(rapid.Int64Range(-1e15, 1e12).Draw(t, "started")))
		task := running(rapid.IntRange(0, 99).Draw(t, "progress"), started, now)
		var state taskq.TypeState
		if rapid.Bool().Draw(t, "known") {
			state.RunSeconds = new(rapid.Float64Range(0, 1e9).Draw(t, "run"))
		}
		if at, ok := task.EstimateCompletion(now, state); ok {
			require.False(t, at.Before(now))
		}
	})
}

func TestStalledMeansFarLongerThanTheUsualStep(t *testing.T) {
	t.Parallel()
	now := time.Now()
	state := taskq.TypeState{StepSeconds: new(20.0)}
	task := running(10, now.Add(-time.Hour), now.Add(-99*time.Second))
	require.False(t, task.IsStalled(now, state))
	task = running(10, now.Add(-time.Hour), now.Add(-101*time.Second))
	require.True(t, task.IsStalled(now, state))
	require.False(t, task.IsStalled(now, taskq.TypeState{}), "nothing is known of the type")

	quick := taskq.TypeState{StepSeconds: new(0.001)}
	task = running(10, now.Add(-time.Hour), now.Add(-29*time.Second))
	require.False(t, task.IsStalled(now, quick), "a moment is no stall")
}
