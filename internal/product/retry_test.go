package product_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// An attempt that committed its work but could not say so leaves its result to the next one.
func TestAnImportThatRunsAgainReportsWhatTheFirstAttemptDid(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	s.client.Handle(product.TypeImport, func(ctx context.Context, task *taskq.Attempt) error {
		if err := s.products.RunImport(ctx, task); err != nil || task.Attempt > 1 {
			return err
		}
		return errors.New("the process died before the task was completed")
	})
	s.start()
	result := s.importCSV(catalogue, nil)
	require.Equal(t, 3, result.Inserted)
	require.Zero(t, s.staged())
}

// What a killed process left in the staging table, the next import removes, and it imports none of it.
func TestLeftOversOfAKilledImportAreRemoved(t *testing.T) {
	s := setup(t)
	s.db.MustExec(`
		INSERT INTO import_rows (task_id, lease, row_no, id, sku, title, description, brand, category, currency, gtin, image_url, attributes)
		SELECT gen_random_uuid(), 1, 2, gen_random_uuid(), 'GHOST', '', '', '', '', '', '', '', '{}'`)
	require.Equal(t, 1, s.importCSV("sku,title\nA,a\n", nil).Inserted)
	_, err := s.products.GetBySKU(s.ctx, "GHOST")
	require.ErrorIs(t, err, product.ErrNotFound)
	require.Zero(t, s.staged())
}

// A crash of the server empties unlogged tables. An import must not take that for a file without rows.
func TestAnImportWhoseStagingIsLostStartsAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	var attempts atomic.Int64
	s.client.Handle(product.TypeImport, func(ctx context.Context, task *taskq.Attempt) error {
		if attempts.Add(1) > 1 {
			return s.products.RunImport(ctx, task)
		}
		// A writer of products holds the import up between staging and writing; then the rows are gone.
		writer := s.db.MustBegin()
		defer func() { _ = writer.Rollback() }()
		if _, err := writer.ExecContext(ctx, `SELECT pg_advisory_xact_lock(7310579614005)`); err != nil {
			return err
		}
		done := make(chan error, 1)
		go func() { done <- s.products.RunImport(ctx, task) }()
		for s.staged() < 3 || !s.waitsForLock() {
			select {
			case err := <-done:
				return taskq.Fail(err)
			default:
			}
		}
		s.db.MustExecContext(ctx, `DELETE FROM import_rows`)
		if err := writer.Rollback(); err != nil {
			return err
		}
		return <-done
	})
	s.start()
	require.Equal(t, 3, s.importCSV(catalogue, nil).Inserted)
	require.EqualValues(t, 2, attempts.Load())
}

func (s *shop) staged() (n int) {
	s.Helper()
	require.NoError(s, s.db.GetContext(s.ctx, &n, `SELECT count(*) FROM import_rows`))
	return n
}

func (s *shop) waitsForLock() (waits bool) {
	s.Helper()
	const ungranted = `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)`
	require.NoError(s, s.db.GetContext(s.ctx, &waits, ungranted))
	return waits
}

func TestConcurrentImportsOfTheSameProducts(t *testing.T) {
	s := setup(t)
	first := s.enqueueImport(manyProducts(500), nil)
	second := s.enqueueImport(manyProducts(500), nil)
	var a, b product.ImportResult
	s.finish(first.ID, &a)
	s.finish(second.ID, &b)
	require.Equal(t, 500, a.Inserted+b.Inserted)
	require.Equal(t, 500, a.Unchanged+b.Unchanged)
}
