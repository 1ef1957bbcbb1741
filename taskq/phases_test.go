package taskq_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

func TestPhasesWeighTheirParts(t *testing.T) {
	b := setup(t)
	step := make(chan struct{})
	b.client.Handle(typeA, func(_ context.Context, task *taskq.Attempt) error {
		phases := task.Phases(taskq.Phase{Name: "Reading", Weight: 1}, taskq.Phase{Name: "Writing", Weight: 3})
		for _, do := range []func(){
			func() { phases.Report(1, 2, "pages") },
			func() { phases.Next() },
			func() { phases.Report(50, 100, "rows") },
			func() { phases.Report(999, 100, "rows") },
		} {
			<-step
			do()
		}
		<-step
		return nil
	})
	b.start(b.client)
	updates, err := b.client.Watch(b.ctx, taskq.Filter{}, taskq.WatchOptions{})
	require.NoError(t, err)
	b.enqueue(taskq.NewTask{Type: typeA})
	await := func(percent int, message string) {
		t.Helper()
		for {
			u := next(t, updates)
			if u.Task.Progress == percent && u.Task.ProgressMessage != nil && *u.Task.ProgressMessage == message {
				return
			}
			require.LessOrEqual(t, u.Task.Progress, percent)
		}
	}
	await(0, "Reading")
	step <- struct{}{}
	await(12, "Reading: 1 of 2 pages")
	step <- struct{}{}
	await(25, "Writing")
	step <- struct{}{}
	await(62, "Writing: 50 of 100 rows")
	step <- struct{}{}
	await(99, "Writing: 999 of 100 rows")
	close(step)
}
