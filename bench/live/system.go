package live

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/taskwire/taskwire/bench/harness"
	"github.com/taskwire/taskwire/bench/live/crowd"
)

// system is a server that pushes the changes of its table tasks: a process, and a database.
type system struct {
	name     string
	process  *exec.Cmd
	address  string // host:port
	query    string // what its clients send
	database *harness.Database
	tasks    []uuid.UUID // rows to change
	mark     int         // of the latest change
}

const (
	startTimeout = time.Minute
	stopTimeout  = 20 * time.Second
	rows         = 1_000
)

// start starts the server, and finds its address in what it says.
func (s *system) start(output io.Reader, addressIn func(line string) (string, bool)) error {
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if address, ok := addressIn(lines.Text()); ok {
				found <- address
			}
		}
	}()
	select {
	case s.address = <-found:
	case <-time.After(startTimeout):
	}
	if s.address == "" {
		return fmt.Errorf("%s does not serve", s.name)
	}
	return nil
}

// stop has the server end in order, or else.
func (s *system) stop() error {
	if s.process == nil || s.process.Process == nil {
		return nil
	}
	kill := time.AfterFunc(stopTimeout, func() { _ = s.process.Process.Kill() })
	defer kill.Stop()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_ = s.process.Wait() // how it ends is no matter here
	return nil
}

func (s *system) pid() int { return s.process.Process.Pid }

// url is where its websockets are.
func (s *system) url() string { return "ws://" + s.address + "/graphql" }

// memory returns the resident bytes of the server.
func (s *system) memory() int64 { return harness.Memory(s.pid()) }

func (s *system) connect(sockets int) crowd.Command {
	return crowd.Command{Op: "connect", URL: s.url(), Query: s.query, Sockets: sockets}
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
		return fmt.Errorf("filling the table of %s: %w", s.name, err)
	}
	s.database.SetMaxOpenConns(writerConnections)
	s.database.SetMaxIdleConns(writerConnections)
	return s.database.Analyze(ctx)
}

// afterColon returns what follows the last colon.
func afterColon(text string) string { return text[strings.LastIndexByte(text, ':')+1:] }
