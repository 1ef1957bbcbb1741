package taskq

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// keyset describes a list that is read page by page after a key, never by offset: a page deep in the list costs what
// the first one does, and rows that come and go move no other row to another page.
type keyset struct {
	table      string
	columns    string
	key        string // SQL of what the list is ordered by, before the id; empty: by the id alone
	id         string
	name       string // binds a cursor to its order
	descending bool
}

// keyedRow is part of each row that selectPage reads.
type keyedRow struct {
	SortKey string    `db:"sort_key"`
	SortID  uuid.UUID `db:"sort_id"`
}

func (r keyedRow) position() keyedRow { return r }

// cursor is what an opaque cursor holds.
type cursor struct {
	Order string    `json:"o"`
	Key   string    `json:"k,omitempty"`
	ID    uuid.UUID `json:"i"`
}

func (k keyset) order() string {
	if k.descending {
		return k.name + "-"
	}
	return k.name
}

func (k keyset) encode(row keyedRow) string {
	encoded, _ := json.Marshal(cursor{k.order(), row.SortKey, row.SortID}) // strings and a uuid always encode
	return base64.RawURLEncoding.EncodeToString(encoded)
}

// decode refuses a cursor of another list or order.
func (k keyset) decode(field, text string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 500 || json.Unmarshal(raw, &c) != nil {
		return c, invalid(field, "is not a cursor of this list")
	}
	if c.Order != k.order() {
		return c, invalid(field, "is a cursor of another order: ask for the first page again")
	}
	return c, nil
}

const selectPageFormat = `SELECT %s, %s AS sort_key, %s AS sort_id FROM %s%s ORDER BY %s LIMIT %d`

// selectPage reads one row more than asked for, to know whether there are more.
func selectPage[R interface{ position() keyedRow }](ctx context.Context, s store, k keyset, where *conditions, p *Page) (Slice[R], error) {
	if err := p.validate(); err != nil {
		return Slice[R]{}, err
	}
	if err := k.bound(where, p); err != nil {
		return Slice[R]{}, err
	}
	rows := []R{}
	sortKey := "''"
	if k.key != "" {
		sortKey = "(" + k.key + ")::text"
	}
	query := fmt.Sprintf(selectPageFormat, k.columns, sortKey, k.id, k.table, where, k.orderBy(p.Last > 0), p.size()+1)
	if err := s.db.SelectContext(ctx, &rows, query, where.args...); err != nil {
		if isDataError(err) && p.After+p.Before != "" { // made up, or of a version with other columns
			return Slice[R]{}, invalid("after", "or before is not a cursor of this list")
		}
		return Slice[R]{}, fmt.Errorf("reading a page of %s: %w", k.table, err)
	}
	return sliceOf(k, rows, p), nil
}

// bound adds what After and Before ask for. A row comparison is one range of an index.
func (k keyset) bound(where *conditions, p *Page) error {
	for _, end := range []struct {
		field, text string
		upward      bool
	}{{"after", p.After, !k.descending}, {"before", p.Before, k.descending}} {
		if end.text == "" {
			continue
		}
		c, err := k.decode(end.field, end.text)
		if err != nil {
			return err
		}
		k.compare(where, c, end.upward)
	}
	return nil
}

func (k keyset) compare(where *conditions, c cursor, upward bool) {
	operator := "<"
	if upward {
		operator = ">"
	}
	where.args = append(where.args, c.ID)
	id := fmt.Sprintf("$%d::uuid", len(where.args))
	if k.key == "" {
		where.clauses = append(where.clauses, fmt.Sprintf("%s %s %s", k.id, operator, id))
		return
	}
	where.args = append(where.args, c.Key)
	where.clauses = append(where.clauses, fmt.Sprintf("(%s, %s) %s ($%d, %s)", k.key, k.id, operator, len(where.args), id))
}

func (k keyset) orderBy(backward bool) string {
	direction := "ASC"
	if k.descending != backward {
		direction = "DESC"
	}
	if k.key == "" {
		return k.id + " " + direction
	}
	return fmt.Sprintf("%s %s, %s %s", k.key, direction, k.id, direction)
}

func sliceOf[R interface{ position() keyedRow }](k keyset, rows []R, p *Page) Slice[R] {
	more := len(rows) > p.size()
	rows = rows[:min(len(rows), p.size())]
	slice := Slice[R]{HasNext: more, HasPrevious: p.After != ""}
	if p.Last > 0 {
		slices.Reverse(rows)
		slice.HasNext, slice.HasPrevious = p.Before != "", more
	}
	slice.Items, slice.Cursors = rows, make([]string, len(rows))
	for i, row := range rows {
		slice.Cursors[i] = k.encode(row.position())
	}
	return slice
}

func mapSlice[A, B any](from Slice[A], convert func(A) B) Slice[B] {
	to := Slice[B]{Items: make([]B, len(from.Items)), Cursors: from.Cursors, HasNext: from.HasNext, HasPrevious: from.HasPrevious}
	for i, item := range from.Items {
		to.Items[i] = convert(item)
	}
	return to
}
