package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
)

// clockTick is what /proc counts CPU time in: USER_HZ, 100 on every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// OwnCPU returns the CPU time of this process.
func OwnCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TreeCPU returns the CPU time of a process and its children, those that have ended included.
func TreeCPU(pid int) time.Duration {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	var total time.Duration
	for _, path := range stats {
		p, ok := readProcess(path)
		switch {
		case !ok:
		case p.pid == pid:
			total += p.own + p.children
		case p.parent == pid:
			total += p.own
		}
	}
	return total
}

// busyCPU returns the CPU time of everything on this machine: see proc(5), /proc/stat.
func busyCPU() time.Duration {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(content), "\n")
	var user, nice, system, idle, iowait, irq, softirq int64
	if _, err := fmt.Sscanf(line, "cpu %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &iowait, &irq, &softirq); err != nil {
		return 0
	}
	return time.Duration(user+nice+system+irq+softirq) * clockTick
}

type process struct {
	pid, parent   int
	name          string
	own, children time.Duration // CPU time; children: of those that have ended
}

// readProcess parses /proc/PID/stat, see proc(5). The name, in parentheses, may contain anything.
func readProcess(path string) (process, bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return process{}, false
	}
	head, rest, ok := strings.Cut(string(content), " (")
	end := strings.LastIndex(rest, ") ")
	if !ok || end < 0 {
		return process{}, false
	}
	fields := strings.Fields(rest[end+2:]) // from field 3 on
	if len(fields) < 15 {
		return process{}, false
	}
	field := func(n int) int {
		v, err := strconv.Atoi(fields[n-3])
		ok = ok && err == nil
		return v
	}
	pid, err := strconv.Atoi(head)
	p := process{pid: pid, name: rest[:end], parent: field(4)}
	p.own = time.Duration(field(14)+field(15)) * clockTick
	p.children = time.Duration(field(16)+field(17)) * clockTick
	return p, ok && err == nil
}

// findPostmaster returns the parent of the process that serves a connection, if it is one of this machine.
func findPostmaster(ctx context.Context, db *sqlx.DB) int {
	conn, err := db.Connx(ctx)
	if err != nil {
		return 0
	}
	defer conn.Close() //nolint:errcheck // goes back to the pool
	var backend int
	if err := conn.GetContext(ctx, &backend, "SELECT pg_backend_pid()"); err != nil {
		return 0
	}
	if p, ok := readProcess(fmt.Sprintf("/proc/%d/stat", backend)); ok && strings.HasPrefix(p.name, "postgres") {
		return p.parent
	}
	return 0
}
