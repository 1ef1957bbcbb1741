//go:build unix

package dbtest

import (
	"io/fs"
	"os"
	"syscall"
)

// detached starts a child in its own session, so that a Ctrl-C that ends the tests lets it clean up.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == uint32(os.Geteuid())
}
