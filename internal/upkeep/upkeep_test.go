package upkeep_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/upkeep"
)

func TestJobsAreDoneAgainAndAgainWhateverFails(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	rounds := 0
	upkeep.Run(ctx, slog.New(slog.NewTextHandler(&log, nil)), time.Millisecond,
		upkeep.Job{Of: "apples", Do: func(context.Context) (int, error) { return 0, errors.New("out of reach") }},
		upkeep.Job{Of: "pears", Do: func(context.Context) (int, error) {
			if rounds++; rounds == 3 {
				cancel()
			}
			return rounds - 1, nil
		}})
	require.Equal(t, 3, rounds)
	require.Equal(t, 3, strings.Count(log.String(), "out of reach"))
	require.Contains(t, log.String(), "what=pears count=1")
	require.NotContains(t, log.String(), "what=pears count=0")
}
