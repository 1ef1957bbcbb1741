package taskq

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"
)

// session is a connection that one goroutine of the engine has for itself, with its statements prepared: one round trip a
// call, no waiting behind a program that has used up its pool, and a deadline that holds on a half-open connection, where
// lib/pq waits for an answer whatever the context says. It opens when first used, and again after an error.
type session struct {
	dsn        string
	limit      time.Duration // of one statement
	dialer     *watchedDialer
	db         *sql.DB // one connection; nil: not open
	statements map[string]*sql.Stmt
}

func newSession(dsn string, limit time.Duration) *session {
	return &session{dsn: dsn, limit: limit, dialer: &watchedDialer{}}
}

// query runs a statement and hands its rows to scan, one at a time. Over the limit of time, the connection is cut: lib/pq
// never sees ctx, because at its end it would open another connection to ask for the statement to be cancelled, and wait
// on that one without limit.
func (s *session) query(ctx context.Context, query string, scan func(*sql.Rows) error, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	s.dialer.setShut(false)
	cut := context.AfterFunc(ctx, func() { s.dialer.setShut(true) })
	defer cut()
	ctx = context.WithoutCancel(ctx)
	statement, err := s.prepare(ctx, query) //nolint:sqlclosecheck // kept for the next call; close ends it
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	if statement, ok := s.statements[query]; ok {
		return statement, nil
	}
	statement, err := s.db.PrepareContext(ctx, query)
	if err == nil {
		s.statements[query] = statement
	}
	return statement, err
}

func (s *session) open() error {
	if s.db != nil {
		return nil
	}
	connector, err := pq.NewConnector(s.dsn)
	if err != nil {
		return fmt.Errorf("reading the DSN: %w", err)
	}
	connector.Dialer(s.dialer)
	s.db, s.statements = sql.OpenDB(connector), map[string]*sql.Stmt{}
	s.db.SetMaxOpenConns(1)
	return nil
}

// close ends the connection.
func (s *session) close() {
	if s.db == nil {
		return
	}
	s.dialer.closeConns() // a query that is abandoned ends at once
	_ = s.db.Close()
	s.db, s.statements = nil, nil
}
