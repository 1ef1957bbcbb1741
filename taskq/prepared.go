package taskq

import (
	"context"
	"database/sql"
	"sync"

	"github.com/jmoiron/sqlx"
)

// maxPrepared limits how many lists are prepared; each takes some 50 KB of each connection's server process.
const maxPrepared = 50

// preparedReads has PostgreSQL plan what is read again and again once a connection. A statement with arguments is planned
// each time with their values: which index is best depends on them.
type preparedReads struct {
	db     *sqlx.DB
	mu     sync.Mutex
	byText map[string]*sql.Stmt // guarded by mu
}

func (p *preparedReads) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if len(args) > 0 {
		return p.db.QueryContext(ctx, text, args...)
	}
	statement, err := p.statement(ctx, text) //nolint:sqlclosecheck // kept for the next; the pool's end closes it
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx)
	if err != nil && p.known(text) != statement { // closed meanwhile, to make room for another
		return p.db.QueryContext(ctx, text)
	}
	return rows, err
}

func (p *preparedReads) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if known := p.known(text); known != nil {
		return known, nil
	}
	statement, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return p.keep(text, statement), nil
}

func (p *preparedReads) known(text string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byText[text]
}

// keep returns the statement that is to be used: another caller may have prepared the same.
func (p *preparedReads) keep(text string, statement *sql.Stmt) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.byText[text]; known != nil {
		_ = statement.Close()
		return known
	}
	if len(p.byText) >= maxPrepared {
		for oldText, old := range p.byText { // any will do: what is asked for often comes back
			delete(p.byText, oldText)
			_ = old.Close()
			break
		}
	}
	p.byText[text] = statement
	return statement
}
