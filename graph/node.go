package graph

import (
	"encoding/json"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/globalid"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// Node is what node(id:) can return.
type Node interface{ IsNode() }

// APIKey is what is known of an API key, with a global id.
type APIKey struct{ *auth.Key }

// IsNode implements [Node].
func (APIKey) IsNode() {}

// ID returns the global id.
func (k APIKey) ID() string { return globalid.New(globalid.APIKey, k.Key.ID) }

// Chunk is a piece of a document with a global id.
type Chunk struct{ *document.Chunk }

// IsNode implements [Node].
func (Chunk) IsNode() {}

// ID returns the global id.
func (c Chunk) ID() string { return globalid.New(globalid.Chunk, c.Chunk.ID) }

// Document is a document of the library with a global id.
type Document struct{ *document.Document }

// IsNode implements [Node].
func (Document) IsNode() {}

// ID returns the global id.
func (d Document) ID() string { return globalid.New(globalid.Document, d.Document.ID) }

// Task is a task of the engine with a global id.
type Task struct{ *taskq.Task }

// IsNode implements [Node].
func (Task) IsNode() {}

// ID returns the global id.
func (t Task) ID() string { return globalid.New(globalid.Task, t.Task.ID) }

// Result returns what the task produced; nil when nothing.
func (t Task) Result() json.RawMessage { return value(t.Task.Result) }

// Worker is a worker of the engine with a global id.
type Worker struct{ *taskq.Worker }

// IsNode implements [Node].
func (Worker) IsNode() {}

// ID returns the global id.
func (w Worker) ID() string { return globalid.New(globalid.Worker, w.Worker.ID) }

// Product is a product of the catalogue with a global id.
type Product struct{ *product.Product }

// IsNode implements [Node].
func (Product) IsNode() {}

// ID returns the global id.
func (p Product) ID() string { return globalid.New(globalid.Product, p.Product.ID) }

// TaskUpdate is an update of the feed with a global id.
type TaskUpdate struct{ taskq.Update }

// Task returns the task after the change; nil when it is gone.
func (u *TaskUpdate) Task() *Task { return optionalTask(u.Update.Task) }

// TaskID returns the global id.
func (u *TaskUpdate) TaskID() string { return globalid.New(globalid.Task, u.Update.TaskID) }

var (
	_ Node = APIKey{}
	_ Node = Chunk{}
	_ Node = Document{}
	_ Node = Product{}
	_ Node = Task{}
	_ Node = Worker{}
)

func optionalTask(t *taskq.Task) *Task {
	if t == nil {
		return nil
	}
	return &Task{t}
}
