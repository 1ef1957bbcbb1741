package product_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

func TestUpdateSetsAndAdjusts(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	result := s.update(product.UpdateInput{Changes: []product.Change{
		{SKU: "T-1", Set: product.Set{"title": "Sencha", "attributes": map[string]any{"Color": nil, "Origin": "Uji"}}, Adjust: product.Adjustment{"price": "+10%", "stock": -2}},
		{SKU: "T-2", Set: product.Set{"price": 7.25, "stock": 4, "currency": "usd"}},
		{SKU: "C-1", Adjust: product.Adjustment{"price": "-1299.00"}},
		{SKU: "none", Set: product.Set{"title": "x"}},
	}})
	require.Equal(t, product.UpdateResult{Updated: 3, NotFound: []string{"none"}, NotFoundCount: 1, Rejected: []product.RejectedChange{}, Texts: 1}, result)
	tea := s.get("T-1")
	require.Equal(t, "Sencha", tea.Title)
	require.Equal(t, "10.89", value(tea.Price))
	require.Equal(t, 10, value(tea.Stock))
	require.JSONEq(t, `{"Origin":"Uji"}`, string(tea.Attributes))
	black := s.get("T-2")
	require.Equal(t, []any{"7.25", 4, "USD"}, []any{value(black.Price), value(black.Stock), black.Currency})
	require.Equal(t, "0", value(s.get("C-1").Price))
}

func TestUpdateOfManySKUs(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	in := product.UpdateInput{SKUs: []string{"T-1", "T-2", "gone"}, Set: product.Set{"brand": "Leaf", "stock": nil}}
	result := s.update(in)
	require.Equal(t, []int{1, 1, 1}, []int{result.Updated, result.Unchanged, result.NotFoundCount})
	require.Nil(t, s.get("T-1").Stock)
	require.Equal(t, 2, s.update(in).Unchanged)
}

func TestUpdateRejectsWhatAProductCannotTake(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	result := s.update(product.UpdateInput{Changes: []product.Change{
		{SKU: "T-1", Set: product.Set{"title": "Lost"}, Adjust: product.Adjustment{"price": "-10"}},
		{SKU: "T-2", Adjust: product.Adjustment{"stock": 1}},
		{SKU: "T-2", Adjust: product.Adjustment{"salePrice": "5%"}},
	}})
	require.Equal(t, []product.RejectedChange{
		{SKU: "T-1", Message: "The product cannot take the change: its price of 9.9 would fall below zero."},
		{SKU: "T-2", Message: "The product cannot take the change: it has no stock to adjust."},
		{SKU: "T-2", Message: "The product cannot take the change: it has no salePrice to adjust."},
	}, result.Rejected)
	require.Equal(t, "Green tea", s.get("T-1").Title, "a change is made wholly or not at all")
}

func TestUpdateRoundsToTheCurrency(t *testing.T) {
	s := setup(t)
	s.importCSV("sku,price,currency\nE,0.05,EUR\nJ,105,JPY\nK,1.0005,KWD\nN,0.05,\n", nil)
	s.update(product.UpdateInput{SKUs: []string{"E", "J", "K", "N"}, Adjust: product.Adjustment{"price": "+10%"}})
	for sku, want := range map[string]string{"E": "0.06", "J": "116", "K": "1.101", "N": "0.06"} {
		require.Equal(t, want, value(s.get(sku).Price), sku)
	}
}

func TestChangedTextsAreEmbeddedAnewOnce(t *testing.T) {
	s := setup(t)
	imported := s.enqueueImport(manyProducts(1200), nil)
	s.dependents(imported.ID)
	enqueued, err := s.products.Update(s.ctx, product.UpdateInput{SKUs: numbered(1200), Set: product.Set{"brand": "New"}, CreatedBy: "ada"})
	require.NoError(t, err)
	after := s.dependents(s.await(enqueued.Task.ID).ID)
	require.Len(t, after, 1)
	require.JSONEq(t, `{"embedder":"hash-v1:1024","embedded":1200,"reused":0,"unchanged":0}`, string(*after[0].Result))
	require.Equal(t, "ada", value(after[0].CreatedBy))
	require.Zero(t, s.pending().Pending)

	onlyPrices, err := s.products.Update(s.ctx, product.UpdateInput{SKUs: numbered(5), Set: product.Set{"price": 1}})
	require.NoError(t, err)
	require.Empty(t, s.dependents(s.await(onlyPrices.Task.ID).ID))
}

func manyProducts(n int) string {
	var b strings.Builder
	b.WriteString("sku,title,price,stock\n")
	for i, sku := range numbered(n) {
		_, _ = fmt.Fprintf(&b, "%s,Product number %d,100,10\n", sku, i)
	}
	return b.String()
}

func numbered(n int) []string {
	skus := make([]string, n)
	for i := range skus {
		skus[i] = fmt.Sprintf("P-%05d", i)
	}
	return skus
}

// An attempt that dies between two batches, or after the last one, must not have its adjustments made again.
func TestAdjustmentsAreMadeOnceThoughTheTaskRunsAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, dbtest.New(t))
	attempts := make(chan int, 10)
	s.client.Handle(product.TypeImport, s.products.RunImport)
	s.client.Handle(product.TypeUpdate, func(ctx context.Context, task *taskq.Attempt) error {
		attempts <- task.Attempt
		if task.Attempt > 1 {
			return s.products.RunUpdate(ctx, task)
		}
		// The first attempt stops when the first product of its second batch is locked by somebody else.
		blocker := s.db.MustBegin()
		defer func() { _ = blocker.Rollback() }()
		if _, err := blocker.ExecContext(ctx, `SELECT FROM products WHERE sku = 'P-00700' FOR UPDATE`); err != nil {
			return err
		}
		stopped, stop := context.WithCancel(ctx)
		defer stop()
		done := make(chan error, 1)
		go func() { done <- s.products.RunUpdate(stopped, task) }()
		for firstPrice(s) == "100" {
			select {
			case err := <-done:
				return taskq.Fail(fmt.Errorf("ended early: %w", err))
			default:
			}
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			return taskq.Fail(fmt.Errorf("not cancelled: %w", err))
		}
		return errors.New("interrupted")
	})
	s.start()
	s.await(s.enqueueImport(manyProducts(1200), nil).ID)
	enqueued, err := s.products.Update(s.ctx, product.UpdateInput{SKUs: numbered(1200), Adjust: product.Adjustment{"price": "+10%", "stock": -1}})
	require.NoError(t, err)
	var result product.UpdateResult
	s.finish(enqueued.Task.ID, &result)
	require.Equal(t, 1200, result.Updated)
	require.Equal(t, []int{1, 2}, []int{<-attempts, <-attempts})
	var wrong int
	require.NoError(t, s.db.Get(&wrong, `SELECT count(*) FROM products WHERE price <> 110 OR stock <> 9`))
	require.Zero(t, wrong)
}

func firstPrice(s *shop) string { return value(s.get("P-00000").Price) }

func TestUpdateChecksItsInput(t *testing.T) {
	t.Parallel()
	products := product.NewService(nil, nil, nil, product.Config{})
	one := func(set product.Set, adjust product.Adjustment) product.UpdateInput {
		return product.UpdateInput{Changes: []product.Change{{SKU: "A", Set: set, Adjust: adjust}}}
	}
	for field, in := range map[string]product.UpdateInput{
		"changes":                  {},
		"changes.0.sku":            {Changes: []product.Change{{SKU: " ", Set: product.Set{"title": "x"}}}},
		"changes.0.set":            one(nil, nil),
		"changes.0.set.title":      one(product.Set{"title": ""}, nil),
		"changes.0.set.sku":        one(product.Set{"sku": "B"}, nil),
		"changes.0.set.price":      one(product.Set{"price": "-1"}, nil),
		"changes.0.set.stock":      one(product.Set{"stock": "1.5"}, nil),
		"changes.0.set.currency":   one(product.Set{"currency": "EURO$"}, nil),
		"changes.0.set.brand":      one(product.Set{"brand": strings.Repeat("x", 2001)}, nil),
		"changes.0.set.gtin":       one(product.Set{"gtin": 5}, nil),
		"changes.0.set.attributes": one(product.Set{"attributes": "x"}, nil),
		"changes.0.adjust.price":   one(nil, product.Adjustment{"price": "10 percent"}),
		"changes.0.adjust.stock":   one(product.Set{"stock": 5}, product.Adjustment{"stock": 5}),
		"changes.0.adjust.title":   one(nil, product.Adjustment{"title": "5"}),
		"skus.1":                   {SKUs: []string{"A", "A"}, Set: product.Set{"stock": 1}},
		"skus":                     {SKUs: make([]string, product.MaxChanges+1), Set: product.Set{"stock": 1}},
		"adjust.stock":             {SKUs: []string{"A"}, Adjust: product.Adjustment{"stock": "5%"}},
	} {
		_, err := products.Update(t.Context(), in)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid, field)
		require.Equal(t, field, invalid.Field, invalid.Message)
	}
}

func TestUpdateTasksMadeByHandAreChecked(t *testing.T) {
	s := setup(t)
	for metadata, want := range map[string]string{
		`{}`: "The update cannot be made: changes must not be empty, unless skus are given.",
		`{"changes":[{"sku":"A","set":{"a":1}}]}`: "The update cannot be made: changes.0.set.a is not a field of a product that can be set.",
		`{"changes":5}`: "The task's metadata cannot be read. It takes changes, or skus with set and adjust.",
	} {
		enqueued, err := s.client.Enqueue(s.ctx, taskq.NewTask{Type: product.TypeUpdate, Metadata: rawJSON(metadata)})
		require.NoError(t, err)
		require.Equal(t, want, s.failure(enqueued.Task.ID))
	}
	enqueued, err := s.client.Enqueue(s.ctx, taskq.NewTask{Type: product.TypeImport})
	require.NoError(t, err)
	require.Equal(t, "The task names no uploaded file. Use importProducts to import one.", s.failure(enqueued.Task.ID))
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }
