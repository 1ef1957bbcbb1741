//go:build !linux

package harness

// Memory is known on Linux only.
func Memory(int) int64 { return 0 }

// RaiseFileLimit does something on Linux only.
func RaiseFileLimit() error { return nil }

// FileLimit is known on Linux only.
func FileLimit() int { return 256 }

// IsConnected is known on Linux only.
func IsConnected(int, int) bool { return false }
