package taskq

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// keyset describes a list that is read page by page after a key, never by offset: a page deep in the list costs what
// the first one does, and rows that come and go move no other row to another page.
type keyset struct {
	table      string
	columns    string
	key        sortKey
	id         string
	name       string // binds a cursor to its order
	scope      string // binds a cursor to what the list selects
	descending bool
	parts      []part // nil: the list is one part
}

// sortKey is what a list is ordered by, before the id. The zero value is nothing.
type sortKey struct {
	sql       string // of any row
	column    string // of the rows that have a key of their own
	cast      string // its type
	otherwise string // the key of the other rows, as text
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
	Scope uint32    `json:"s"`
}

func (k keyset) scopeSum() uint32 { return crc32.ChecksumIEEE([]byte(k.scope)) }

func (k keyset) order() string {
	if k.descending {
		return k.name + "-"
	}
	return k.name
}

// encoder returns what makes the cursors of a page. They are JSON, as decode reads it, but for the id the same for most
// rows, so that it is spelled out here. A key is a time, a number or a word: PostgreSQL writes none that JSON escapes.
func (k keyset) encoder() func(keyedRow) string {
	head := `{"o":"` + k.order() + `",`
	tail := `","s":` + strconv.FormatUint(uint64(k.scopeSum()), 10) + "}"
	return func(row keyedRow) string {
		encoded := append(make([]byte, 0, 160), head...)
		if row.SortKey != "" {
			encoded = append(append(append(encoded, `"k":"`...), row.SortKey...), `",`...)
		}
		encoded = append(append(append(encoded, `"i":"`...), row.SortID.String()...), tail...)
		return base64.RawURLEncoding.EncodeToString(encoded)
	}
}

// decode refuses a cursor of another list, order or filter.
func (k keyset) decode(field, text string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 500 || json.Unmarshal(raw, &c) != nil {
		return c, invalid(field, "is not a cursor of this list")
	}
	if c.Order != k.order() {
		return c, invalid(field, "is a cursor of another order: ask for the first page again")
	}
	if c.Scope != k.scopeSum() {
		return c, invalid(field, "is a cursor of another list or filter: ask for the first page again")
	}
	return c, nil
}

const selectPageFormat = `SELECT %s FROM (%s) AS %s ORDER BY %s LIMIT %d`

// selectPage reads one row more than asked for, to know whether there are more. scan reads the rows.
func selectPage[R interface{ position() keyedRow }](
	ctx context.Context, s store, k keyset, where *conditions, p *Page, scan func(*sql.Rows) ([]R, error),
) (Slice[R], error) {
	if err := p.validate(); err != nil {
		return Slice[R]{}, err
	}
	bounds, err := k.bounds(where, p)
	if err != nil {
		return Slice[R]{}, err
	}
	rows, err := readPage(ctx, s, k.selectPage(where, bounds, p), where.args, scan)
	if err != nil {
		if isDataError(err) && p.After+p.Before != "" { // made up, or of a version with other columns
			return Slice[R]{}, invalid("after", "or before is not a cursor of this list")
		}
		return Slice[R]{}, fmt.Errorf("reading a page of %s: %w", k.table, err)
	}
	return sliceOf(k, rows, p), nil
}

func readPage[R any](ctx context.Context, s store, query string, args []any, scan func(*sql.Rows) ([]R, error)) ([]R, error) {
	rows, err := s.prepared.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // scan has read them, or tells why not
	list, err := scan(rows)
	if err == nil {
		err = rows.Err()
	}
	return list, err
}

// scanAll reads the rows of any struct.
func scanAll[R any](rows *sql.Rows) ([]R, error) {
	list := []R{}
	err := sqlx.StructScan(rows, &list)
	return list, err
}

// selectPage merges what the parts yield.
func (k keyset) selectPage(where *conditions, bounds []bound, p *Page) string {
	if k.parts == nil {
		k.parts = []part{{keyed: k.key.sql != ""}}
	}
	selects, limit := make([]string, len(k.parts)), p.size()+1
	for i, part := range k.parts {
		selects[i] = k.read(part, k.table+".*", slices.Concat(where.clauses, k.within(part, bounds)), k.orderBy(part.column(k), p.Last > 0), limit)
	}
	columns := k.columns
	if k.key.sql != "" {
		columns += ", (" + k.key.sql + ")::text AS sort_key"
	}
	return fmt.Sprintf(selectPageFormat, columns, strings.Join(selects, " UNION ALL "), k.table,
		k.orderBy(k.key.sql, p.Last > 0), limit)
}

// column returns what a part is ordered by before the id; empty when its rows have one key.
func (p part) column(k keyset) string {
	if p.keyed {
		return k.key.column
	}
	return ""
}

// read selects the first rows of a part; empty orderBy: any.
func (k keyset) read(p part, columns string, clauses []string, orderBy string, limit int) string {
	if orderBy != "" {
		orderBy = " ORDER BY " + orderBy
	}
	rows := fmt.Sprintf("SELECT %s FROM %s%s%s LIMIT %d", columns, k.table, whereAll(slices.Concat(clauses, p.where)), orderBy, limit)
	if p.spread == "" {
		return "(" + rows + ")"
	}
	return fmt.Sprintf("(SELECT r.* FROM %s AS g CROSS JOIN LATERAL (%s) AS r)", p.spread, rows)
}

// bound is one of the two ends of what a page may contain.
type bound struct {
	operator string
	id, key  string // the arguments
	keyText  string
}

// bounds reads After and Before.
func (k keyset) bounds(where *conditions, p *Page) (bounds []bound, err error) {
	for _, side := range []struct {
		field, text string
		upward      bool
	}{{"after", p.After, !k.descending}, {"before", p.Before, k.descending}} {
		if side.text == "" {
			continue
		}
		c, err := k.decode(side.field, side.text)
		if err != nil {
			return nil, err
		}
		b := bound{operator: "<", id: where.arg(c.ID) + "::uuid", keyText: c.Key}
		if side.upward {
			b.operator = ">"
		}
		if k.key.sql != "" {
			b.key = where.arg(c.Key) + "::" + k.key.cast
		}
		bounds = append(bounds, b)
	}
	return bounds, nil
}

// within says that the rows of a part lie between the bounds. A row comparison is one range of an index. Each argument is
// named in any case, since PostgreSQL takes none that is not.
func (k keyset) within(p part, bounds []bound) (clauses []string) {
	for _, b := range bounds {
		clause := fmt.Sprintf("%s %s %s", k.id, b.operator, b.id)
		switch {
		case p.keyed:
			clause = fmt.Sprintf("(%s, %s) %s (%s, %s)", k.key.column, k.id, b.operator, b.key, b.id)
		case k.key.sql != "" && b.keyText == k.key.otherwise:
			clause += fmt.Sprintf(" AND %s IS NOT NULL", b.key)
		case k.key.sql != "": // all rows of the part lie on one side
			clause = fmt.Sprintf("'%s'::%s %s %s AND %s IS NOT NULL", k.key.otherwise, k.key.cast, b.operator, b.key, b.id)
		}
		clauses = append(clauses, clause)
	}
	return clauses
}

func (k keyset) orderBy(key string, backward bool) string {
	direction := "ASC"
	if k.descending != backward {
		direction = "DESC"
	}
	if key == "" {
		return k.id + " " + direction
	}
	return fmt.Sprintf("%s %s, %s %s", key, direction, k.id, direction)
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
	encode := k.encoder()
	for i, row := range rows {
		slice.Cursors[i] = encode(row.position())
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
