package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

const (
	readyTimeout  = 30 * time.Second
	readyFirstGap = 50 * time.Millisecond
	readyLongGap  = 2 * time.Second
)

// waitReady pings until the server answers, fails for good, or the time is up; then the error has the last failure.
func waitReady(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var last error
	for gap := readyFirstGap; ; gap = min(2*gap, readyLongGap) {
		err := ping(ctx, pool)
		if err == nil || (ctx.Err() == nil && !isTransient(err)) {
			return err
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return timeUp(ctx, last)
		case <-time.After(gap):
		}
	}
}

func timeUp(ctx context.Context, last error) error {
	if last == nil {
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
	return fmt.Errorf("%w, until %w", last, ctx.Err())
}

// ping returns when ctx ends, even while a server that has accepted the connection says nothing. lib/pq would wait for
// connect_timeout then; what it does in the background goes on until that.
func ping(ctx context.Context, pool *sql.DB) error {
	answered := make(chan error, 1)
	go func() { answered <- pool.PingContext(ctx) }()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isTransient reports whether a later attempt to connect may succeed with nothing changed: the server is starting,
// stopping, full, or not there yet.
func isTransient(err error) bool {
	var failure *pq.Error
	if errors.As(err, &failure) {
		switch failure.Code {
		case pqerror.CannotConnectNow, pqerror.TooManyConnections, pqerror.AdminShutdown, pqerror.CrashShutdown:
			return true
		}
		return false
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsTemporary || dns.IsTimeout || dns.IsNotFound // a container's name appears when it starts
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ENOENT) // a socket that is not there yet
}
