package extract

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
)

// crashed tells a person that the fault is ours.
const crashed = "The file could not be read: it makes the reader fail. Save or export it again, or in another format, and upload the new file."

// RunChild is the child process: it reads one file from stdin and writes what
// it holds to stdout. args is what an Extractor passed after its Command. It
// returns the exit code, 0 whenever the output says how it went.
func RunChild(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) int {
	var asked request
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &asked) != nil {
		return 2
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	send := func(m message) error { return encoder.Encode(m) }
	// A parent that is gone shows when the next block is written.
	tell := func(m message) { _ = errors.Join(send(m), out.Flush()) }
	s := &sink{
		limits:   asked.Limits,
		emitFunc: func(b Block) error { return send(message{Block: &b}) },
		progress: func(p Progress) { tell(message{Progress: &p}) },
		prepare:  func(isPreparing bool) { tell(message{Preparing: &isPreparing}) },
	}
	last := message{Document: &s.document}
	if err := readGuarded(ctx, asked, stdin, s); err != nil {
		last = message{Error: toWire(err)}
	}
	if err := errors.Join(send(last), out.Flush()); err != nil {
		return 1
	}
	return 0
}

// readGuarded turns a panic of a reader into an error with its stack.
func readGuarded(ctx context.Context, asked request, stdin io.Reader, s *sink) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return read(ctx, asked, stdin, s)
}

// read detects the format and reads the file into s.
func read(ctx context.Context, asked request, stdin io.Reader, s *sink) error {
	data, err := readInput(stdin, asked.Limits.InputBytes)
	if err != nil {
		return err
	}
	in := input{data: data, ext: asked.Ext, charset: asked.Charset}
	format, err := detect(in)
	if err != nil {
		return err
	}
	s.document.Format = format
	if err := readFormat(ctx, format, in, asked.CacheDir, s); err != nil {
		return err
	}
	if s.blocks == 0 {
		return empty("file")
	}
	s.finish()
	return nil
}

func readInput(stdin io.Reader, limit int64) ([]byte, error) {
	if limit > 0 {
		stdin = io.LimitReader(stdin, limit+1)
	}
	data, err := io.ReadAll(stdin)
	if err != nil {
		return nil, unreadable(err)
	}
	if limit > 0 && int64(len(data)) > limit {
		return nil, tooLarge("The file is larger than %d MB.", limit>>20)
	}
	return data, nil
}

func readFormat(ctx context.Context, format Format, in input, cacheDir string, s *sink) error {
	switch format {
	case FormatPDF:
		return readPDF(ctx, in, cacheDir, s)
	case FormatDOCX:
		return readDOCX(in, s)
	case FormatHTML:
		return readHTML(in, s)
	case FormatMarkdown:
		return readMarkdown(in, s)
	case FormatCSV:
		return readCSV(in, s)
	case FormatCode:
		return readCode(in, s)
	case FormatText:
		return readText(in, s)
	default:
		return fmt.Errorf("no reader for format %q", format)
	}
}
