//go:build unix

package embedded

import (
	"errors"
	"io/fs"
	"syscall"
)

const supported = true

const (
	sigFast      = syscall.SIGINT  // disconnect the clients, checkpoint, end
	sigImmediate = syscall.SIGQUIT // end at once, recover at the next start
	sigKill      = syscall.SIGKILL
)

// childAttr starts a child in its own session, as the account. Where the system can tell it, the child ends with us.
func childAttr(a account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	endWithParent(attr)
	if a.dropped {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// ownerOf returns the user id of the file's owner.
func ownerOf(info fs.FileInfo) (uint32, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return stat.Uid, true
}

// kill sends sig to a process, or with a negative pid to its group. That it has gone already is no error.
func kill(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// isAlive reports whether there is a process of that id, ours or not.
func isAlive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
