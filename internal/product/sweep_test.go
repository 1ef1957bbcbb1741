package product_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

const nobodysFile = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestFilesOfImportsAreInUseAsLongAsTheirTasks(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t)) // nothing runs
	blobOf := func(task taskq.Task) (sha string) {
		require.NoError(t, s.db.GetContext(s.ctx, &sha, `SELECT task_metadata ->> 'blob' FROM tasks WHERE id = $1`, task.ID))
		return sha
	}
	var shas []string
	for _, sku := range []string{"a", "b", "c"} {
		shas = append(shas, blobOf(s.enqueueImport("sku,title\n"+sku+",Thing\n", nil)))
	}
	inUse := func() []string {
		used, err := s.products.FilesInUse(s.ctx, append([]string{nobodysFile}, shas...))
		require.NoError(t, err)
		return used
	}
	require.ElementsMatch(t, shas, inUse(), "PENDING")
	_, err := s.db.ExecContext(s.ctx, `UPDATE tasks SET status = 'RUNNING', lease = 1, attempt = 1, worker_id = gen_random_uuid(), started_at = now()
		WHERE task_metadata ->> 'blob' = $1`, shas[0])
	require.NoError(t, err)
	_, err = s.db.ExecContext(s.ctx, `UPDATE tasks SET status = 'CANCELLED', completed_at = now() WHERE task_type = 'DATA_IMPORT' AND task_metadata ->> 'blob' = $1`, shas[1])
	require.NoError(t, err)
	require.ElementsMatch(t, shas, inUse(), "RUNNING and CANCELLED, too")
	_, err = s.db.ExecContext(s.ctx, `DELETE FROM tasks WHERE task_type = 'DATA_IMPORT' AND status = 'CANCELLED'`)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{shas[0], shas[2]}, inUse())
}

func TestVectorsOfProductsThatAreGoneAreSwept(t *testing.T) {
	s := setup(t)
	imported := s.enqueueImport("sku,title\n"+strings.Join([]string{"a,One", "b,Two", "c,Three"}, "\n")+"\n", nil)
	var result product.ImportResult
	s.finish(imported.ID, &result)
	s.dependents(imported.ID) // their vectors
	_, err := s.db.ExecContext(s.ctx, `DELETE FROM products WHERE sku = 'b'`)
	require.NoError(t, err)
	_, err = s.db.ExecContext(s.ctx, `UPDATE embeddings SET created_at = now() - interval '2 days'`)
	require.NoError(t, err)
	removed, err := embedding.NewSweeper(s.texts).Sweep(s.ctx)
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	var left int
	require.NoError(t, s.db.GetContext(s.ctx, &left, `SELECT count(*) FROM embeddings JOIN products ON id = owner_id`))
	require.Equal(t, 2, left)
}
