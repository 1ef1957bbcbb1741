package graph

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// textCache keeps the values that were used last, by a weight in bytes of text rather than by number: a client decides how
// long a document is, and what is made of it takes a hundred times the memory.
type textCache[T any] struct {
	limit  int
	weigh  func(key string, value T) int
	mu     sync.Mutex
	weight int                      // guarded by mu
	recent *list.List               // guarded by mu: of cached[T], the last used in front
	byKey  map[string]*list.Element // guarded by mu
}

type cached[T any] struct {
	key   string
	value T
}

var _ graphql.Cache[string] = (*textCache[string])(nil)

func newTextCache[T any](limit int, weigh func(key string, value T) int) *textCache[T] {
	return &textCache[T]{limit: limit, weigh: weigh, recent: list.New(), byKey: map[string]*list.Element{}}
}

// Get implements [graphql.Cache].
func (c *textCache[T]) Get(_ context.Context, key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byKey[key]
	if !ok {
		return value, false
	}
	c.recent.MoveToFront(element)
	return element.Value.(cached[T]).value, true
}

// Add implements [graphql.Cache]. What is too large for a quarter of the cache is not kept.
func (c *textCache[T]) Add(_ context.Context, key string, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	weight := c.weigh(key, value)
	if _, known := c.byKey[key]; known || weight > c.limit/4 {
		return
	}
	c.byKey[key] = c.recent.PushFront(cached[T]{key, value})
	for c.weight += weight; c.weight > c.limit; {
		c.dropOldest()
	}
}

func (c *textCache[T]) dropOldest() {
	oldest := c.recent.Remove(c.recent.Back()).(cached[T])
	delete(c.byKey, oldest.key)
	c.weight -= c.weigh(oldest.key, oldest.value)
}
