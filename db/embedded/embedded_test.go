package embedded_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/embedded"
)

func TestStartAnswersAndStopLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir, err := os.MkdirTemp("", "taskwire-embedded-*")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })

	server, err := embedded.Start(ctx, embedded.Options{DataDir: dir + "/data"})
	require.NoError(t, err)
	pool, err := db.Open(ctx, server.DSN())
	require.NoError(t, err)
	var one int
	require.NoError(t, pool.GetContext(ctx, &one, `SELECT 1`))
	require.NoError(t, pool.Close())
	require.NoError(t, server.Stop(ctx))
}
