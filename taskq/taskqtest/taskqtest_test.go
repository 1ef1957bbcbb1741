package taskqtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/taskq"
	"github.com/taskwire/taskwire/taskq/taskqtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRunReturnsWhatTheHandlerLeft(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t, db.Engine)
	result := taskqtest.Run(t, database.DB, database.DSN, func(_ context.Context, task *taskq.Attempt) error {
		return task.SetResult("done")
	}, taskq.NewTask{Type: "WORK"})
	require.Equal(t, taskq.Completed, result.Task.Status)
	require.JSONEq(t, `"done"`, string(*result.Task.Result))
	require.Len(t, result.Updates, 3)
}

func TestRunMakesOneAttempt(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t, db.Engine)
	result := taskqtest.Run(t, database.DB, database.DSN, func(context.Context, *taskq.Attempt) error {
		return errors.New("no luck")
	}, taskq.NewTask{Type: "WORK"})
	require.Equal(t, taskq.Pending, result.Task.Status)
	require.Equal(t, 1, result.Task.Attempt)
	require.Equal(t, "no luck", *result.Task.ErrorMessage)
}
