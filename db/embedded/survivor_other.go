//go:build !linux

package embedded

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// clusterProcesses returns the processes whose command line or title names the cluster.
func clusterProcesses(ctx context.Context, l layout) ([]int, error) {
	list, err := output(ctx, "ps", "-axo", "pid=,command=")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	return matchProcesses(list, l), nil
}

func matchProcesses(list string, l layout) []int {
	var pids []int
	for line := range strings.Lines(list) {
		id, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		pid, err := strconv.Atoi(id)
		if err != nil {
			continue
		}
		if strings.Contains(command, "postgres -D "+l.cluster+" ") || strings.Contains(command, "postgres: "+clusterName(l)+":") {
			pids = append(pids, pid)
		}
	}
	return pids
}
