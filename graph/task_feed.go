package graph

import (
	"context"

	"github.com/taskwire/taskwire/graph/transport"
	"github.com/taskwire/taskwire/taskq"
)

// taskFeed is the engine's feed as the transports read it.
type taskFeed struct{ *taskq.Watcher }

var _ transport.Feed[*TaskUpdate] = taskFeed{}

// Take implements [transport.Feed].
func (f taskFeed) Take() transport.Batch[*TaskUpdate] {
	from := f.Watcher.Take()
	to := transport.Batch[*TaskUpdate]{Settled: from.Settled, Ended: from.Ended}
	for _, u := range from.Updates {
		to.Updates = append(to.Updates, transport.Update[*TaskUpdate]{
			Value: &TaskUpdate{u}, Pass: u.Pass, Subject: u.TaskID, Keep: u.IsFinal(),
		})
	}
	return to
}

// comeAgain has a client that could not begin to watch, by no mistake of its own, do so again rather than believe that
// nothing more will happen: the database may be back by then.
func comeAgain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if code, _ := explain(ctx, err); code == codeInternal || code == codeTimeout {
		transport.Interrupt(ctx)
	}
	return err
}
