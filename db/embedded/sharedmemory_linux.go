//go:build amd64 || arm64

package embedded

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

const ipcRemove = 0 // IPC_RMID of shmctl(2)

// removeSharedMemory removes the System V segment by which servers on a cluster notice one another. A server that ends in
// good order does so itself, and one that was killed leaves it to the next start; but there is none when the cluster goes.
// The text is that of postmaster.pid, which names the segment by key and id in its seventh line. No server may run on the
// cluster. An id that stands for another segment by now is left alone.
func removeSharedMemory(postmasterFile string) error {
	key, id, ok := parseSegment(postmasterFile)
	if !ok || !isSegment(key, id) {
		return nil
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_SHMCTL, id, ipcRemove, 0); errno != 0 {
		return fmt.Errorf("remove shared memory of a killed server: %w", errno)
	}
	return nil
}

func isSegment(key, id uintptr) bool {
	present, _, errno := syscall.Syscall(syscall.SYS_SHMGET, key, 0, 0)
	return errno == 0 && present == id
}

func parseSegment(postmasterFile string) (key, id uintptr, ok bool) {
	lines := strings.Split(postmasterFile, "\n")
	if len(lines) < 7 {
		return 0, 0, false
	}
	fields := strings.Fields(lines[6])
	if len(fields) != 2 {
		return 0, 0, false
	}
	k, keyErr := strconv.ParseUint(fields[0], 10, 64) // a C int, shown as an unsigned long
	i, idErr := strconv.ParseUint(fields[1], 10, 31)
	return uintptr(uint32(k)), uintptr(i), keyErr == nil && idErr == nil && k != 0
}
