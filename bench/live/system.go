package live

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
	"github.com/taskwire/taskwire/bench/peers"
)

// system is a server that pushes the changes of its table tasks: a program, and a database.
type system struct {
	*peers.Program
	query    string // what its clients send
	database *harness.Database
	tasks    []uuid.UUID // rows to change
	mark     int         // of the latest change
}

const rows = 1_000

// memory returns the resident bytes of the server.
func (s *system) memory() int64 { return harness.Memory(s.PID()) }

func (s *system) connect(sockets int) crowd.Command {
	return crowd.Command{Op: "connect", URL: s.URL("ws"), Query: s.query, Sockets: sockets}
}

// updateTask is the same for all: a change of one row, which one commit makes durable.
const updateTask = `UPDATE tasks SET description = $1, version = version + 1 WHERE id = $2`

// change commits one change, and returns when that was known here, in Unix µs. The mark is what clients find it by.
func (s *system) change(ctx context.Context, mark int) (int64, error) {
	_, err := s.database.ExecContext(ctx, updateTask, fmt.Sprintf("#%d", mark), s.tasks[mark%len(s.tasks)])
	if err != nil {
		return 0, fmt.Errorf("changing a task: %w", err)
	}
	return time.Now().UnixMicro(), nil
}

// nextMark is one that no client has seen.
func (s *system) nextMark() int {
	s.mark++
	return s.mark
}

func newIDs() []uuid.UUID {
	ids := make([]uuid.UUID, rows)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7())
	}
	return ids
}

// fill makes the rows to change, with a statement whose $1 is their ids.
func (s *system) fill(ctx context.Context, insert string) error {
	s.tasks = newIDs()
	texts := make([]string, len(s.tasks))
	for i, id := range s.tasks {
		texts[i] = id.String()
	}
	if _, err := s.database.ExecContext(ctx, insert, pq.Array(texts)); err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	s.database.SetMaxOpenConns(writerConnections)
	s.database.SetMaxIdleConns(writerConnections)
	return s.database.Analyze(ctx)
}

// afterColon returns what follows the last colon.
func afterColon(text string) string { return text[strings.LastIndexByte(text, ':')+1:] }
