package transport

import "sync"

// Limits of what waits for a client that reads slowly. Over the first, only the latest of each subject waits, and what
// must not be left out; over one of the others, the client is sent away, and comes back with its cursor.
const (
	fullOutbox      = 256
	maxOutbox       = 10_000
	maxOutboxBytes  = 8 << 20
	parcelsPerWrite = 32
)

// frame is what a group tells its members. Many clients are sent the same one.
type frame struct {
	kind    frameKind
	payload []byte // the encoded response, or its errors
	pass    uint64
	subject any
	keep    bool // a slow client must be sent it, too
}

type frameKind int

const (
	frameNext        frameKind = iota
	frameFailed                // the execution broke: payload is the errors
	frameInterrupted           // the server ends the subscription; the client is to subscribe again
)

// parcel is a frame for one of a client's subscriptions.
type parcel struct {
	to    *member
	frame *frame
}

// outbox holds what groups have for one client. They put in and never wait; a goroutine that lives while there is
// something waits for the client.
type outbox struct {
	start func(write func())  // runs a goroutine
	write func(list []parcel) // blocks until the client has taken it, or is gone
	full  func()              // the client is too far behind; must not block

	mu      sync.Mutex // protects the rest
	queue   []parcel
	bytes   int
	compact int  // the length from which on compacting is worth its while
	writing bool // a goroutine writes
	closed  bool
}

// put takes what a member is to be sent. It never blocks.
func (b *outbox) put(to *member, frames []*frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	for _, f := range frames {
		if f.kind == frameNext && f.pass <= to.from {
			continue
		}
		b.queue = append(b.queue, parcel{to, f})
		b.bytes += len(f.payload)
	}
	if len(b.queue) > max(b.compact, fullOutbox) || b.bytes > maxOutboxBytes {
		b.keepLatest()
	}
	if len(b.queue) > maxOutbox || b.bytes > maxOutboxBytes {
		b.discard()
		b.full()
		return
	}
	if len(b.queue) > 0 && !b.writing {
		b.writing = true
		b.start(b.empty)
	}
}

// empty writes until nothing waits.
func (b *outbox) empty() {
	for list := b.take(); len(list) > 0; list = b.take() {
		b.write(list)
	}
}

// take returns what is to be written next. None: the goroutine that writes ends.
func (b *outbox) take() []parcel {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), parcelsPerWrite)
	list := b.queue[:n:n]
	b.queue = b.queue[n:]
	for _, p := range list {
		b.bytes -= len(p.frame.payload)
	}
	if n == 0 {
		b.queue, b.compact, b.writing = nil, 0, false
	}
	return list
}

// keepLatest leaves out what the client need not know any more. b.mu is held.
func (b *outbox) keepLatest() {
	type subject struct {
		of    *member
		about any
	}
	last := make(map[subject]int, len(b.queue))
	for i, p := range b.queue {
		last[subject{p.to, p.frame.subject}] = i
	}
	kept := make([]parcel, 0, len(last))
	b.bytes = 0
	for i, p := range b.queue {
		if p.frame.keep || last[subject{p.to, p.frame.subject}] == i {
			kept = append(kept, p)
			b.bytes += len(p.frame.payload)
		}
	}
	b.queue, b.compact = kept, 2*len(kept)
}

// close has the outbox take no more.
func (b *outbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.discard()
}

// discard drops what waits, and what comes. b.mu is held.
func (b *outbox) discard() { b.queue, b.bytes, b.closed = nil, 0, true }
