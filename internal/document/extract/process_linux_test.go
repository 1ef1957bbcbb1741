package extract_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheChildOfAKilledProcessIsKilled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	parent := exec.CommandContext(ctx, os.Args[0])
	parent.Env = []string{childMark + "=parent"}
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	child, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.True(t, isRunning(child))

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for isRunning(child) {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Fail(t, "the child goes on")
		}
	}
}

// isRunning reports a process that exists and has not ended.
func isRunning(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(pid), "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}
