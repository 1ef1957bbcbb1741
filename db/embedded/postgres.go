package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	fastTimeout      = 20 * time.Second // for disconnecting the clients and the last checkpoint
	immediateTimeout = 5 * time.Second
	killTimeout      = 5 * time.Second
	readyTimeout     = 10 * time.Minute // for recovery after a crash with much to do
	readyGap         = 10 * time.Millisecond
	progressGap      = 5 * time.Second
)

// startPostgres starts the server process. A foreign process may have the id that is in the cluster's postmaster.pid
// since a crash; PostgreSQL is told, or it would take that process for a running server and refuse to start.
func (s *Server) startPostgres(foreign int) (*process, error) {
	log, err := openLog(s.layout.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	args := []string{"-D", s.layout.cluster}
	for _, setting := range settings(s.opts, s.layout) {
		args = append(args, "-c", setting.name+"="+setting.value)
	}
	cmd := s.account.command(s.binaries.Path("postgres"), args...)
	if foreign != 0 {
		cmd.Env = append(cmd.Env, "PG_GRANDPARENT_PID="+strconv.Itoa(foreign))
	}
	cmd.Stdout, cmd.Stderr = log, log
	p, err := startProcess(cmd)
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	return p, nil
}

// awaitReady waits until the server answers and has our database.
func (s *Server) awaitReady(ctx context.Context, run *process) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	progress := time.NewTicker(progressGap)
	defer progress.Stop()
	poll := time.NewTicker(readyGap)
	defer poll.Stop()
	for {
		select {
		case <-run.exited:
			return fmt.Errorf("postgres ended (%w); its log %s says:\n%s", run.err, s.layout.log, s.recentLog())
		case <-ctx.Done():
			return fmt.Errorf("wait for postgres to answer: %w; its log %s says:\n%s", ctx.Err(), s.layout.log, s.recentLog())
		case <-progress.C:
			s.opts.Logger.InfoContext(ctx, "PostgreSQL is not ready yet", "log", s.layout.log, "last", s.recentLog())
		case <-poll.C:
			err := ensureDatabase(ctx, s.layout)
			if err == nil || !isStarting(err) {
				return err
			}
		}
	}
}

func (s *Server) recentLog() string {
	info, err := os.Stat(s.layout.log)
	if err != nil {
		return ""
	}
	return logTail(s.layout.log, info.Size()-tailBytes)
}

// shutdown ends the server process: in good order while ctx and the time allow, then hard.
func (s *Server) shutdown(ctx context.Context, run *process) error {
	steps := []struct {
		signal  syscall.Signal
		timeout time.Duration
	}{{sigFast, fastTimeout}, {sigImmediate, immediateTimeout}, {sigKill, killTimeout}}
	for i, step := range steps {
		if hasExited(run) {
			return nil
		}
		if err := kill(run.pid, step.signal); err != nil {
			return fmt.Errorf("signal postgres: %w", err)
		}
		if waitExit(ctx, run, step.timeout) {
			return nil
		}
		s.opts.Logger.WarnContext(ctx, "PostgreSQL takes long to stop", "pid", run.pid, "step", i+1)
		ctx = context.WithoutCancel(ctx) // only the first step is the caller's to cut short
	}
	return errors.New("postgres does not end")
}

func waitExit(ctx context.Context, run *process, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	select {
	case <-run.exited:
		return true
	case <-ctx.Done():
		return hasExited(run)
	}
}

func hasExited(run *process) bool {
	select {
	case <-run.exited:
		return true
	default:
		return false
	}
}
