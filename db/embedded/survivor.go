package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// postmasterFile is in the cluster while a server runs on it, and after one was killed.
const postmasterFile = "postmaster.pid"

// survivorGap is how often we look whether processes that are not our children have ended.
const survivorGap = 20 * time.Millisecond

// stopSurvivors stops what an earlier owner of the directory left running on the cluster: its server, when the owner was
// killed, or single backends, when their server was. It returns the id in the cluster's postmaster.pid if that belongs to
// a process that has nothing to do with us, else 0.
func (s *Server) stopSurvivors(ctx context.Context) (foreign int, err error) {
	noted, err := notedPostmaster(s.layout.cluster)
	if err != nil {
		return 0, err
	}
	running, err := clusterProcesses(ctx, s.layout)
	if err != nil {
		return 0, fmt.Errorf("look for an earlier server: %w", err)
	}
	if len(running) > 0 {
		s.opts.Logger.WarnContext(ctx, "stopping a PostgreSQL that an earlier run left behind", "pids", running)
		if err := s.endSurvivors(ctx, noted, running); err != nil {
			return 0, err
		}
	}
	if noted != 0 && isAlive(noted) {
		return noted, nil
	}
	return 0, nil
}

func (s *Server) endSurvivors(ctx context.Context, postmaster int, running []int) error {
	if slices.Contains(running, postmaster) {
		if err := s.signalAndWait(ctx, []int{postmaster}, sigFast, fastTimeout); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		signal  syscall.Signal
		timeout time.Duration
	}{{sigImmediate, immediateTimeout}, {sigKill, killTimeout}} {
		left, err := clusterProcesses(ctx, s.layout)
		if err != nil {
			return fmt.Errorf("look for an earlier server: %w", err)
		}
		if len(left) == 0 {
			return nil
		}
		if err := s.signalAndWait(ctx, left, step.signal, step.timeout); err != nil {
			return err
		}
	}
	return nil
}

// signalAndWait signals the processes and waits until they have ended or the time is up. Only ctx or the signal fail it.
func (s *Server) signalAndWait(ctx context.Context, pids []int, sig syscall.Signal, timeout time.Duration) error {
	for _, pid := range pids {
		if err := kill(pid, sig); err != nil {
			return fmt.Errorf("stop earlier PostgreSQL process %d: %w", pid, err)
		}
	}
	deadline := time.After(timeout)
	poll := time.NewTicker(survivorGap)
	defer poll.Stop()
	for slices.ContainsFunc(pids, isAlive) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop earlier PostgreSQL: %w", ctx.Err())
		case <-deadline:
			return nil
		case <-poll.C:
		}
	}
	return nil
}

// notedPostmaster is the process id in the cluster's postmaster.pid, or 0 if the last server ended in good order.
func notedPostmaster(cluster string) (int, error) {
	text, err := os.ReadFile(filepath.Join(cluster, postmasterFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read postmaster.pid: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first)) // else 0: PostgreSQL itself says what is wrong with the file
	return max(pid, 0), nil
}
