package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

func TestReadsAreEndedByTheServerAndChangeNothing(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	hurried, err := db.OpenReads(context.Background(), database.DSN, 20*time.Millisecond)
	require.NoError(t, err)
	defer func() { require.NoError(t, hurried.Close()) }()
	_, err = hurried.Exec(`SELECT pg_sleep(300)`)
	require.ErrorContains(t, err, "statement timeout")

	reads, err := db.OpenReads(context.Background(), database.DSN, time.Minute)
	require.NoError(t, err)
	defer func() { require.NoError(t, reads.Close()) }()
	_, err = reads.Exec(`DELETE FROM tasks`)
	require.ErrorContains(t, err, "read-only")
	_, err = reads.Exec(`SELECT count(*) FROM tasks`)
	require.NoError(t, err)
}

func TestReadsAreNotCompiled(t *testing.T) {
	t.Parallel()
	writes := dbtest.New(t)
	writes.MustExec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = on', current_database()); END $$`)
	reads, err := db.OpenReads(t.Context(), writes.DSN, time.Minute)
	require.NoError(t, err)
	defer func() { require.NoError(t, reads.Close()) }()
	var jit string
	require.NoError(t, reads.GetContext(t.Context(), &jit, `SHOW jit`))
	require.Equal(t, "off", jit)
}
