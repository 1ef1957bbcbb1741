package db

import (
	"context"
	"database/sql"
	"errors"
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

// waitReady pings until the server answers, fails for good, or the time is up; then it returns the last failure.
func waitReady(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	gap := readyFirstGap
	for {
		err := pool.PingContext(ctx)
		if err == nil || !isTransient(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(gap):
		}
		gap = min(2*gap, readyLongGap)
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
