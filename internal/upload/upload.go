// Package upload moves the files of HTTP requests into a store while they arrive: nothing is whole in memory or on a
// second disk, everything has a limit, and a client that vanishes leaves nothing behind. The GraphQL and the REST
// uploads go through it.
package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/taskwire/taskwire/internal/blob"
)

// ErrBroken reports a body that cannot be read to its end: malformed, stalled, or the client has gone.
var ErrBroken = errors.New("the request body is broken off or malformed")

// TooLargeError reports a request over one of its limits.
type TooLargeError struct {
	Message string // for the client
}

func (e *TooLargeError) Error() string { return e.Message }

func tooLarge(what string, limit int64) error {
	return &TooLargeError{fmt.Sprintf("%s is larger than the %d bytes that are allowed.", what, limit)}
}

// Limits of one request. A zero field has its default.
type Limits struct {
	Files        int           // files in a request; default 20
	FileBytes    int64         // of one file; default 100 MiB
	RequestBytes int64         // of all files and what lies between them; default 1 GiB
	Idle         time.Duration // a client that sends nothing for this long is gone; default 30 s
}

// WithDefaults returns l with its zero fields filled.
func (l Limits) WithDefaults() Limits {
	if l.Files == 0 {
		l.Files = 20
	}
	if l.FileBytes == 0 {
		l.FileBytes = 100 << 20
	}
	if l.RequestBytes == 0 {
		l.RequestBytes = 1 << 30
	}
	if l.Idle == 0 {
		l.Idle = 30 * time.Second
	}
	return l
}

// Store keeps bytes by their content.
type Store interface {
	// Put stores what r yields, at most limit bytes, and leaves nothing behind when r fails. More is blob.ErrTooLarge.
	Put(ctx context.Context, r io.Reader, limit int64) (blob.Blob, error)
	// Open returns what was stored under a SHA-256.
	Open(ctx context.Context, sha string) (io.ReadSeekCloser, error)
}

var _ Store = (*blob.Store)(nil)

// File is an uploaded file whose bytes are in the store.
type File struct {
	Name        string // as the client calls it, made safe to show; never a path
	ContentType string // as the client claims
	Size        int64  // bytes
	sha         string
	store       Store
}

// Open returns the content, which a service that puts it into the same store does not copy. The caller closes it.
func (f *File) Open(ctx context.Context) (io.ReadSeekCloser, error) { return f.store.Open(ctx, f.sha) }

// Intake takes in the files of one request.
type Intake struct {
	store  Store
	limits Limits
	body   *body
}

// Begin limits the body of r, which from now on is read through the intake or r itself. It returns a [*TooLargeError] at
// once when the client announces too much.
func Begin(w http.ResponseWriter, r *http.Request, store Store, limits Limits) (*Intake, error) {
	limits = limits.WithDefaults()
	if r.ContentLength > limits.RequestBytes {
		return nil, tooLarge("The request", limits.RequestBytes)
	}
	b := &body{
		ReadCloser: http.MaxBytesReader(w, r.Body, limits.RequestBytes),
		w:          w,
		idle:       limits.Idle,
	}
	r.Body = b
	return &Intake{store: store, limits: limits, body: b}, nil
}

// End lifts the deadline of a body that was read to its end.
func (i *Intake) End() { LiftLimit(i.body.w) }

// Save stores what src yields, which reads from the request's body. Errors: [*TooLargeError], [ErrBroken], and those of
// the store.
func (i *Intake) Save(ctx context.Context, name, contentType string, src io.Reader) (File, error) {
	file := File{Name: CleanName(name), ContentType: contentType, store: i.store}
	source := &source{r: src}
	stored, err := i.store.Put(ctx, source, i.limits.FileBytes)
	switch {
	case err == nil:
		file.Size, file.sha = stored.Size, stored.SHA256
		return file, nil
	case source.err != nil:
		return File{}, i.explain(source.err)
	case errors.Is(err, blob.ErrTooLarge):
		return File{}, tooLarge(fmt.Sprintf("The file %q", file.Name), i.limits.FileBytes)
	}
	return File{}, fmt.Errorf("storing an uploaded file: %w", err)
}

// explain tells why the body could not be read.
func (i *Intake) explain(err error) error {
	if over := (*http.MaxBytesError)(nil); errors.As(err, &over) {
		return tooLarge("The request", over.Limit)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

// body ends a request whose client stalls: each read has a deadline of its own.
type body struct {
	io.ReadCloser
	w    http.ResponseWriter
	idle time.Duration
}

func (b *body) Read(p []byte) (int, error) {
	setReadDeadline(b.w, time.Now().Add(b.idle))
	return b.ReadCloser.Read(p)
}

// source remembers whether reading failed, to tell a client's failure from the store's.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
