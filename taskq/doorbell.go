package taskq

// doorbell wakes one goroutine. However often it is rung before that one looks, it wakes it once: what there is to do is
// read from the database.
type doorbell struct{ c chan struct{} }

func newDoorbell() doorbell { return doorbell{make(chan struct{}, 1)} }

// ring never blocks.
func (d doorbell) ring() {
	select {
	case d.c <- struct{}{}:
	default:
	}
}

// doorbells are what the listener rings.
type doorbells struct {
	changed doorbell // tasks changed: the feed looks
	ready   doorbell // tasks may have become ready: the fetcher claims
	cancel  doorbell // a cancel was asked: the worker looks for its own
}

func newDoorbells() *doorbells {
	return &doorbells{changed: newDoorbell(), ready: newDoorbell(), cancel: newDoorbell()}
}

func (d *doorbells) byChannel() map[string]doorbell {
	return map[string]doorbell{"tasks_changed": d.changed, "tasks_ready": d.ready, "tasks_cancel": d.cancel}
}

func (d *doorbells) ringAll() {
	for _, bell := range d.byChannel() {
		bell.ring()
	}
}
