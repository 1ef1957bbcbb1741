package keyset_test

import (
	"encoding/base64"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/keyset"
	"github.com/taskwire/taskwire/taskq"
)

func TestACursorLeadsBackToItsKey(t *testing.T) {
	t.Parallel()
	w, err := keyset.NewWindow(taskq.Page{First: 2}, keyset.IsOrdinal)
	require.NoError(t, err)
	require.Equal(t, keyset.Window{Size: 2}, w)
	s := keyset.Slice(w, []int{0, 1, 2}, strconv.Itoa)
	require.Equal(t, []int{0, 1}, s.Items)
	require.True(t, s.HasNext)
	require.False(t, s.HasPrevious)

	w, err = keyset.NewWindow(taskq.Page{Last: 1, Before: s.Cursors[1]}, keyset.IsOrdinal)
	require.NoError(t, err)
	require.Equal(t, "1", *w.Before)
	back := keyset.Slice(w, []int{-1, 0}, strconv.Itoa)
	require.Equal(t, []int{0}, back.Items)
	require.Equal(t, s.Cursors[:1], back.Cursors)
	require.True(t, back.HasNext)
	require.True(t, back.HasPrevious)
}

func TestPagesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	id := uuid.New().String()
	cursor := func(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }
	_, err := keyset.NewWindow(taskq.Page{First: 1, After: cursor(id)}, keyset.IsID)
	require.NoError(t, err)
	for name, page := range map[string]taskq.Page{
		"neither":         {},
		"both":            {First: 1, Last: 1},
		"too many":        {First: taskq.MaxPageSize + 1},
		"no base64":       {First: 1, After: "=?"},
		"no id":           {First: 1, After: cursor("x")},
		"an id in braces": {First: 1, Before: cursor("{" + id + "}")},
		"an id as a URN":  {First: 1, Before: cursor("urn:uuid:" + id)}, // which PostgreSQL cannot read
	} {
		_, err := keyset.NewWindow(page, keyset.IsID)
		invalid := (*taskq.InvalidError)(nil)
		require.ErrorAs(t, err, &invalid, name)
	}
	require.False(t, keyset.IsOrdinal("2147483648"))
	require.False(t, keyset.IsOrdinal("-1"))
}
