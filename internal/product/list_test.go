package product_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

func skusOf(products []product.Product) []string {
	skus := make([]string, len(products))
	for i, p := range products {
		skus[i] = p.SKU
	}
	return skus
}

func TestListPagesBothWays(t *testing.T) {
	s := setup(t)
	s.importCSV(manyProducts(25), nil)
	all, err := s.products.List(s.ctx, product.Filter{}, taskq.Page{First: 100})
	require.NoError(t, err)
	require.Len(t, all.Items, 25)
	require.False(t, all.HasNext || all.HasPrevious)
	want := skusOf(all.Items)
	require.True(t, slices.IsSortedFunc(all.Items, func(a, b product.Product) int { return strings.Compare(b.ID.String(), a.ID.String()) }))

	var forward []string
	page := taskq.Page{First: 10}
	for more := true; more; {
		slice, err := s.products.List(s.ctx, product.Filter{}, page)
		require.NoError(t, err)
		require.Equal(t, len(forward) > 0, slice.HasPrevious)
		forward = append(forward, skusOf(slice.Items)...)
		more, page.After = slice.HasNext, slice.Cursors[len(slice.Cursors)-1]
	}
	require.Equal(t, want, forward)

	var backward []string
	page = taskq.Page{Last: 10}
	for more := true; more; {
		slice, err := s.products.List(s.ctx, product.Filter{}, page)
		require.NoError(t, err)
		require.Equal(t, len(backward) > 0, slice.HasNext)
		backward = append(skusOf(slice.Items), backward...)
		more, page.Before = slice.HasPrevious, slice.Cursors[0]
	}
	require.Equal(t, want, backward)
}

func TestListFilters(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue+"S_1,100% silk,,Leaf,Scarves,5,,\n", nil)
	for _, test := range []struct {
		filter product.Filter
		want   []string
	}{
		{product.Filter{Search: "TEA green"}, []string{"T-1"}},
		{product.Filter{Search: "bean"}, []string{"C-1"}},
		{product.Filter{Search: "100%"}, []string{"S_1"}},
		{product.Filter{Search: "_"}, []string{"S_1"}},
		{product.Filter{Brand: "Leaf", Category: "Tea"}, []string{"T-1", "T-2"}},
		{product.Filter{SKUs: []string{"C-1", "none"}}, []string{"C-1"}},
		{product.Filter{Search: "absent"}, []string{}},
	} {
		found, err := s.products.List(s.ctx, test.filter, taskq.Page{First: 10})
		require.NoError(t, err)
		require.ElementsMatch(t, test.want, skusOf(found.Items), "%+v", test.filter)
		count, err := s.products.Count(s.ctx, test.filter, 10)
		require.NoError(t, err)
		require.Equal(t, len(test.want), count)
	}
	count, err := s.products.Count(s.ctx, product.Filter{}, 2)
	require.NoError(t, err)
	require.Equal(t, 2, count)
}

func TestListChecksItsInput(t *testing.T) {
	t.Parallel()
	products := product.NewService(nil, nil, nil, product.Config{})
	for field, call := range map[string]struct {
		filter product.Filter
		page   taskq.Page
	}{
		"first":         {page: taskq.Page{}},
		"after":         {page: taskq.Page{First: 1, After: "nonsense"}},
		"before":        {page: taskq.Page{Last: 1, Before: "YQ"}},
		"filter.search": {filter: product.Filter{Search: strings.Repeat("x", 201)}, page: taskq.Page{First: 1}},
		"filter.brand":  {filter: product.Filter{Brand: "\xff"}, page: taskq.Page{First: 1}},
	} {
		_, err := products.List(t.Context(), call.filter, call.page)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, field)
		require.Equal(t, field, invalid.Field)
	}
	_, err := products.List(t.Context(), product.Filter{}, taskq.Page{First: 1, Last: 1})
	require.Error(t, err)
	_, err = products.List(t.Context(), product.Filter{}, taskq.Page{First: taskq.MaxPageSize + 1})
	require.Error(t, err)
}

func TestGetByID(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	tea := s.get("T-1")
	found, err := s.products.Get(s.ctx, tea.ID)
	require.NoError(t, err)
	require.Equal(t, tea, found)
	require.NotNil(t, found.LastImportTask)
	_, err = s.products.Get(s.ctx, uuid.New())
	require.ErrorIs(t, err, product.ErrNotFound)
}
