package resumable

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/tus/tusd/v2/pkg/handler"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/taskq"
)

// library takes in documents.
type library struct {
	taken map[string]string // by their idempotency key
}

func (l library) Upload(_ context.Context, in document.UploadInput) (document.Uploaded, error) {
	content, err := io.ReadAll(in.Reader)
	l.taken[in.IdempotencyKey] = in.CreatedBy + ": " + string(content)
	return document.Uploaded{Task: taskq.Task{ID: uuid.New()}}, err
}

func TestSweepFinishesWhatIsCompleteAndRemovesWhatIsOld(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	documents := library{map[string]string{}}
	h, err := NewHandler(Options{
		Dir: t.TempDir(), Documents: documents, MaxBytes: 100, Auth: auth.NewGuard(auth.Options{Logger: logger}), Logger: logger,
	})
	require.NoError(t, err)
	complete, half, old := strings.Repeat("a", 32), strings.Repeat("b", 32), strings.Repeat("c", 32)
	now := time.Now()
	keep(t, h, complete, "whole", now)
	keep(t, h, half, "who", now)
	keep(t, h, old, "ol", now.Add(-2*time.Hour))

	h.sweep(t.Context(), now.Add(-time.Hour))
	require.Equal(t, map[string]string{"upload:" + complete: "me: whole"}, documents.taken)
	require.ElementsMatch(t, []string{complete, complete + ".info", complete + ".task", half, half + ".info"}, names(t, h.Dir))
	content, err := os.ReadFile(h.path(complete))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 5), content, "its length alone")

	h.sweep(t.Context(), now.Add(-time.Hour))
	require.Len(t, documents.taken, 1, "once")
	h.sweep(t.Context(), now.Add(time.Hour))
	require.Empty(t, names(t, h.Dir))
}

// keep writes an upload of five bytes as tusd does, of which these have come.
func keep(t *testing.T, h *Handler, id, content string, changed time.Time) {
	t.Helper()
	info, err := json.Marshal(handler.FileInfo{ID: id, Size: 5, MetaData: handler.MetaData{keyFile: "a.md", keyPurpose: forDocument, keySubject: "me"}, Storage: map[string]string{"Type": "filestore", "Path": h.path(id)}})
	require.NoError(t, err)
	for name, text := range map[string]string{h.path(id): content, h.path(id) + infoSuffix: string(info)} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		require.NoError(t, os.Chtimes(name, changed, changed))
	}
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}
