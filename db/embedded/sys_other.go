//go:build !unix

package embedded

import (
	"errors"
	"io/fs"
	"syscall"
)

const supported = false

const (
	sigFast      = syscall.SIGINT
	sigImmediate = syscall.SIGQUIT
	sigKill      = syscall.SIGKILL
)

func childAttr(account) *syscall.SysProcAttr { return nil }

func ownerOf(fs.FileInfo) (uint32, bool) { return 0, false }

func kill(int, syscall.Signal) error { return errors.ErrUnsupported }

func isAlive(int) bool { return false }
