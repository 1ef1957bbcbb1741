//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package extract

import (
	"os"
	"os/exec"
)

// isolate leaves the child as it is: killing it is all there is here.
func isolate(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Kill() }
}

// residentBytes is not known here; the soft limit of the child's heap still holds.
func residentBytes(int) (int64, bool) { return 0, false }

// lock does nothing here: several processes may compile the same code at once.
func lock(*os.File) error { return nil }

// wasKilled is not known here.
func wasKilled(*os.ProcessState) bool { return false }
