package taskq

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// COPY stores a large batch with the least work on both sides, but it knows no conflicts, and lib/pq hands raw lines only to
// who holds its connection: so it serves batches without idempotency keys and dependencies that need no transaction of the
// caller's.
const copyTasks = `
	COPY tasks (id, task_type, priority, description, task_metadata, run_at, max_attempts, timeout_seconds, created_by)
	FROM STDIN`

const (
	leastCopy = 500   // rows; below, the round trips of a transaction cost more than COPY saves
	copyChunk = 100   // rows that are sent together, so that the server reads some while the next are encoded
	rowLength = 160   // bytes, about
	copyNull  = "\\N" // see COPY's text format in PostgreSQL's documentation
	selectNow = `SELECT now()`
)

// errNoCopy says that the pool's driver is not lib/pq.
var errNoCopy = errors.New("the driver takes no raw lines")

func isCopyable(rows []newRow) bool {
	for i := range rows {
		if rows[i].IdempotencyKey != nil || len(rows[i].dependsOn) > 0 {
			return false
		}
	}
	return len(rows) >= leastCopy
}

// insertMany stores rows without dependencies by the cheapest way that there is.
func (s store) insertMany(ctx context.Context, rows []newRow) ([]Enqueued, error) {
	if isCopyable(rows) {
		enqueued, err := s.copyTasks(ctx, rows)
		if !errors.Is(err, errNoCopy) {
			return enqueued, err
		}
	}
	return s.insertTasks(ctx, s.db, rows)
}

func (s store) copyTasks(ctx context.Context, rows []newRow) ([]Enqueued, error) {
	conn, err := s.db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("copying tasks: %w", err)
	}
	defer func() { _ = conn.Close() }() // back to the pool
	tx, err := conn.BeginTxx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("copying tasks: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	var now time.Time
	if err := tx.GetContext(ctx, &now, selectNow); err != nil {
		return nil, fmt.Errorf("copying tasks: %w", err)
	}
	enqueued := make([]Enqueued, len(rows))
	for i := range rows {
		t := &rows[i].Task
		t.CreatedAt, t.RunAt = now, storedRunAt(t, now)
		enqueued[i] = Enqueued{Task: *t}
	}
	if err := copyRows(ctx, conn, rows); err != nil {
		return nil, insertError(err)
	}
	if err := tx.Commit(); err != nil {
		return nil, insertError(err)
	}
	return enqueued, nil
}

// copyRows sends the rows on the connection, which has a transaction. Errors: errNoCopy.
func copyRows(ctx context.Context, conn *sqlx.Conn, rows []newRow) error {
	return conn.Raw(func(raw any) error {
		if _, ok := raw.(driver.ConnPrepareContext); !ok {
			return errNoCopy
		}
		statement, err := raw.(driver.ConnPrepareContext).PrepareContext(ctx, copyTasks)
		if err != nil {
			return err
		}
		lines, ok := statement.(interface {
			CopyData(ctx context.Context, line string) (driver.Result, error)
			Close() error
		})
		if !ok {
			return errors.Join(errNoCopy, statement.Close())
		}
		for ; len(rows) > 0 && err == nil; rows = rows[min(copyChunk, len(rows)):] {
			_, err = lines.CopyData(ctx, copyLines(rows[:min(copyChunk, len(rows))]))
		}
		return errors.Join(err, lines.Close()) // which ends the COPY, and tells what became of it
	})
}

// copyLines renders rows in COPY's text format, without the last line's end.
func copyLines(rows []newRow) string {
	text := make([]byte, 0, len(rows)*rowLength)
	for i := range rows {
		t := &rows[i].Task
		if i > 0 {
			text = append(text, '\n')
		}
		text = append(hex.AppendEncode(text, t.ID[:]), '\t')
		text = append(append(text, t.Type...), '\t')
		text = append(strconv.AppendInt(text, int64(t.Priority), 10), '\t')
		text = append(appendEscaped(text, t.Description), '\t')
		text = append(appendEscaped(text, string(t.Metadata)), '\t')
		text = append(t.RunAt.UTC().AppendFormat(text, time.RFC3339Nano), '\t')
		text = append(strconv.AppendInt(text, int64(t.MaxAttempts), 10), '\t')
		text = append(appendOptionalInt(text, t.TimeoutSeconds), '\t')
		text = appendOptionalText(text, t.CreatedBy)
	}
	return string(text)
}

func appendOptionalInt(text []byte, n *int) []byte {
	if n == nil {
		return append(text, copyNull...)
	}
	return strconv.AppendInt(text, int64(*n), 10)
}

func appendOptionalText(text []byte, s *string) []byte {
	if s == nil {
		return append(text, copyNull...)
	}
	return appendEscaped(text, *s)
}

func appendEscaped(text []byte, s string) []byte {
	if !strings.ContainsAny(s, "\\\t\n\r") {
		return append(text, s...)
	}
	for i := range len(s) {
		switch s[i] {
		case '\\':
			text = append(text, `\\`...)
		case '\t':
			text = append(text, `\t`...)
		case '\n':
			text = append(text, `\n`...)
		case '\r':
			text = append(text, `\r`...)
		default:
			text = append(text, s[i])
		}
	}
	return text
}
