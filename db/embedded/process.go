package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// process is a child that runs until it is told to end.
type process struct {
	pid    int
	exited chan struct{} // closed when it has ended and been waited for
	err    error         // how it ended; set before exited is closed
}

// startProcess starts cmd and waits for its end in the background, from one operating system thread kept for it: the
// kernel would otherwise take the end of the starting thread for the end of the parent (see endWithParent).
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// runTool runs one of the server's programs to its end as the server's account and returns what it said. When ctx ends,
// it is killed with all that it started.
func (s *Server) runTool(ctx context.Context, program string, args ...string) (string, error) {
	var text bytes.Buffer
	cmd := s.account.command(s.binaries.Path(program), args...)
	cmd.Stdout, cmd.Stderr = &text, &text
	p, err := startProcess(cmd)
	if err != nil {
		return "", fmt.Errorf("run %s: %w", program, err)
	}
	select {
	case <-p.exited:
		return text.String(), p.err
	case <-ctx.Done():
		err := kill(-p.pid, sigKill)
		<-p.exited
		return text.String(), errors.Join(ctx.Err(), err)
	}
}

// serverEnv is our environment without what steers PostgreSQL's programs (PGDATA, PGPORT, …) or their language.
func serverEnv(environ []string) []string {
	env := make([]string, 0, len(environ)+1)
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "LC_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		env = append(env, entry)
	}
	return append(env, "LC_ALL=C")
}
