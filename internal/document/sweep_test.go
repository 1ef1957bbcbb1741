package document_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/embedding"
)

const nobodysFile = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestFilesOfDocumentsAreInUse(t *testing.T) {
	l := idle(t)
	first, second := l.upload("a.txt", "one"), l.upload("b.txt", "two")
	l.upload("c.txt", "one")
	used, err := l.documents.FilesInUse(l.ctx, []string{first.Document.SHA256, nobodysFile})
	require.NoError(t, err)
	require.Equal(t, []string{first.Document.SHA256}, used)
	_, err = l.db.ExecContext(l.ctx, `DELETE FROM documents WHERE id = $1`, second.Document.ID)
	require.NoError(t, err)
	used, err = l.documents.FilesInUse(l.ctx, []string{second.Document.SHA256})
	require.NoError(t, err)
	require.Empty(t, used)
}

func TestVectorsOfChunksThatAreGoneAreSwept(t *testing.T) {
	l := setup(t, nil)
	kept, _ := l.process("kept.md", "# One\n\n"+strings.Repeat("alpha beta gamma. ", 300))
	gone, _ := l.process("gone.md", "# Two\n\n"+strings.Repeat("delta epsilon zeta. ", 300))
	count := func() (n int) {
		require.NoError(t, l.db.GetContext(l.ctx, &n, `SELECT count(*) FROM embeddings`))
		return n
	}
	all, left := count(), len(l.chunks(kept.ID))
	_, err := l.db.ExecContext(l.ctx, `DELETE FROM documents WHERE id = $1`, gone.ID)
	require.NoError(t, err)
	sweeper := embedding.NewSweeper(l.texts)
	removed, err := sweeper.Sweep(l.ctx)
	require.NoError(t, err)
	require.Zero(t, removed, "they are young")
	_, err = l.db.ExecContext(l.ctx, `UPDATE embeddings SET created_at = now() - interval '2 days'`)
	require.NoError(t, err)
	removed, err = sweeper.Sweep(l.ctx)
	require.NoError(t, err)
	require.Equal(t, all-left, removed)
	require.Equal(t, left, count())
}

// A small step comes to the end all the same, and says so.
func TestVectorsAreSweptInSteps(t *testing.T) {
	l := idle(t)
	_, err := l.db.ExecContext(l.ctx, `INSERT INTO embeddings (owner_kind, owner_id, embedder_id, content_sha256, embedding, created_at)
		SELECT 'chunk', gen_random_uuid(), 'x', '', '{}', '-infinity' FROM generate_series(1, 25)`)
	require.NoError(t, err)
	from, total := uuid.Nil, 0
	for step := 0; step == 0 || from != uuid.Nil; step++ {
		last, removed, err := l.texts.Sweep(l.ctx, from, 10)
		require.NoError(t, err)
		require.Less(t, step, 4)
		from, total = last, total+removed
	}
	require.Equal(t, 25, total)
}
