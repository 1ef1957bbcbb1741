package graph_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/taskq"
)

type taskStats struct {
	At     time.Time
	Counts []struct {
		Type, Status string
		Count        int
	}
	OldestReadyAt *time.Time
	Waiting       []struct {
		Reason string
		Count  int
	}
	Buckets []struct {
		StartedAt                                    time.Time
		Seconds, Created, Completed, Failed, Retried int
		RunP50Seconds                                *float64
	}
	Run      struct{ P50Seconds, P95Seconds *float64 }
	Failures []struct {
		Type, Message string
		Count         int
		LastAt        time.Time
		ExampleTaskID string
	}
}

const statsFields = `{ at counts { type status count } oldestReadyAt waiting { reason count }
	buckets { startedAt seconds created completed failed cancelled retried waitP50Seconds waitP95Seconds runP50Seconds runP95Seconds }
	wait { p50Seconds p95Seconds } run { p50Seconds p95Seconds } failures { type message count lastAt exampleTaskId } }`

// hearStats expects statistics.
func (p *peer) hearStats() taskStats {
	p.Helper()
	return hearField[taskStats](p, "taskStatsUpdated")
}

func TestStatisticsAreToldWhenTheyChange(t *testing.T) {
	b := setup(t, map[taskq.Type]taskq.Handler{
		embed: func(context.Context, *taskq.Attempt) error { return taskq.Fail(errors.New("no such model: \"m7\"")) },
	})
	p := b.connect()
	p.subscribe("1", `subscription { taskStatsUpdated(types: [EMBEDDING_GENERATION]) `+statsFields+` }`)
	require.Empty(t, p.hearStats().Counts)
	id := b.create(map[string]any{"type": embed})
	stats := p.hearStats()
	for len(stats.Failures) == 0 {
		stats = p.hearStats()
	}
	require.Len(t, stats.Buckets, 60)
	require.Equal(t, "no such model: …", stats.Failures[0].Message)
	require.Equal(t, id, stats.Failures[0].ExampleTaskID)
	require.Equal(t, "FAILED", stats.Counts[0].Status)

	b.create(map[string]any{"type": update})
	var asked taskStats
	require.Eventually(t, func() bool {
		asked = query[struct{ TaskStats taskStats }](b, `{ taskStats(window: WEEK) `+statsFields+` }`, nil).TaskStats
		return len(asked.Counts) == 2
	}, patience, pollInterval)
	require.Len(t, asked.Buckets, 56)
	require.Equal(t, "READY", asked.Waiting[0].Reason)
	require.NotNil(t, asked.OldestReadyAt)
	require.Equal(t, 1, asked.Failures[0].Count)
}
