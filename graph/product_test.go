package graph_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// shop is a server whose catalogue works.
func shop(t *testing.T) *bench {
	var b *bench // its services come after the engine
	handle := func(run func() taskq.Handler) taskq.Handler {
		return func(ctx context.Context, task *taskq.Attempt) error { return run()(ctx, task) }
	}
	b = setup(t, map[taskq.Type]taskq.Handler{
		product.TypeImport: handle(func() taskq.Handler { return b.products.RunImport }),
		product.TypeUpdate: handle(func() taskq.Handler { return b.products.RunUpdate }),
		embedding.TaskType: handle(func() taskq.Handler { return b.embeddings.Run }),
	})
	return b
}

// importShoes imports two products, and returns the id of the task when it is done.
func (b *bench) importShoes() string {
	b.Helper()
	imported := b.upload(operations(`mutation ($file: Upload!) { importProducts(input: {
			file: $file, mapping: [{column: "Werk", field: BRAND}, {column: "Junk", field: IGNORE}], onConflict: SKIP}) {
			task { id dependents { nodes { id type } } } userErrors { message } } }`, map[string]any{"file": nil}),
		part{"map", "", placed},
		part{"0", "list.csv", "SKU,Title,Price,Currency,Stock,Werk,Junk,Colour\nA-1,Shoe,19.90,EUR,3,Acme,x,red\nA-2,Hat,5,EUR,,Acme,x,blue\n"})
	require.Empty(b, imported.Errors)
	var made struct {
		ImportProducts struct {
			Task struct {
				ID         string
				Dependents struct{ Nodes []struct{ ID, Type string } }
			}
		}
	}
	require.NoError(b, json.Unmarshal(imported.Data, &made))
	b.awaitStatus(made.ImportProducts.Task.ID, "COMPLETED")
	require.Equal(b, "EMBEDDING_GENERATION", made.ImportProducts.Task.Dependents.Nodes[0].Type)
	return made.ImportProducts.Task.ID
}

type listedProduct struct {
	ID, Sku, Title, Brand, Currency string
	Price, SalePrice                *string
	Stock                           *int
	Attributes                      map[string]string
	LastImport                      struct{ ID string }
}

// product returns the one with this SKU.
func (b *bench) product(sku string) listedProduct {
	b.Helper()
	return query[struct {
		Products struct{ Nodes []listedProduct }
	}](b, `query ($sku: String!) { products(filter: {skus: [$sku]}) { totalCount nodes { id sku title brand currency price salePrice stock
		attributes lastImport { id } } } }`, map[string]any{"sku": sku}).Products.Nodes[0]
}

// taskPayload is what mutations answer that have a task do the work.
type taskPayload struct {
	Task       *struct{ ID string }
	UserErrors []userError
}

// updateProduct sends one change.
func (b *bench) updateProduct(change map[string]any) taskPayload {
	b.Helper()
	return query[struct{ UpdateProducts taskPayload }](b,
		`mutation ($input: UpdateProductsInput!) { updateProducts(input: $input) { task { id } userErrors { code field message } } }`,
		map[string]any{"input": map[string]any{"changes": []map[string]any{change}}}).UpdateProducts
}

func TestProductsAreImportedAndUpdated(t *testing.T) {
	b := shop(t)
	task := b.importShoes()
	shoe := b.product("A-1")
	require.Equal(t, "19.9", *shoe.Price)
	require.Equal(t, "Acme", shoe.Brand)
	require.Equal(t, 3, *shoe.Stock)
	require.Equal(t, map[string]string{"Colour": "red"}, shoe.Attributes)
	require.Equal(t, task, shoe.LastImport.ID)

	sent := b.updateProduct(map[string]any{
		"sku": "A-1", "set": map[string]any{"title": "Boot", "stock": nil, "salePrice": 9.5, "attributes": map[string]any{"Colour": nil}},
		"adjust": map[string]any{"price": "-10%"},
	})
	require.Empty(t, sent.UserErrors)
	b.awaitStatus(sent.Task.ID, "COMPLETED")
	boot := b.product("A-1")
	require.Equal(t, "Boot", boot.Title)
	require.Equal(t, "17.91", *boot.Price)
	require.Equal(t, "9.5", *boot.SalePrice)
	require.Nil(t, boot.Stock, "null clears")
	require.Empty(t, boot.Attributes)
	require.Equal(t, "Acme", boot.Brand, "what is left out stays")

	refused := b.updateProduct(map[string]any{"sku": "A-1", "set": map[string]any{"price": "dear"}})
	require.Equal(t, []string{"input", "changes", "0", "set", "price"}, refused.UserErrors[0].Field)

	embedded := query[struct{ GenerateEmbeddings taskPayload }](b,
		`mutation ($ids: [ID!]) { generateEmbeddings(input: {target: PRODUCTS, ids: $ids}) { task { id } userErrors { message } } }`,
		map[string]any{"ids": []string{boot.ID}}).GenerateEmbeddings
	require.Empty(t, embedded.UserErrors)
	b.awaitStatus(embedded.Task.ID, "COMPLETED")
}
