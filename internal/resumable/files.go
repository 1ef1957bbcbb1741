package resumable

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
)

// Beside the files of tusd's store, <id> with the bytes and <id>.info, a finished upload has <id>.task with its task's id.
const (
	infoSuffix = ".info"
	taskSuffix = ".task"
)

var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// info reads what is known of an upload.
func (h *Handler) info(ctx context.Context, id string) (handler.FileInfo, error) {
	if !idPattern.MatchString(id) {
		return handler.FileInfo{}, fs.ErrNotExist
	}
	stored, err := h.store.GetUpload(ctx, id)
	if err != nil {
		return handler.FileInfo{}, err
	}
	return stored.GetInfo(ctx)
}

func (h *Handler) path(id string) string { return filepath.Join(h.Dir, id) }

// finish makes a complete file a task, once, and returns the task's id. Of the file its length alone stays, for a client
// that asks again because it missed the answer.
func (h *Handler) finish(ctx context.Context, info handler.FileInfo) (string, error) {
	if task, err := os.ReadFile(h.path(info.ID) + taskSuffix); err == nil {
		return string(task), nil
	}
	file, err := os.Open(h.path(info.ID))
	if err != nil {
		return "", fmt.Errorf("opening a complete upload: %w", err)
	}
	task, err := h.take(ctx, info, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	id := task.ID.String()
	if err := os.WriteFile(h.path(info.ID)+taskSuffix, []byte(id), 0o640); err != nil {
		return "", fmt.Errorf("noting the task of an upload: %w", err)
	}
	return id, errors.Join(os.Truncate(h.path(info.ID), 0), os.Truncate(h.path(info.ID), info.Size)) // a hole
}

// count returns how many uploads are kept.
func (h *Handler) count() int {
	found, _ := filepath.Glob(filepath.Join(h.Dir, "*"+infoSuffix)) // the pattern is good
	return len(found)
}

// Run finishes uploads whose last answer was lost together with the server, and removes those to which nothing was added
// for a day, until ctx ends.
func (h *Handler) Run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		h.sweep(ctx, time.Now().Add(-lifetime))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sweep looks at each upload once.
func (h *Handler) sweep(ctx context.Context, before time.Time) {
	entries, err := os.ReadDir(h.Dir)
	if err != nil {
		h.Logger.Error("the directory of uploads cannot be read", "error", err)
		return
	}
	for _, entry := range entries {
		if file, err := entry.Info(); err == nil && file.ModTime().Before(before) && h.lastChange(entry.Name()).Before(before) {
			_ = os.Remove(filepath.Join(h.Dir, entry.Name())) // tried again at the next sweep
			continue
		}
		if idPattern.MatchString(entry.Name()) {
			h.finishComplete(ctx, entry.Name())
		}
	}
}

// lastChange is that of the upload's bytes: what lies beside them does not change.
func (h *Handler) lastChange(name string) time.Time {
	id := name
	if len(name) > 32 {
		id = name[:32]
	}
	file, err := os.Stat(h.path(id))
	if err != nil {
		return time.Time{}
	}
	return file.ModTime()
}

// finishComplete finishes an upload if all its bytes are there.
func (h *Handler) finishComplete(ctx context.Context, id string) {
	info, err := h.info(ctx, id)
	if err != nil || info.Offset != info.Size {
		return
	}
	if _, err := h.finish(ctx, info); err != nil {
		h.Logger.Warn("a complete upload did not become a task", "error", err, "upload", id)
	}
}
