package extract

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"
)

const (
	defaultTimeout     = 60 * time.Second
	defaultMemoryBytes = 1 << 30
)

// Extractor reads files, each in a child process. Its methods may be called
// from many goroutines; every call is a process.
type Extractor struct {
	// Command starts the child: a program and arguments that lead it to
	// RunChild with the argument that follows. Empty means this program with
	// the argument "extract".
	Command []string

	// Env is the child's environment, KEY=value. The parent's own, which may
	// hold secrets, is not passed on.
	Env []string

	// CacheDir keeps the compiled PDF reader between runs: 20 MB, and 3 s for
	// the first PDF. Only the service may be able to write to it. Empty means
	// to compile for each PDF.
	CacheDir string

	Limits      Limits        // zero means DefaultLimits
	Timeout     time.Duration // 0 means a minute
	MemoryBytes int64         // resident, of the child; 0 means 1 GiB; enforced on Linux
}

// Source is one file to read.
type Source struct {
	// Content is read once, from its present position. An *os.File is handed
	// to the child as it is.
	Content io.Reader

	Name    string // the client's name; only its extension is used
	Charset string // of a text, when the client states it
}

// Extract returns what a file holds, or an *Error that says why it can't be
// read. progress is called from this goroutine and may be nil. When ctx ends the
// child is killed at once and the error is the cause of that end.
func (e *Extractor) Extract(ctx context.Context, source Source, progress func(Progress)) (Document, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The child asks to be killed when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, err := e.start(ctx, source)
	if err != nil {
		return Document{}, err
	}
	w := startWatch(c.cmd.Process.Pid, cmp.Or(e.Timeout, defaultTimeout), cmp.Or(e.MemoryBytes, defaultMemoryBytes), cancel)
	document, err := c.receive(w.prepare, progress)
	w.stop()
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // why it was killed, not what its death looked like
	}
	return document, err
}

// start runs the child on source.
func (e *Extractor) start(ctx context.Context, source Source) (*child, error) {
	limits := cmp.Or(e.Limits, DefaultLimits())
	asked, err := json.Marshal(request{Ext: Ext(source.Name), Charset: source.Charset, CacheDir: e.CacheDir, Limits: limits})
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	command := e.Command
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, notStarted(err)
		}
		command = []string{self, "extract"}
	}
	c := &child{cmd: exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], string(asked))...), limits: limits}
	c.cmd.Env = append([]string{"GOMEMLIMIT=" + strconv.FormatInt(cmp.Or(e.MemoryBytes, defaultMemoryBytes)*3/4, 10)}, e.Env...)
	c.cmd.Dir = os.TempDir()
	c.cmd.Stdin = source.Content
	c.cmd.Stderr = &c.stderr
	c.cmd.WaitDelay = 2 * time.Second // for a Content that blocks after the child is gone
	isolate(c.cmd)
	if c.stdout, err = c.cmd.StdoutPipe(); err != nil {
		return nil, notStarted(err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, notStarted(err)
	}
	return c, nil
}

func notStarted(err error) error {
	return &Error{Code: CodeInterrupted, Message: "The program that reads files could not be started on the server.", Detail: err}
}
