package graph

import (
	"context"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

const (
	defaultPageSize = 25
	maxCount        = 10_000 // counted exactly; one more means more
)

// counter counts the items of a list when a client asks for their number.
type counter func(ctx context.Context) (int, error)

// TotalCount counts the items on all pages.
func (c counter) TotalCount(ctx context.Context) (int, error) { return c(ctx) }

// DocumentConnection is a page of documents.
type DocumentConnection struct {
	Edges    []*DocumentEdge
	Nodes    []*Document
	PageInfo *PageInfo
	counter
}

func toDocumentConnection(s taskq.Slice[document.Document], count counter) *DocumentConnection {
	c := &DocumentConnection{PageInfo: toPageInfo(s), counter: count}
	c.Nodes, c.Edges = connect(s,
		func(d *document.Document) *Document { return &Document{d} },
		func(node *Document, cursor string) *DocumentEdge { return &DocumentEdge{Node: node, Cursor: cursor} })
	return c
}

func toChunkConnection(s taskq.Slice[document.Chunk]) *ChunkConnection {
	c := &ChunkConnection{PageInfo: toPageInfo(s)}
	c.Nodes, c.Edges = connect(s,
		func(c *document.Chunk) *Chunk { return &Chunk{c} },
		func(node *Chunk, cursor string) *ChunkEdge { return &ChunkEdge{Node: node, Cursor: cursor} })
	return c
}

// ProductConnection is a page of products.
type ProductConnection struct {
	Edges    []*ProductEdge
	Nodes    []*Product
	PageInfo *PageInfo
	counter
}

func toProductConnection(s taskq.Slice[product.Product], count counter) *ProductConnection {
	c := &ProductConnection{PageInfo: toPageInfo(s), counter: count}
	c.Nodes, c.Edges = connect(s,
		func(p *product.Product) *Product { return &Product{p} },
		func(node *Product, cursor string) *ProductEdge { return &ProductEdge{Node: node, Cursor: cursor} })
	return c
}

// TaskConnection is a page of tasks.
type TaskConnection struct {
	Edges    []*TaskEdge
	Nodes    []*Task
	PageInfo *PageInfo
	counter
}

func toTaskConnection(s taskq.Slice[taskq.Task], count counter) *TaskConnection {
	c := &TaskConnection{PageInfo: toPageInfo(s), counter: count}
	c.Nodes, c.Edges = connect(s,
		func(t *taskq.Task) *Task { return &Task{t} },
		func(node *Task, cursor string) *TaskEdge { return &TaskEdge{Node: node, Cursor: cursor} })
	return c
}

func toTaskEventConnection(s taskq.Slice[taskq.Event]) *TaskEventConnection {
	c := &TaskEventConnection{PageInfo: toPageInfo(s)}
	c.Nodes, c.Edges = connect(s,
		func(e *taskq.Event) *taskq.Event { return e },
		func(node *taskq.Event, cursor string) *TaskEventEdge {
			return &TaskEventEdge{Node: node, Cursor: cursor}
		})
	return c
}

// connect turns a slice's items into nodes and edges.
func connect[T, N, E any](s taskq.Slice[T], node func(*T) N, edge func(N, string) E) ([]N, []E) {
	nodes, edges := make([]N, len(s.Items)), make([]E, len(s.Items))
	for i := range s.Items {
		nodes[i] = node(&s.Items[i])
		edges[i] = edge(nodes[i], s.Cursors[i])
	}
	return nodes, edges
}

func toPageInfo[T any](s taskq.Slice[T]) *PageInfo {
	info := &PageInfo{HasNextPage: s.HasNext, HasPreviousPage: s.HasPrevious}
	if n := len(s.Cursors); n > 0 {
		info.StartCursor, info.EndCursor = &s.Cursors[0], &s.Cursors[n-1]
	}
	return info
}

// toPage reads the arguments of a connection.
func toPage(first *int, after *string, last *int, before *string) taskq.Page {
	page := taskq.Page{After: value(after), Before: value(before)}
	switch {
	case first == nil && last == nil:
		page.First = defaultPageSize
	default:
		page.First, page.Last = valueOr(first, 0), valueOr(last, 0)
	}
	return page
}

func value[T any](p *T) T { return valueOr(p, *new(T)) }

func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
