package transport

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// operation is one that runs on a socket. Its address tells it from a later one of the same id.
type operation struct {
	id     string
	cancel context.CancelFunc
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
	params.Headers = s.headers
	ctx, cancel := context.WithCancel(s.ctx)
	op := &operation{id: m.ID, cancel: cancel}
	switch err := s.register(op); {
	case errors.Is(err, errDuplicate):
		s.socket.close(closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", op.id))
	case errors.Is(err, errTooMany):
		message := fmt.Sprintf("A socket can run at most %d operations at once.", s.options.MaxOperations)
		s.socket.write(outbound{op.id, messageError, gqlerror.List{newError(codeLimit, message)}})
	default:
		s.running.Go(func() {
			defer cancel()
			s.execute(graphql.StartOperationTrace(ctx), op, params)
		})
		return nil
	}
	cancel()
	return nil
}

var (
	errDuplicate = errors.New("an operation of this id runs already")
	errTooMany   = errors.New("too many operations run already")
)

func (s *session) register(op *operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.operations[op.id] != nil:
		return errDuplicate
	case len(s.operations) >= s.options.MaxOperations:
		return errTooMany
	}
	s.operations[op.id] = op
	return nil
}

// stop ends an operation because the client asked for it. It gets no answer; the id is free at once.
func (s *session) stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.operations[id]; op != nil {
		delete(s.operations, id)
		op.cancel()
	}
}

// execute runs an operation to its end, sending each of its results.
func (s *session) execute(ctx context.Context, op *operation, params *graphql.RawParams) {
	defer func() {
		if r := recover(); r != nil {
			s.fail(ctx, op, gqlerror.List{gqlerror.Wrap(fmt.Errorf("panic: %v\n\n%s", r, debug.Stack()))})
		}
	}()
	ctx, interrupted := interruptible(ctx)
	opCtx, errs := s.exec.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, opCtx)
	if len(errs) > 0 {
		s.fail(ctx, op, capErrors(errs))
		return
	}
	next, ctx := s.exec.DispatchOperation(ctx, opCtx)
	for {
		response := next(ctx)
		if response == nil {
			break
		}
		response.Errors = capErrors(response.Errors)
		s.send(op, outbound{op.id, messageNext, response}, false)
	}
	if s.ctx.Err() != nil {
		return // the socket closes, and says why
	}
	if interrupted.Load() {
		s.socket.close(closeTryAgain, "Try again later")
		return
	}
	s.send(op, outbound{ID: op.id, Type: messageComplete}, true)
}

// fail ends an operation that was refused, or broke.
func (s *session) fail(ctx context.Context, op *operation, errs gqlerror.List) {
	response := s.exec.DispatchError(ctx, errs)
	s.send(op, outbound{op.id, messageError, response.Errors}, true)
}

// send writes a message of an operation, unless the client has stopped it. The last one frees its id first: the client
// may use it again as soon as it reads that message.
func (s *session) send(op *operation, m outbound, last bool) {
	s.mu.Lock()
	runs := s.operations[op.id] == op
	if runs && last {
		delete(s.operations, op.id)
	}
	s.mu.Unlock()
	if runs {
		s.socket.write(m)
	}
}
