package extract

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
)

const (
	stderrBytes = 16 << 10 // of the child's last words, for the log

	// A character of text takes at most six bytes of JSON.
	wireBytesPerRune = 6
	wireBytesSpare   = 64 << 20 // for all that is not text
)

// child is one running child process, seen from its parent.
type child struct {
	cmd    *exec.Cmd
	stdout io.Reader
	stderr tail
	limits Limits
}

// receive reads all messages and waits for the end of the process.
func (c *child) receive(prepare func(bool), progress func(Progress)) (Document, error) {
	stdout := &io.LimitedReader{R: c.stdout, N: math.MaxInt64}
	if c.limits.TextRunes > 0 {
		stdout.N = int64(c.limits.TextRunes)*wireBytesPerRune + wireBytesSpare
	}
	document, err := receive(json.NewDecoder(stdout), prepare, progress)
	var said *Error
	isDone := err == nil || errors.As(err, &said)
	isEOF := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if !isDone && (!isEOF || stdout.N <= 0) {
		// What it writes makes no sense, or does not end.
		killed := c.cmd.Cancel()
		return Document{}, &Error{Code: CodeCrashed, Message: crashed, Detail: errors.Join(err, killed, c.cmd.Wait())}
	}
	waited := c.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case waited != nil && !errors.As(waited, &exit):
		return Document{}, unreadable(waited)
	case !isDone || waited != nil:
		return Document{}, c.death(waited)
	default:
		return document, err
	}
}

// receive reads up to the last message, which is a document or an error.
func receive(decoder *json.Decoder, prepare func(bool), progress func(Progress)) (Document, error) {
	var blocks []Block
	for {
		var m message
		if err := decoder.Decode(&m); err != nil {
			return Document{}, fmt.Errorf("read the child's output: %w", err)
		}
		switch {
		case m.Preparing != nil:
			prepare(*m.Preparing)
			progress(Progress{IsPreparing: *m.Preparing})
		case m.Progress != nil:
			progress(*m.Progress)
		case m.Block != nil:
			blocks = append(blocks, *m.Block)
		case m.Error != nil:
			return Document{}, m.Error.err()
		case m.Document != nil:
			m.Document.Blocks = blocks
			return *m.Document, nil
		}
	}
}

// death says why a child ended without its last message: by itself, which the
// same file brings about again, or by somebody's signal, which it does not.
func (c *child) death(waited error) error {
	detail := fmt.Errorf("child ended early (%w): %s", cmp.Or(waited, io.ErrUnexpectedEOF), c.stderr.bytes)
	if c.cmd.ProcessState != nil && wasKilled(c.cmd.ProcessState) {
		return &Error{Code: CodeInterrupted, Message: "The program that reads files was stopped from outside before it was done.", Detail: detail}
	}
	return &Error{Code: CodeCrashed, Message: crashed, Detail: detail}
}

// tail keeps the last bytes written to it.
type tail struct{ bytes []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.bytes = append(t.bytes, p...)
	if extra := len(t.bytes) - stderrBytes; extra > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[extra:]...)
	}
	return len(p), nil
}
