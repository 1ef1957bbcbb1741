package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type feedHealth struct {
	Problems                                 []string
	Watchers, Sockets, Resyncs, BackstopHits int
	LagSeconds, NotificationQueueUsage       float64
	Listening                                bool
	ClosedSockets                            []struct {
		Reason string
		Count  int
	}
}

func TestFeedHealthTellsOfSubscribersAndSockets(t *testing.T) {
	b := setup(t, nil)
	broken := b.connect()
	broken.say(`{"type": "nonsense"}`)
	p := b.connect()
	p.subscribe("1", `subscription { taskUpdated { kind } }`)
	var health feedHealth
	require.Eventually(t, func() bool {
		health = query[struct{ FeedHealth feedHealth }](b, `{ feedHealth { at problems watchers lagSeconds listening reconnects backstopHits resyncs
			notificationQueueUsage listenerXminAge statsLagSeconds sockets closedSockets { reason count } } }`, nil).FeedHealth
		return health.Watchers == 1 && health.Sockets == 1 && health.Listening && len(health.ClosedSockets) == 1 && len(health.Problems) == 0
	}, patience, pollInterval)
	require.Equal(t, "4400", health.ClosedSockets[0].Reason)
	require.Equal(t, 1, health.ClosedSockets[0].Count)
}
