package embedded

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
)

// clusterProcesses returns the processes whose working directory is the cluster: each process of a server has it there.
func clusterProcesses(_ context.Context, l layout) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// Fails for other users' processes, which can't have our files open, and for those that have just ended.
		if dir, err := os.Readlink(filepath.Join("/proc", entry.Name(), "cwd")); err == nil && dir == l.cluster {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
