//go:build (darwin && !ios) || linux

package embedded

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// removeSharedMemory removes the System V segment by which servers on a cluster notice one another. A server that ends in
// good order does so itself, and one that was killed leaves it to the next start; but there is none when the cluster goes.
// The text is that of postmaster.pid, which names the segment by key and id in its seventh line. An id that stands for
// another segment by now, or for one in use, is left alone.
func removeSharedMemory(postmasterFile string) error {
	lines := strings.Split(postmasterFile, "\n")
	if len(lines) < 7 {
		return nil
	}
	fields := strings.Fields(lines[6])
	if len(fields) != 2 {
		return nil
	}
	key, keyErr := strconv.Atoi(fields[0])
	id, idErr := strconv.Atoi(fields[1])
	if keyErr != nil || idErr != nil || key == 0 {
		return nil
	}
	if present, err := unix.SysvShmGet(key, 0, 0); err != nil || present != id {
		return nil
	}
	var segment unix.SysvShmDesc
	if _, err := unix.SysvShmCtl(id, unix.IPC_STAT, &segment); err != nil || segment.Nattch != 0 {
		return nil
	}
	if _, err := unix.SysvShmCtl(id, unix.IPC_RMID, nil); err != nil {
		return fmt.Errorf("remove shared memory of a killed server: %w", err)
	}
	return nil
}
