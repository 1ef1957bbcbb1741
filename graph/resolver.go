// Package graph is the GraphQL edge of Taskwire: it checks and converts what clients send, calls the engine and the
// domain services, and converts what they return. schema.graphqls says what it serves; internal/app mounts it. It knows no
// SQL and makes no decisions of its own.
package graph

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// Tasks is the part of [taskq.Client] that the API needs.
type Tasks interface {
	TaskCreator
	TaskReader
	TaskRelations
	TaskOperator
	TaskTypes
	TaskStatistics
	TaskFeed
}

// TaskCreator enqueues tasks.
type TaskCreator interface {
	Enqueue(ctx context.Context, n taskq.NewTask) (taskq.Enqueued, error)
	EnqueueMany(ctx context.Context, many []taskq.NewTask) ([]taskq.Enqueued, error)
}

// TaskReader finds tasks.
type TaskReader interface {
	Count(ctx context.Context, f taskq.Filter, limit int) (int, error)
	Get(ctx context.Context, id uuid.UUID) (taskq.Task, error)
	GetMany(ctx context.Context, ids []uuid.UUID) ([]taskq.Task, error)
	List(ctx context.Context, f taskq.Filter, o taskq.Order, p taskq.Page) (taskq.Slice[taskq.Task], error)
}

// TaskRelations finds what belongs to a task.
type TaskRelations interface {
	Dependents(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Task], error)
	DependsOn(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Task], error)
	History(ctx context.Context, id uuid.UUID, p taskq.Page) (taskq.Slice[taskq.Event], error)
}

// TaskOperator changes tasks.
type TaskOperator interface {
	Bulk(ctx context.Context, b taskq.Bulk) (taskq.BulkOutcome, error)
}

// TaskTypes reads and sets what holds for all tasks of a type, and knows who runs them.
type TaskTypes interface {
	Pause(ctx context.Context, t taskq.Type) (taskq.TypeState, error)
	Resume(ctx context.Context, t taskq.Type) (taskq.TypeState, error)
	LimitRunning(ctx context.Context, t taskq.Type, limit int) (taskq.TypeState, error)
	Types(ctx context.Context) ([]taskq.TypeState, error)
	Workers(ctx context.Context) ([]taskq.Worker, error)
}

// TaskStatistics tells how the system is doing.
type TaskStatistics interface {
	Stats(ctx context.Context, q taskq.StatsQuery) (taskq.Stats, error)
	NewStatsWatcher(ctx context.Context, q taskq.StatsQuery, onlyNew bool, notify func()) (*taskq.StatsWatcher, error)
	FeedHealth(ctx context.Context) (taskq.FeedHealth, error)
}

// TaskFeed tells what changes.
type TaskFeed interface {
	NewWatcher(ctx context.Context, f taskq.Filter, o taskq.WatchOptions, notify func()) (*taskq.Watcher, error)
}

// Embeddings is the part of [embedding.Service] that the API needs.
type Embeddings interface {
	Generate(ctx context.Context, in embedding.GenerateInput) (taskq.Enqueued, error)
}

// Documents is the part of [document.Service] that the API needs.
type Documents interface {
	DocumentReader
	ChunkReader
	Upload(ctx context.Context, in document.UploadInput) (document.Uploaded, error)
}

// DocumentReader finds documents.
type DocumentReader interface {
	Count(ctx context.Context, f document.Filter, limit int) (int, error)
	Get(ctx context.Context, id uuid.UUID) (document.Document, error)
	GetMany(ctx context.Context, ids []uuid.UUID) ([]document.Document, error)
	List(ctx context.Context, f document.Filter, p taskq.Page) (taskq.Slice[document.Document], error)
}

// ChunkReader reads what is in documents.
type ChunkReader interface {
	Chunks(ctx context.Context, documentID uuid.UUID, p taskq.Page) (taskq.Slice[document.Chunk], error)
	ChunksByID(ctx context.Context, ids []uuid.UUID) ([]document.Chunk, error)
	Text(ctx context.Context, id uuid.UUID) (string, error)
}

// Products is the part of [product.Service] that the API needs.
type Products interface {
	ProductReader
	ProductWriter
}

// ProductReader finds products.
type ProductReader interface {
	Count(ctx context.Context, f product.Filter, limit int) (int, error)
	Get(ctx context.Context, id uuid.UUID) (product.Product, error)
	List(ctx context.Context, f product.Filter, p taskq.Page) (taskq.Slice[product.Product], error)
}

// ProductWriter enqueues what changes products.
type ProductWriter interface {
	Import(ctx context.Context, in product.ImportInput) (taskq.Enqueued, error)
	Update(ctx context.Context, in product.UpdateInput) (taskq.Enqueued, error)
}

// APIKeys is the part of [auth.Keys] that the API needs.
type APIKeys interface {
	Create(ctx context.Context, n auth.NewKey) (auth.Key, string, error)
	Get(ctx context.Context, id uuid.UUID) (auth.Key, error)
	List(ctx context.Context) ([]auth.Key, error)
	Revoke(ctx context.Context, id uuid.UUID, by string) (auth.Key, error)
}

// The services that limit what each principal sees and does.
var (
	_ APIKeys    = (*auth.Keys)(nil)
	_ Tasks      = access.Tasks{}
	_ Documents  = access.Documents{}
	_ Products   = access.Products{}
	_ Embeddings = access.Embeddings{}
)

// Sockets counts the websockets of this server.
type Sockets interface {
	Sockets() (open int, closed map[string]int64)
}

// Resolver answers the fields of the schema.
type Resolver struct {
	sockets     Sockets
	tasks       Tasks
	documents   Documents
	products    Products
	embeddings  Embeddings
	keys        APIKeys
	now         func() time.Time
	recent      *recentLoaders
	permissions []permission
}

var _ ResolverRoot = (*Resolver)(nil)

// Document implements [ResolverRoot].
func (r *Resolver) Document() DocumentResolver { return &documentResolver{r} }

// Mutation implements [ResolverRoot].
func (r *Resolver) Mutation() MutationResolver { return &mutationResolver{r} }

// Product implements [ResolverRoot].
func (r *Resolver) Product() ProductResolver { return &productResolver{r} }

// Query implements [ResolverRoot].
func (r *Resolver) Query() QueryResolver { return &queryResolver{r} }

// Subscription implements [ResolverRoot].
func (r *Resolver) Subscription() SubscriptionResolver { return &subscriptionResolver{r} }

// Task implements [ResolverRoot].
func (r *Resolver) Task() TaskResolver { return &taskResolver{r} }

// TaskFailureGroup implements [ResolverRoot].
func (r *Resolver) TaskFailureGroup() TaskFailureGroupResolver { return &taskFailureGroupResolver{r} }

type (
	documentResolver     struct{ *Resolver }
	mutationResolver     struct{ *Resolver }
	productResolver      struct{ *Resolver }
	queryResolver        struct{ *Resolver }
	subscriptionResolver struct{ *Resolver }
	taskResolver         struct{ *Resolver }

	taskFailureGroupResolver struct{ *Resolver }
)
