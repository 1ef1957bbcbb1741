//go:build unix && !linux

package embedded

import "syscall"

// endWithParent does nothing where the kernel offers nothing: a server that outlives us is stopped at the next start.
func endWithParent(*syscall.SysProcAttr) {}
