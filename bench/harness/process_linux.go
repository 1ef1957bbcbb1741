package harness

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Memory returns the resident bytes of a process; 0 when it has ended.
func Memory(pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(content), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

// RaiseFileLimit lets this process, and those that it starts from now on, have as many sockets as the system allows.
func RaiseFileLimit() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raising the limit of open files: %w", err)
	}
	return nil
}

// FileLimit returns how many files, sockets among them, this process may have open.
func FileLimit() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30)) //nolint:gosec // it is bounded
}

// IsConnected reports whether this machine has an established TCP connection over IPv4 between two ports, seen from the
// first: see proc_pid_net(5).
func IsConnected(local, remote int) bool {
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // only read
	from, to := fmt.Sprintf(":%04X", local), fmt.Sprintf(":%04X", remote)
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		const established = "01"
		if len(fields) > 3 && strings.HasSuffix(fields[1], from) && strings.HasSuffix(fields[2], to) {
			return fields[3] == established
		}
	}
	return false
}
