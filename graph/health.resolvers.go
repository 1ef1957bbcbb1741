package graph

import (
	"cmp"
	"context"
	"slices"
)

// FeedHealth is the resolver for the feedHealth field.
func (r *queryResolver) FeedHealth(ctx context.Context) (*FeedHealth, error) {
	h, err := r.tasks.FeedHealth(ctx)
	if err != nil {
		return nil, err
	}
	health := &FeedHealth{
		At: h.At, Problems: h.Problems(), Watchers: h.Watchers, LagSeconds: h.Lag.Seconds(), Listening: h.Listening,
		Reconnects: int(h.Reconnects), BackstopHits: int(h.BackstopHits), Resyncs: int(h.Resyncs),
		NotificationQueueUsage: h.QueueUsage, ListenerXminAge: int(h.ListenerXminAge), StatsLagSeconds: h.StatsLag.Seconds(),
		ClosedSockets: []*SocketClosure{},
	}
	var closed map[string]int64
	health.Sockets, closed = r.sockets.Sockets()
	for reason, n := range closed {
		health.ClosedSockets = append(health.ClosedSockets, &SocketClosure{Reason: reason, Count: int(n)})
	}
	slices.SortFunc(health.ClosedSockets, func(a, b *SocketClosure) int { return cmp.Compare(a.Reason, b.Reason) })
	return health, nil
}
