package transport

import "sync"

// member is one client's subscription in a group.
type member struct {
	box       *outbox
	operation *operation // whose frames they are
	leave     func()     // the group; set by join

	mu   sync.Mutex // protects the rest
	live bool       // frames go to the client
	left bool
	from uint64   // what passes up to this one found, the client was told before
	held []*frame // until it is live
}

// put takes what the group tells.
func (m *member) put(frames []*frame) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.left:
	case m.live:
		m.box.put(m, frames)
	default:
		m.held = append(m.held, frames...)
	}
}

// goLive sends the last frames of the member's own feed, and then what the group tells that is newer than lastPass. False:
// the member has quit before.
func (m *member) goLive(own []*frame, lastPass uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left {
		return false
	}
	m.box.put(m, own)
	m.from = lastPass
	m.box.put(m, m.held)
	m.live, m.held = true, nil
	return true
}

// quit ends the membership. One that is about to begin ends when it does.
func (m *member) quit() {
	m.mu.Lock()
	leaves := m.live && !m.left
	m.left, m.held = true, nil
	m.mu.Unlock()
	if leaves {
		m.leave()
	}
}
