package transport

import (
	"maps"
	"sync"
)

// closures counts why sockets were closed: by the code of the close frame, or in words where the server sent none.
type closures struct {
	mu     sync.Mutex
	counts map[string]int64 // guarded by mu
}

// add takes a socket's reason. What follows a close code may name what the client sent, and is left out.
func (c *closures) add(reason string) {
	if len(reason) > 4 && reason[0] >= '0' && reason[0] <= '9' {
		reason = reason[:4]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	c.counts[reason]++
}

// Sockets returns how many sockets are open, and how many were closed by the reason for it: the code of the close frame,
// such as 4400 or 1012, or words.
func (t *Websocket) Sockets() (open int, closed map[string]int64) {
	t.closures.mu.Lock()
	closed = maps.Clone(t.closures.counts)
	t.closures.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sockets), closed
}
