//go:build !linux

package taskq

import "syscall"

// setUserTimeout does nothing: only Linux has TCP_USER_TIMEOUT; keepalive and the watchdog find a dead peer elsewhere.
func setUserTimeout(_, _ string, _ syscall.RawConn) error { return nil }
