package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document/extract"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

// A file that took too long may have met a busy machine; after this many
// attempts it is the file.
const maxSlowAttempts = 3

// Result is what a DOCUMENT_PROCESSING task leaves behind.
type Result struct {
	DocumentID uuid.UUID `json:"documentId"`
	Format     string    `json:"format"`
	Title      string    `json:"title,omitempty"`
	Pages      int       `json:"pages,omitempty"`
	Characters int       `json:"characters"`
	Chunks     int       `json:"chunks"`
	Embedder   string    `json:"embedder"`
	Embedded   int       `json:"embedded"` // chunks that this task sent through the embedder
	Warnings   []string  `json:"warnings,omitempty"`
}

// Run handles a DOCUMENT_PROCESSING task: it reads the document, cuts it and
// embeds it. All that it writes stands within the fence of the task; what stands
// is not done again: an attempt that follows one that was cut off while it
// embedded goes on there.
func (s *Service) Run(ctx context.Context, task *taskq.Attempt) error {
	var a arguments
	if err := json.Unmarshal(task.Metadata, &a); err != nil || a.DocumentID == uuid.Nil {
		return taskq.Fail(refusal("The task names no document. Use uploadDocuments to process one."))
	}
	p := newProcessing(s, task)
	if err := p.all(ctx, a.DocumentID); err != nil {
		return outcome(task, err)
	}
	return task.SetResult(p.result())
}

// outcome tells the engine what an error means for the task.
func outcome(task *taskq.Attempt, err error) error {
	var unread *extract.Error
	var provider *embedding.ProviderError
	switch {
	case errors.Is(err, ErrNotFound):
		return taskq.Fail(refusal("The document is no longer there. Upload it again."))
	case errors.Is(err, blob.ErrNotFound):
		return taskq.Fail(refusal("The uploaded file is no longer in the server's storage. Upload it again."))
	case errors.As(err, &unread):
		return unreadable(task, unread)
	case errors.As(err, &provider):
		return refused(task, provider)
	default:
		return err
	}
}

func unreadable(task *taskq.Attempt, err *extract.Error) error {
	if err.Detail != nil {
		task.Logger().Warn("A document could not be read", "code", err.Code, "detail", err.Detail)
	}
	if err.IsPermanent() || err.Code == extract.CodeTimeout && task.Attempt >= maxSlowAttempts {
		return taskq.Fail(err)
	}
	return err
}

// refused follows what the embedding endpoint said.
func refused(task *taskq.Attempt, err *embedding.ProviderError) error {
	switch {
	case err.Permanent():
		return taskq.Fail(err)
	case err.RetryAfter > 0:
		wait := max(err.RetryAfter, time.Second)
		task.Progress(0, fmt.Sprintf("The embedding endpoint asked to wait for %s", wait.Round(time.Second)))
		return taskq.Snooze(wait)
	default:
		return err
	}
}

// refusal is an error in a sentence for a person.
type refusal string

func (r refusal) Error() string { return string(r) }
