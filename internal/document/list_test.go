package document_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/taskq"
)

func names(slice taskq.Slice[document.Document]) []string {
	var all []string
	for _, d := range slice.Items {
		all = append(all, d.Name)
	}
	return all
}

func TestListReadsBothWays(t *testing.T) {
	l := idle(t)
	for i := range 5 {
		l.upload(fmt.Sprintf("%d.txt", i), "x")
	}
	list := func(page taskq.Page) taskq.Slice[document.Document] {
		slice, err := l.documents.List(l.ctx, document.Filter{}, page)
		require.NoError(t, err)
		require.Len(t, slice.Cursors, len(slice.Items))
		return slice
	}
	first := list(taskq.Page{First: 2})
	require.Equal(t, []string{"4.txt", "3.txt"}, names(first))
	require.True(t, first.HasNext)
	require.False(t, first.HasPrevious)
	second := list(taskq.Page{First: 2, After: first.Cursors[1]})
	require.Equal(t, []string{"2.txt", "1.txt"}, names(second))
	require.True(t, second.HasPrevious)
	back := list(taskq.Page{Last: 2, Before: second.Cursors[1]})
	require.Equal(t, []string{"3.txt", "2.txt"}, names(back))
	require.True(t, back.HasNext)
	require.True(t, back.HasPrevious)
	last := list(taskq.Page{Last: 100})
	require.Len(t, last.Items, 5)
	require.False(t, last.HasPrevious)

	for _, page := range []taskq.Page{{}, {First: 1, Last: 1}, {First: 101}, {First: 1, After: "!"}, {First: 1, After: "eA"}} {
		_, err := l.documents.List(l.ctx, document.Filter{}, page)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, "%+v", page)
	}
}

func TestListFilters(t *testing.T) {
	l := setup(t, nil)
	note, _ := l.process("Note 100%.md", "# Meeting of May\n\nText.")
	up, err := l.documents.Upload(l.ctx, document.UploadInput{Name: "photo.png", Reader: strings.NewReader("\x89PNG\r\n\x1a\n\x00"), Metadata: json.RawMessage(`{"team": "b", "tags": ["x", "y"]}`)})
	require.NoError(t, err)
	l.failed(up.Task.ID)
	photo := up.Document

	cases := map[string]struct {
		filter document.Filter
		want   []uuid.UUID
	}{
		"all":         {document.Filter{}, []uuid.UUID{photo.ID, note.ID}},
		"name":        {document.Filter{Search: "NOTE 100%"}, []uuid.UUID{note.ID}},
		"no wildcard": {document.Filter{Search: "N%e"}, nil},
		"title":       {document.Filter{Search: "may meeting"}, []uuid.UUID{note.ID}},
		"format":      {document.Filter{Formats: []string{"markdown", "pdf"}}, []uuid.UUID{note.ID}},
		"status":      {document.Filter{Statuses: []taskq.Status{taskq.Failed}}, []uuid.UUID{photo.ID}},
		"metadata":    {document.Filter{Metadata: json.RawMessage(`{"tags": ["y"]}`)}, []uuid.UUID{photo.ID}},
		"two":         {document.Filter{Search: "note", Statuses: []taskq.Status{taskq.Failed}}, nil},
	}
	for name, test := range cases {
		slice, err := l.documents.List(l.ctx, test.filter, taskq.Page{First: 10})
		require.NoError(t, err, name)
		var found []uuid.UUID
		for _, d := range slice.Items {
			found = append(found, d.ID)
		}
		require.Equal(t, test.want, found, name)
		count, err := l.documents.Count(l.ctx, test.filter, 10)
		require.NoError(t, err)
		require.Equal(t, len(test.want), count, name)
	}
	count, err := l.documents.Count(l.ctx, document.Filter{}, 1)
	require.NoError(t, err)
	require.Equal(t, 1, count)

	for field, filter := range map[string]document.Filter{
		"filter.search": {Search: "\x00"}, "filter.metadata": {Metadata: json.RawMessage(`[1]`)}, "filter.formats": {Formats: []string{"\xff"}},
	} {
		_, err := l.documents.List(l.ctx, filter, taskq.Page{First: 1})
		requireInvalid(t, err, field)
		_, err = l.documents.Count(l.ctx, filter, 1)
		requireInvalid(t, err, field)
	}
}

func TestManyAndChunks(t *testing.T) {
	l := setup(t, nil)
	d, _ := l.process("report.md", report(4))
	found, err := l.documents.GetMany(l.ctx, []uuid.UUID{uuid.New(), d.ID})
	require.NoError(t, err)
	require.Equal(t, []document.Document{d}, found)
	_, err = l.documents.Get(l.ctx, uuid.New())
	require.ErrorIs(t, err, document.ErrNotFound)

	all := l.chunks(d.ID)
	back, err := l.documents.Chunks(l.ctx, d.ID, taskq.Page{Last: 2})
	require.NoError(t, err)
	require.Equal(t, all[len(all)-2:], back.Items)
	require.True(t, back.HasPrevious)
	some, err := l.documents.ChunksByID(l.ctx, []uuid.UUID{all[1].ID, all[0].ID})
	require.NoError(t, err)
	slices.SortFunc(some, func(a, b document.Chunk) int { return a.Ordinal - b.Ordinal })
	require.Equal(t, all[:2], some)
	_, err = l.documents.Chunks(l.ctx, d.ID, taskq.Page{First: 1, After: "LTE"})
	requireInvalid(t, err, "after")

	pending, err := l.texts.Pending(l.ctx, embedding.Scope{EmbedderID: "other:1", Limit: 2})
	require.NoError(t, err)
	require.Len(t, pending, 2)
	require.Contains(t, pending[0].Text, "Report")
}
