package taskq

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// FeedHealth tells how well changes reach those who watch, as this process sees it.
type FeedHealth struct {
	At           time.Time
	Watchers     int           // of tasks, in this process
	Lag          time.Duration // since the feed last knew everything; up to a second when all is well, 0 while nobody watches
	Listening    bool          // notifications come in; without, the database is polled each second
	Reconnects   int64         // of the LISTEN connection
	BackstopHits int64         // changes that a poll has found, and no notification had told of; a stray one is normal
	Resyncs      int64         // watches that were ended for being too far behind; their readers came back

	// What only the database knows; zero when it does not answer.
	QueueUsage      float64       // of the server's notification queue, 0 to 1; once it is full, no transaction that notifies commits
	ListenerXminAge int64         // transactions since the oldest snapshot that a LISTEN connection of any process holds
	ListenerPID     int           // of the backend that holds it; 0: none does
	StatsLag        time.Duration // since the oldest event that statistics do not count yet
}

// What is no longer well. A LISTEN connection holds a snapshot only while it takes notifications out of the queue.
const (
	worryingLag     = 5 * time.Second
	worryingQueue   = 0.1
	worryingXminAge = 10_000
	worryingStats   = time.Minute
)

// Problems says in sentences what an operator should look at; nothing when all is well.
func (h *FeedHealth) Problems() []string {
	problems := []string{}
	tell := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	tell(h.Lag > worryingLag, "The feed could not be read for %s: watchers are told nothing.", h.Lag.Round(time.Second))
	tell(!h.Listening, "The LISTEN connection is down: updates and claims may be up to a second late.")
	tell(h.QueueUsage > worryingQueue,
		"The notification queue of PostgreSQL is %.0f %% full; once it is, changes of tasks fail. A LISTEN connection does not read.", 100*h.QueueUsage)
	tell(h.ListenerXminAge > worryingXminAge,
		"The LISTEN connection of backend %d has not read for %d transactions and holds back vacuum: end it with pg_terminate_backend.",
		h.ListenerPID, h.ListenerXminAge)
	tell(h.StatsLag > worryingStats, "Statistics are %s behind.", h.StatsLag.Round(time.Second))
	return problems
}

// FeedHealth tells how well changes reach those who watch. When the database does not answer, it returns what this process
// knows by itself, with the error.
func (c *Client) FeedHealth(ctx context.Context) (FeedHealth, error) {
	h := c.feed.health()
	err := c.store.feedHealth(ctx, &h)
	return h, err
}

// vitals are what the feed and the listener count.
type vitals struct {
	listening                         atomic.Bool
	reconnects, backstopHits, resyncs atomic.Int64
}

func (f *feed) health() FeedHealth {
	h := FeedHealth{
		At: time.Now(), Listening: f.vitals.listening.Load(), Reconnects: f.vitals.reconnects.Load(),
		BackstopHits: f.vitals.backstopHits.Load(), Resyncs: f.vitals.resyncs.Load(),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if h.Watchers = len(f.watchers); h.Watchers > 0 {
		h.Lag = h.At.Sub(f.readAt)
	}
	return h
}
