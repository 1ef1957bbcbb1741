//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package extract

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// killGroup ends the child and whatever it has started.
func killGroup(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// wasKilled reports an end by SIGKILL or SIGTERM, which only others send.
func wasKilled(state *os.ProcessState) bool {
	status, isUnix := state.Sys().(syscall.WaitStatus)
	return isUnix && status.Signaled() && (status.Signal() == syscall.SIGKILL || status.Signal() == syscall.SIGTERM)
}
