package transport

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// SSE serves operations as server-sent events, for clients behind something that blocks websockets: the distinct
// connections mode of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. It comes before [POST].
type SSE struct {
	MaxBodyBytes int64
	PingInterval time.Duration   // between comments that keep the connection alive
	WriteTimeout time.Duration   // for one event to a client that reads slowly
	Stopping     <-chan struct{} // closed to end all streams; clients then reconnect
	Groups       *Groups         // of subscribers that are sent the same; nil: each is on its own
}

var _ graphql.Transport = SSE{}

// Supports implements [graphql.Transport]. A browser's own EventSource knows only GET.
func (s SSE) Supports(r *http.Request) bool {
	return accepts(r, typeEvents) && (POST{}.Supports(r) || GET{}.Supports(r))
}

// Do implements [graphql.Transport].
func (s SSE) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	params, ok := s.readParams(answer{w: w, mediaType: typeJSON}, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	e := &eventStream{w: w, conn: http.NewResponseController(w), timeout: s.WriteTimeout, cancel: cancel}
	e.begin()
	e.writing.Go(func() { e.keepAlive(ctx, s.PingInterval, s.Stopping) })
	// The connection may serve another request.
	defer func() { _ = e.conn.SetWriteDeadline(time.Time{}) }()
	defer e.writing.Wait()
	defer cancel()
	params.Headers = r.Header
	e.run(ctx, exec, params, r.Method, s.Groups)
}

// readParams reads the parameters of the URL or of the body. False: they cannot be read, and the client was told so.
func (s SSE) readParams(a answer, r *http.Request) (*graphql.RawParams, bool) {
	if r.Method == http.MethodGet {
		return a.readQuery(r)
	}
	return a.readParams(r, s.MaxBodyBytes)
}

// eventStream is one response that is being sent.
type eventStream struct {
	w       http.ResponseWriter
	conn    *http.ResponseController
	timeout time.Duration
	cancel  context.CancelFunc // ends the operation
	writing sync.WaitGroup     // goroutines that write

	mu sync.Mutex // a response has one writer
}

func (e *eventStream) begin() {
	header := e.w.Header()
	secure(header)
	header.Set("Content-Type", typeEvents+"; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	e.write([]byte(":\n\n"))
}

// run executes an operation to its end.
func (e *eventStream) run(ctx context.Context, exec graphql.GraphExecutor, params *graphql.RawParams, method string, groups *Groups) {
	opCtx, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		e.next(encode(exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), capErrors(errs))))
		e.complete()
		return
	}
	if isUnsafe(opCtx, method) {
		e.next(encode(exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), gqlerror.List{newError(codeBadRequest, needsPost)})))
		e.complete()
		return
	}
	outbox := &outbox{start: e.writing.Go, write: e.deliver, full: e.cancel}
	m := &member{box: outbox}
	defer outbox.close()
	defer m.quit()
	f := &follower{groups: groups, exec: exec, operation: opCtx, member: m, send: e.next}
	switch outcome := f.run(ctx); {
	case outcome == shared:
		<-ctx.Done()
	case outcome == completed && ctx.Err() == nil:
		e.complete()
	}
}

// deliver writes what a group has for this client.
func (e *eventStream) deliver(list []parcel) {
	for _, p := range list {
		switch p.frame.kind {
		case frameNext:
			e.next(p.frame.payload)
		case frameFailed:
			e.next(slices.Concat([]byte(`{"errors":`), p.frame.payload, []byte(`}`)))
			e.complete()
			e.cancel()
		case frameInterrupted:
			e.cancel()
		}
	}
}

func (e *eventStream) next(payload []byte) {
	e.write(slices.Concat([]byte("event: next\ndata: "), payload, []byte("\n\n")))
}

// complete has data, without which a browser's EventSource drops the event.
func (e *eventStream) complete() { e.write([]byte("event: complete\ndata:\n\n")) }

// write sends an event. A client that does not take it in time, or has gone, ends the operation.
func (e *eventStream) write(event []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// A recorder in a test has no deadlines.
	_ = e.conn.SetWriteDeadline(time.Now().Add(e.timeout))
	if _, err := e.w.Write(event); err != nil || e.conn.Flush() != nil {
		e.cancel()
	}
}

// keepAlive sends comments until ctx ends, and ends the operation when the server stops.
func (e *eventStream) keepAlive(ctx context.Context, interval time.Duration, stopping <-chan struct{}) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			e.cancel()
		case <-ticker.C:
			e.write([]byte(": ping\n\n"))
		}
	}
}
