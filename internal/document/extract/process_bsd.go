//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package extract

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate puts the child into its own process group, which dies as a whole.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
}

// residentBytes is not known here; the soft limit of the child's heap still holds.
func residentBytes(int) (int64, bool) { return 0, false }

// lock waits until no other process holds the file. Closing it unlocks.
func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
}
