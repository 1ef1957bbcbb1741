// Package crowd is the clients of the suite live, in a process of their own so that what they cost is not counted as the
// server's: many websockets that watch, and note when each change arrives. A crowd takes a line of JSON a command on its
// input, and answers each with one.
package crowd

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

// Command is what a crowd is told to do.
type Command struct {
	Op      string        `json:"op"`                // connect, await, stall, leave
	URL     string        `json:"url,omitempty"`     // of connect and stall
	Query   string        `json:"query,omitempty"`   // likewise
	Sockets int           `json:"sockets,omitempty"` // of connect; of stall: subscriptions on one socket
	First   int           `json:"first,omitempty"`   // await: the marks from First to Last, each by Each sockets
	Last    int           `json:"last,omitempty"`
	Each    int           `json:"each,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"`
}

// Answer is what a crowd answers. Which fields are set depends on the command.
type Answer struct {
	Error    string        `json:"error,omitempty"`
	Took     time.Duration `json:"took,omitempty"`
	Address  string        `json:"address,omitempty"`  // the stalled client's own
	Arrivals [][]int64     `json:"arrivals,omitempty"` // of each mark that was awaited, Unix µs
}

// Argument tells the program of the benchmarks that it is to be a crowd.
const Argument = "crowd"

// Crowd is the process, seen from the one that measures.
type Crowd struct {
	process  *exec.Cmd
	commands io.WriteCloser
	answers  *bufio.Scanner
}

// Start starts a crowd.
func Start() (*Crowd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &Crowd{process: exec.Command(program, Argument)} //nolint:gosec // this program
	c.process.Stderr = os.Stderr
	if c.commands, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.answers = bufio.NewScanner(output)
	c.answers.Buffer(nil, 1<<30)
	return c, c.process.Start()
}

// Do has the crowd carry out a command.
func (c *Crowd) Do(command Command) (Answer, error) {
	var a Answer
	if err := json.NewEncoder(c.commands).Encode(command); err != nil {
		return a, fmt.Errorf("%s: %w", command.Op, err)
	}
	if !c.answers.Scan() {
		return a, fmt.Errorf("%s: the crowd has ended: %w", command.Op, c.answers.Err())
	}
	if err := json.Unmarshal(c.answers.Bytes(), &a); err != nil {
		return a, fmt.Errorf("%s: reading the answer: %w", command.Op, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", command.Op, a.Error)
	}
	return a, nil
}

// Close ends the process.
func (c *Crowd) Close() error {
	return errors.Join(c.commands.Close(), c.process.Wait())
}

// Run is the crowd itself: it carries out commands until there are no more.
func Run(input io.Reader, output io.Writer) error {
	m := &members{arrivals: map[int][]int64{}, changed: make(chan struct{}, 1)}
	defer m.leave()
	commands, answers := json.NewDecoder(input), json.NewEncoder(output)
	for {
		var c Command
		if err := commands.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := m.do(&c)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func (m *members) do(c *Command) (Answer, error) {
	switch c.Op {
	case "connect":
		began := time.Now()
		err := m.connect(c)
		return Answer{Took: time.Since(began)}, err
	case "await":
		return Answer{Arrivals: m.await(c)}, nil
	case "stall":
		address, err := m.stall(c)
		return Answer{Address: address}, err
	case "leave":
		m.leave()
		return Answer{}, nil
	}
	return Answer{}, fmt.Errorf("there is no command %q", c.Op)
}

// smallBuffer is a dialer whose connections take little before they must be read.
func smallBuffer(network, address string) (net.Conn, error) {
	conn, err := net.DialTimeout(network, address, dialTimeout)
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, nil
	}
	return conn, tcp.SetReadBuffer(4 << 10)
}
