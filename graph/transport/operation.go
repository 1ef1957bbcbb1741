package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is one that runs on a socket. Its address tells it from a later one of the same id.
type operation struct {
	id     string
	ctx    context.Context //nolint:containedctx // ends with the operation
	cancel context.CancelFunc
	member *member
}

// end has the operation do no more.
func (op *operation) end() {
	op.cancel()
	op.member.quit()
}

// subscribe starts an operation, which can also be a query or a mutation.
func (s *session) subscribe(m *inbound) error {
	if s.initial {
		s.socket.close(closeUnauthorized, "Unauthorized")
		return nil
	}
	params, err := m.params()
	if err != nil {
		return err
	}
	op, err := s.register(m.ID)
	switch {
	case errors.Is(err, errDuplicate):
		s.socket.close(closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", m.ID))
	case err != nil:
		s.socket.write(outbound{m.ID, messageError, gqlerror.List{newError(codeLimit, sentence(err))}})
	default:
		s.running.Go(func() { s.execute(graphql.StartOperationTrace(op.ctx), op, params) })
	}
	return nil
}

var errDuplicate = errors.New("an operation of this id runs already")

// register makes room for an operation. Errors: errDuplicate, and others that are for the client.
func (s *session) register(id string) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.operations[id] != nil:
		return nil, errDuplicate
	case len(s.operations) >= s.options.MaxOperations:
		return nil, fmt.Errorf("a socket can run at most %d operations at once", s.options.MaxOperations)
	}
	op := &operation{id: id}
	op.ctx, op.cancel = context.WithCancel(s.ctx)
	op.member = &member{box: &s.outbox, operation: op}
	if s.operations == nil {
		s.operations = map[string]*operation{}
	}
	s.operations[id] = op
	return op, nil
}

// execute runs an operation to its end, or until a group goes on with it, sending each of its results.
func (s *session) execute(ctx context.Context, op *operation, params *graphql.RawParams) {
	defer func() {
		if r := recover(); r != nil {
			s.fail(ctx, op, panicked(r))
		}
	}()
	opCtx, errs := s.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		s.fail(graphql.WithOperationContext(ctx, opCtx), op, capErrors(errs))
		return
	}
	f := &follower{
		groups: s.options.Groups, exec: s.exec, operation: opCtx, member: op.member,
		send: func(payload []byte) { s.next(op, payload) },
	}
	switch outcome := f.run(ctx); {
	case s.ctx.Err() != nil: // the socket closes, and says why
	case outcome == interrupted:
		s.socket.close(closeTryAgain, "Try again later")
	case outcome == completed:
		s.last(op, outbound{ID: op.id, Type: messageComplete})
	}
}

// fail ends an operation that was refused, or broke.
func (s *session) fail(ctx context.Context, op *operation, errs gqlerror.List) {
	s.last(op, outbound{op.id, messageError, s.exec.DispatchError(ctx, errs).Errors})
}

// next writes a result of an operation, unless the client has stopped it.
func (s *session) next(op *operation, payload []byte) {
	if !s.runs(op) {
		return
	}
	buffer, _ := s.buffers.Get().(*[]byte)
	*buffer = appendNext((*buffer)[:0], op.id, payload)
	s.socket.writeText(*buffer)
	s.buffers.Put(buffer)
}

// last writes the last message of an operation, unless the client has stopped it. It frees the id first: the client may
// use it again as soon as it reads that message.
func (s *session) last(op *operation, m outbound) {
	if s.stop(op) {
		s.socket.write(m)
	}
}

func (s *session) runs(op *operation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.operations[op.id] == op
}

// stop ends an operation and frees its id. False: that was done before.
func (s *session) stop(op *operation) bool {
	s.mu.Lock()
	runs := s.operations[op.id] == op
	if runs {
		delete(s.operations, op.id)
	}
	s.mu.Unlock()
	if runs {
		op.end()
	}
	return runs
}

// stopID ends an operation because the client asked for it. It gets no answer.
func (s *session) stopID(id string) {
	s.mu.Lock()
	op := s.operations[id]
	s.mu.Unlock()
	if op != nil {
		s.stop(op)
	}
}

// stopAll ends all operations.
func (s *session) stopAll() {
	s.mu.Lock()
	running := s.operations
	s.operations = nil
	s.mu.Unlock()
	for _, op := range running {
		op.end()
	}
}

// deliver writes what groups have for this client.
func (s *session) deliver(list []parcel) {
	for _, p := range list {
		op := p.to.operation
		switch p.frame.kind {
		case frameNext:
			s.next(op, p.frame.payload)
		case frameFailed:
			s.last(op, outbound{op.id, messageError, json.RawMessage(p.frame.payload)})
		case frameInterrupted:
			s.socket.close(closeTryAgain, "Try again later")
		}
	}
}
