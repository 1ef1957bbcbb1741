package quota

import "sync"

// Count limits how many things each caller may have at once. The nil Count limits nothing. It is safe for concurrent use.
type Count struct {
	most int

	mu  sync.Mutex
	now map[string]int // guarded by mu: of those who have any
}

// NewCount returns a Count of at most so many for each caller.
func NewCount(most int) *Count { return &Count{most: most, now: map[string]int{}} }

// Enter takes one for a caller, which the function gives back; later calls of it do nothing. False: the caller has as many
// as are allowed.
func (c *Count) Enter(name string) (leave func(), ok bool) {
	if c == nil {
		return func() {}, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now[name] >= c.most {
		return nil, false
	}
	c.now[name]++
	return sync.OnceFunc(func() { c.leave(name) }), true
}

func (c *Count) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[name]--
	if c.now[name] == 0 {
		delete(c.now, name)
	}
}
