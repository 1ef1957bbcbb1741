// Package resumable takes large files in pieces, by the protocol tus 1.0 (https://tus.io): an upload that is cut off, by the
// client's network or by a restart of the server, goes on where it ended. A complete file becomes what a file of any other
// upload does. internal/app mounts it under /api/v1/uploads/.
package resumable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/tus/tusd/v2/pkg/filelocker"
	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
	expslog "golang.org/x/exp/slog"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/telemetry"
	"github.com/taskwire/taskwire/internal/upload"
	"github.com/taskwire/taskwire/taskq"
)

// Path is where uploads are created; each has its own address below it.
const Path = "/api/v1/uploads/"

// TaskHeader tells the id of the task of a complete upload.
const TaskHeader = "Taskwire-Task"

const (
	lifetime    = 24 * time.Hour // of an upload to which nothing is added
	sweepEvery  = 10 * time.Minute
	idleTimeout = 30 * time.Second // of a client that sends nothing
	maxUploads  = 200              // that are kept at once
)

// Documents is the part of [document.Service] that this package needs.
type Documents interface {
	Upload(ctx context.Context, in document.UploadInput) (document.Uploaded, error)
}

// Products is the part of [product.Service] that this package needs.
type Products interface {
	Import(ctx context.Context, in product.ImportInput) (taskq.Enqueued, error)
}

// Options say where files are kept until they are complete, and what they become.
type Options struct {
	Dir       string
	Documents Documents
	Products  Products
	MaxBytes  int64 // of one file
	Auth      *auth.Guard
	Logger    *slog.Logger
}

// Handler serves uploads. Run must run beside it.
type Handler struct {
	Options
	store filestore.FileStore
	http  http.Handler
}

// NewHandler uses a directory, which it makes if need be.
func NewHandler(o Options) (*Handler, error) {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the directory of uploads: %w", err)
	}
	h := &Handler{Options: o, store: filestore.New(o.Dir)}
	h.store.FileModePerm = 0o640
	composer := handler.NewStoreComposer()
	h.store.UseIn(composer)
	filelocker.New(o.Dir).UseIn(composer)
	tus, err := handler.NewHandler(handler.Config{
		StoreComposer: composer, BasePath: Path, MaxSize: o.MaxBytes, DisableDownload: true, DisableConcatenation: true,
		Cors: &handler.CorsConfig{Disable: true}, NetworkTimeout: idleTimeout, Logger: expslog.New(expslog.NewTextHandler(io.Discard, nil)),
		PreUploadCreateCallback: h.create, PreFinishResponseCallback: h.finishRequest,
	})
	if err != nil {
		return nil, fmt.Errorf("making the handler of uploads: %w", err)
	}
	served := http.NewCrossOriginProtection().Handler(h.ownOnly(http.StripPrefix(Path, tus)))
	h.http = telemetry.WithRequestIDs(o.Auth.Require(auth.Operator, served, auth.RefusePlainly))
	return h, nil
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	h.http.ServeHTTP(w, r)
}

// The metadata of an upload: what the client says, and who it is.
const (
	keyFile    = "filename"
	keyPurpose = "purpose"
	keySubject = "taskwire-subject"

	forDocument = "document"
	forProducts = "products"
)

// create checks what a client wants to upload, and notes who it is.
func (h *Handler) create(event handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	var none handler.HTTPResponse
	info := event.Upload
	purpose := info.MetaData[keyPurpose]
	switch {
	case info.SizeIsDeferred || info.Size <= 0:
		return none, handler.FileInfoChanges{}, refusal(http.StatusBadRequest, "Upload-Length must be positive.")
	case info.MetaData[keyFile] == "":
		return none, handler.FileInfoChanges{}, refusal(http.StatusBadRequest, "Upload-Metadata must have a filename.")
	case purpose != forDocument && purpose != forProducts:
		return none, handler.FileInfoChanges{}, refusal(http.StatusBadRequest, "Upload-Metadata must have a purpose: document or products.")
	case h.count() >= maxUploads:
		return none, handler.FileInfoChanges{}, refusal(http.StatusServiceUnavailable, "Too many uploads are under way; try again later.")
	}
	metadata := handler.MetaData{
		keyFile: upload.CleanName(info.MetaData[keyFile]), keyPurpose: purpose, keySubject: auth.Of(event.Context).Subject,
	}
	return expiring(), handler.FileInfoChanges{MetaData: metadata}, nil
}

func refusal(status int, message string) error {
	return handler.NewError("ERR_TASKWIRE", message, status)
}

func expiring() handler.HTTPResponse {
	return handler.HTTPResponse{Header: handler.HTTPHeader{"Upload-Expires": time.Now().Add(lifetime).UTC().Format(http.TimeFormat)}}
}

// finishRequest makes a complete file a task before the client is told that it is complete.
func (h *Handler) finishRequest(event handler.HookEvent) (handler.HTTPResponse, error) {
	task, err := h.finish(event.Context, event.Upload)
	invalid := (*taskq.InvalidError)(nil)
	switch {
	case errors.As(err, &invalid):
		return handler.HTTPResponse{}, refusal(http.StatusUnprocessableEntity, invalid.Error()+".")
	case err != nil:
		h.Logger.ErrorContext(event.Context, "A complete upload did not become a task.", "error", err, "upload", event.Upload.ID)
		return handler.HTTPResponse{}, refusal(http.StatusInternalServerError, "The file is complete, but could not be taken in; try again.")
	}
	return handler.HTTPResponse{Header: handler.HTTPHeader{TaskHeader: task}}, nil
}

// ownOnly hides the uploads of others, and tells of complete ones what became of them: the answer that said so may be lost.
func (h *Handler) ownOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[len(Path):]
		if id == "" {
			next.ServeHTTP(w, r)
			return
		}
		info, err := h.info(r.Context(), id)
		if err != nil || info.MetaData[keySubject] != auth.Of(r.Context()).Subject {
			http.Error(w, "There is no such upload.", http.StatusNotFound)
			return
		}
		w.Header().Set("Upload-Expires", time.Now().Add(lifetime).UTC().Format(http.TimeFormat))
		if r.Method == http.MethodHead && info.Offset == info.Size {
			if task, err := h.finish(r.Context(), info); err == nil {
				w.Header().Set(TaskHeader, task)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// idempotencyKey makes finishing an upload twice create one task.
func idempotencyKey(id string) string { return "upload:" + id }

// take hands a file on.
func (h *Handler) take(ctx context.Context, info handler.FileInfo, content io.Reader) (taskq.Task, error) {
	name, by, key := info.MetaData[keyFile], info.MetaData[keySubject], idempotencyKey(info.ID)
	if info.MetaData[keyPurpose] == forProducts {
		enqueued, err := h.Products.Import(ctx, product.ImportInput{Name: name, Reader: content, IdempotencyKey: key, CreatedBy: by})
		return enqueued.Task, err
	}
	up, err := h.Documents.Upload(ctx, document.UploadInput{Name: name, Reader: content, IdempotencyKey: key, CreatedBy: by})
	return up.Task, err
}
