package embedding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/taskwire/taskwire/taskq"
)

// TaskType is the type of the tasks that Run handles.
const TaskType taskq.Type = "EMBEDDING_GENERATION"

const (
	batchSize = 256 // texts that are embedded and stored at once
	// maxPasses bounds how often a task looks again for what changed under its hands. Whoever changes a text enqueues a
	// task of their own, so that nothing is lost at the bound.
	maxPasses = 10
	maxIDs    = 5_000
)

// Target says what a task embeds.
type Target string

// The targets.
const (
	TargetAll      Target = "ALL"
	TargetChunks   Target = "CHUNKS"
	TargetProducts Target = "PRODUCTS"
)

// Arguments is the metadata of an EMBEDDING_GENERATION task.
type Arguments struct {
	Target Target      `json:"target"`
	IDs    []uuid.UUID `json:"ids,omitempty"` // of chunks or products; empty: whatever has no current vector
}

// Result is what an EMBEDDING_GENERATION task leaves behind.
type Result struct {
	Embedder  string `json:"embedder"`
	Embedded  int    `json:"embedded"`  // sent through the embedder
	Reused    int    `json:"reused"`    // took the vector of an equal text
	Unchanged int    `json:"unchanged"` // had a current vector before
}

// Enqueuer is the part of taskq.Client that this package needs.
type Enqueuer interface {
	Enqueue(ctx context.Context, n taskq.NewTask) (taskq.Enqueued, error)
}

var _ Enqueuer = (*taskq.Client)(nil)

// Service enqueues and runs the tasks that keep vectors current.
type Service struct {
	db       *sqlx.DB
	embedder Embedder
	tasks    Enqueuer
	sources  []Source
}

// NewService returns a service over the given sources.
func NewService(db *sqlx.DB, embedder Embedder, tasks Enqueuer, sources ...Source) *Service {
	return &Service{db: db, embedder: embedder, tasks: tasks, sources: sources}
}

// GenerateInput asks for vectors.
type GenerateInput struct {
	Arguments
	Priority       int
	IdempotencyKey string
	CreatedBy      string
}

// Generate enqueues a task that embeds whatever of the target has no current vector. Errors: *taskq.InvalidError.
func (s *Service) Generate(ctx context.Context, in GenerateInput) (taskq.Enqueued, error) {
	if in.Target == "" {
		in.Target = TargetAll
	}
	if err := in.Arguments.check(); err != nil {
		return taskq.Enqueued{}, err
	}
	return s.tasks.Enqueue(ctx, NewTask(in))
}

// NewTask is the task that Generate enqueues, for callers who enqueue it beside others.
func NewTask(in GenerateInput) taskq.NewTask {
	return taskq.NewTask{
		Type: TaskType, Description: in.Arguments.describe(), Metadata: in.Arguments,
		Priority: in.Priority, IdempotencyKey: in.IdempotencyKey, CreatedBy: in.CreatedBy,
	}
}

func (a Arguments) describe() string {
	switch what := a.noun(); {
	case len(a.IDs) == 1:
		return "Generate the vector of 1 " + what[:len(what)-1]
	case len(a.IDs) > 1:
		return fmt.Sprintf("Generate the vectors of %d %s", len(a.IDs), what)
	default:
		return "Generate missing vectors of " + what
	}
}

func (a Arguments) noun() string {
	switch a.Target {
	case TargetProducts:
		return "products"
	case TargetChunks:
		return "document chunks"
	default:
		return "products and document chunks"
	}
}

func (a Arguments) check() error {
	switch a.Target {
	case TargetProducts, TargetChunks:
	case TargetAll:
		if len(a.IDs) > 0 {
			return &taskq.InvalidError{Field: "ids", Message: "must name products or chunks: set the target to one of them"}
		}
	default:
		return &taskq.InvalidError{Field: "target", Message: "must be PRODUCTS, CHUNKS or ALL"}
	}
	if len(a.IDs) > maxIDs {
		return &taskq.InvalidError{Field: "ids", Message: fmt.Sprintf("must be at most %d; leave them out to embed whatever has no current vector", maxIDs)}
	}
	return nil
}

// kind is the sources that a target means; empty: all.
func (t Target) kind() OwnerKind {
	switch t {
	case TargetProducts:
		return Product
	case TargetChunks:
		return Chunk
	default:
		return ""
	}
}

// Run handles an EMBEDDING_GENERATION task: it embeds whatever has no current vector, batch by batch, each stored within
// the fence of the task. A task that starts again goes on where it was, because what is stored is no longer pending.
func (s *Service) Run(ctx context.Context, task *taskq.Attempt) error {
	arguments := Arguments{Target: TargetAll}
	if err := json.Unmarshal(task.Metadata, &arguments); err != nil {
		return taskq.Fail(&taskq.InvalidError{Field: "metadata", Message: "must hold a target (PRODUCTS, CHUNKS or ALL) and may hold ids"})
	}
	if err := arguments.check(); err != nil {
		return taskq.Fail(err)
	}
	run := &run{service: s, task: task, ids: arguments.IDs, result: Result{Embedder: s.embedder.ID()}}
	for _, source := range s.sources {
		if kind := arguments.Target.kind(); kind == "" || kind == source.Kind() {
			run.sources = append(run.sources, source)
		}
	}
	if err := run.all(ctx); err != nil {
		return outcome(task, err)
	}
	return task.SetResult(run.result)
}

// outcome tells the engine what an embedder's refusal means for the task.
func outcome(task *taskq.Attempt, err error) error {
	var refusal *ProviderError
	switch {
	case !errors.As(err, &refusal):
		return err
	case refusal.Permanent():
		return taskq.Fail(refusal)
	case refusal.RetryAfter > 0:
		wait := max(refusal.RetryAfter, time.Second)
		task.Progress(0, fmt.Sprintf("The embedding endpoint asked to wait for %s", wait.Round(time.Second)))
		return taskq.Snooze(wait)
	default:
		return refusal
	}
}
