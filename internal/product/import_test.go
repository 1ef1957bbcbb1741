package product_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

const catalogue = `SKU,Title,Description,Brand,Category,Price,Stock,Color
T-1,Green tea,<p>Loose &amp; <b>fresh</b></p><p>50 g</p>,Leaf,Tea,"9.90 €",12,green
T-2,Black tea,,Leaf,Tea,8.50,,
C-1,Coffee,Whole beans,Bean,Coffee,"1,299.00",0,brown
`

func TestImportInsertsThenUpdatesOnlyWhatChanged(t *testing.T) {
	s := setup(t)
	first := s.importCSV(catalogue, nil)
	require.Equal(t, []int{3, 3, 0, 0}, []int{first.Rows, first.Inserted, first.Updated, first.Unchanged})
	require.Equal(t, "Price", first.Columns[product.FieldPrice])
	require.Equal(t, []string{"Color"}, first.Attributes)
	tea := s.get("T-1")
	require.Equal(t, "Loose & fresh\n50 g", tea.Description)
	require.Equal(t, "9.9", value(tea.Price))
	require.Equal(t, "EUR", tea.Currency)
	require.Equal(t, 12, value(tea.Stock))
	require.JSONEq(t, `{"Color":"green"}`, string(tea.Attributes))
	require.Equal(t, "1299", value(s.get("C-1").Price))
	require.Nil(t, s.get("T-2").Stock)

	again := s.importCSV(catalogue, nil)
	require.Equal(t, []int{0, 0, 3}, []int{again.Inserted, again.Updated, again.Unchanged})
	require.Equal(t, tea.UpdatedAt, s.get("T-1").UpdatedAt)

	changed := s.importCSV(strings.Replace(catalogue, "8.50", "8.60", 1)+"T-3,White tea,,,,,,\n", nil)
	require.Equal(t, []int{1, 1, 2}, []int{changed.Inserted, changed.Updated, changed.Unchanged})
	require.Equal(t, tea.ID, s.get("T-1").ID)
	require.Equal(t, "8.6", value(s.get("T-2").Price))
}

func TestImportIsFollowedByEmbeddings(t *testing.T) {
	s := setup(t)
	task := s.enqueueImport(catalogue, nil)
	after := s.dependents(task.ID)
	require.Len(t, after, 1)
	require.Equal(t, taskq.Completed, after[0].Status)
	require.Equal(t, taskq.Type("EMBEDDING_GENERATION"), after[0].Type)
	require.JSONEq(t, `{"embedder":"hash-v1:1024","embedded":3,"reused":0,"unchanged":0}`, string(*after[0].Result))
	require.Equal(t, 3, s.pending().Total)
	require.Zero(t, s.pending().Pending)
}

func TestImportOfSomeColumnsLeavesTheOthers(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	result := s.importCSV("sku;preis;color\nT-1;10,90;\nT-2;;red\nN-1;5;\n", nil)
	require.Equal(t, []int{1, 2}, []int{result.Inserted, result.Updated})
	tea := s.get("T-1")
	require.Equal(t, "10.9", value(tea.Price))
	require.Equal(t, "Green tea", tea.Title)
	require.Equal(t, 12, value(tea.Stock))
	require.Equal(t, "EUR", tea.Currency)
	require.Nil(t, s.get("T-2").Price, "a blank cell clears")
	require.JSONEq(t, `{"color":"red"}`, string(s.get("T-2").Attributes))
	require.Equal(t, "N-1", s.get("N-1").Title, "a product without a title is known by its SKU")
}

func TestImportRejectsRowsAndKeepsTheRest(t *testing.T) {
	s := setup(t)
	result := s.importCSV("SKU,Title,Price,Currency,Stock,EAN\n"+
		"A,ok,1,,,\n"+
		",no sku,1,,,\n"+
		"B,,1,,,\n"+
		"C,c,cheap,,,\n"+
		"D,d,-5,,1.5,\n"+
		"E,e,1,EURO$,,\n"+
		"F,f,1,,,4.01234E+12\n"+
		"G,g,1,,,,surplus\n"+
		"H,h\x00h,1,,,\n"+
		strings.Repeat("I", 201)+",i,1,,,\n"+
		"A,last one counts,2,,,\n", nil)
	require.Equal(t, []int{11, 1, 9, 1}, []int{result.Rows, result.Inserted, result.Rejected, result.Duplicates})
	require.Equal(t, "last one counts", s.get("A").Title)
	var found []string
	for _, e := range result.Errors {
		found = append(found, fmt.Sprintf("%d %s %s %s", e.Row, e.Column, e.Code, e.Value))
		require.NotEmpty(t, e.Message)
	}
	require.Equal(t, []string{
		"3 SKU MISSING_SKU ",
		"4 Title MISSING_TITLE ",
		"5 Price INVALID_NUMBER cheap",
		"6 Price INVALID_NUMBER -5",
		"6 Stock INVALID_NUMBER 1.5",
		"7 Currency INVALID_CURRENCY EURO$",
		"8 EAN DAMAGED_NUMBER 4.01234E+12",
		"9  TOO_MANY_COLUMNS surplus",
		"10  INVALID_CHARACTER ",
		"11 SKU TOO_LONG " + strings.Repeat("I", 99) + "…",
	}, found)
	require.Equal(t, 10, result.ErrorCount)
}

func TestImportCapsItsErrors(t *testing.T) {
	s := setup(t)
	result := s.importCSV("sku,title,price\nA,a,1\n"+strings.Repeat("B,b,x\n", 300), nil)
	require.Len(t, result.Errors, 100)
	require.Equal(t, 300, result.Rejected)
	require.Equal(t, 300, result.ErrorCount)
}

func TestDryRunChangesNothing(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	task := s.enqueueImport(catalogue+"T-3,White tea,,,,1,,\nT-1,Greener tea,,,,1,,\nX,x,,,,y,,\n", func(in *product.ImportInput) { in.DryRun = true })
	var result product.ImportResult
	s.finish(task.ID, &result)
	require.True(t, result.DryRun)
	require.Equal(t, []int{1, 1, 2, 1, 1}, []int{result.Inserted, result.Updated, result.Unchanged, result.Rejected, result.Duplicates})
	require.Equal(t, "Green tea", s.get("T-1").Title)
	require.Empty(t, s.dependents(task.ID))
	_, err := s.products.GetBySKU(s.ctx, "T-3")
	require.ErrorIs(t, err, product.ErrNotFound)
}

func TestSkipLeavesExistingProducts(t *testing.T) {
	s := setup(t)
	s.importCSV(catalogue, nil)
	result := s.importCSV("sku,title\nT-1,Other\nT-9,New\n", func(in *product.ImportInput) { in.OnConflict = product.ConflictSkip })
	require.Equal(t, []int{1, 0, 1}, []int{result.Inserted, result.Updated, result.Unchanged})
	require.Equal(t, "Green tea", s.get("T-1").Title)
}

func TestMappingOverridesHeadings(t *testing.T) {
	s := setup(t)
	csv := "Nummer,Name,Long name,Netto\nA,short,long,5\n"
	s.importCSV(csv, func(in *product.ImportInput) {
		in.Mapping = []product.ColumnMapping{
			{Column: "nummer", Field: product.FieldSKU},
			{Column: "Long name", Field: product.FieldTitle},
			{Column: "Netto", Field: product.FieldPrice},
			{Column: "Name", Field: product.FieldIgnore},
		}
	})
	a := s.get("A")
	require.Equal(t, "long", a.Title)
	require.Equal(t, "5", value(a.Price))
	require.JSONEq(t, `{}`, string(a.Attributes))

	missing := s.enqueueImport(csv, func(in *product.ImportInput) {
		in.Mapping = []product.ColumnMapping{{Column: "Number", Field: product.FieldSKU}}
	})
	require.Equal(t, `The mapping names a column "Number" that the file does not have. Its columns are: Nummer, Name, Long name, Netto.`, s.failure(missing.ID))
}

func TestMappingFindsTheHeader(t *testing.T) {
	s := setup(t)
	result := s.importCSV("Preisliste,,\nStand: Mai,x,y\nNr.,Was,Wieviel\nA,Tee,5\n", func(in *product.ImportInput) {
		in.Mapping = []product.ColumnMapping{{Column: "nr", Field: product.FieldSKU}, {Column: "was", Field: product.FieldTitle}}
	})
	require.Equal(t, 3, result.Dialect.HeaderRow)
	require.Equal(t, "Tee", s.get("A").Title)
}

func TestHostileHeadings(t *testing.T) {
	s := setup(t)
	result := s.importCSV("sku,a\x00b,"+strings.Repeat("long ", 10_000)+",dup,dup\n\"A\",1,2,3,4\n"+strings.Repeat("B,,,,\n", 20), nil)
	require.Equal(t, 2, result.Inserted)
	require.Contains(t, string(s.get("A").Attributes), `"ab": "1"`)
	require.Contains(t, string(s.get("A").Attributes), `"dup": "4"`)
}

func TestFilesThatCannotBeImported(t *testing.T) {
	s := setup(t)
	for csv, want := range map[string]string{
		"Index,First Name\n1,Ada\n": "No column with the SKU was found. Name one of the columns SKU, or map one to it. The columns are: Index, First Name.",
		"\n \n":                     "The file is empty.",
		"sku,title\n":               "The file has a header but no rows.",
		"sku,title,price\nA,a,x\n":  "None of the 1 rows can be imported. The first problem is in row 2, column price: The amount is not a number.",
		"\x89PNG\x00\x00\x00":       "This is not a text file. Save the table as CSV and upload it again.",
	} {
		task := s.enqueueImport(csv, nil)
		require.Equal(t, want, s.failure(task.ID))
		after := s.dependents(task.ID)
		require.Len(t, after, 1)
		require.Equal(t, taskq.Cancelled, after[0].Status)
	}
}

func TestImportChecksItsInput(t *testing.T) {
	t.Parallel()
	products := product.NewService(nil, nil, nil, product.Config{})
	for name, in := range map[string]product.ImportInput{
		"onConflict": {OnConflict: "REPLACE"},
		"mapping":    {Mapping: []product.ColumnMapping{{Column: "a", Field: "colour"}}},
	} {
		_, err := products.Import(t.Context(), in)
		var invalid *taskq.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, name, invalid.Field)
	}
}

func TestImportLimitsItsFile(t *testing.T) {
	s := setup(t)
	for want, file := range map[string]string{"at most 1 MB": strings.Repeat("x", 2<<20), "not be empty": ""} {
		_, err := s.products.Import(s.ctx, product.ImportInput{Reader: strings.NewReader(file)})
		require.ErrorContains(t, err, want)
	}
}

func TestImportIsIdempotentByKey(t *testing.T) {
	s := setup(t)
	withKey := func(in *product.ImportInput) { in.IdempotencyKey = "spring" }
	first, second := s.enqueueImport(catalogue, withKey), s.enqueueImport(catalogue, withKey)
	require.Equal(t, first.ID, second.ID)
	require.Len(t, s.dependents(first.ID), 1)
}

const shopify = `Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position
shirt,Blue Shirt,<p>Soft.</p>,Acme,Shirts,summer,Title,Default Title,,3,50,,https://img.example/1.jpg,1
top,Varsity Top,Warm.,Acme,,winter,Size,Small,,1,60,80,https://img.example/2.jpg,1
top,,,,,,,Medium,,2,60,,,
top,,,,,,,Large,'TOP-L,0,65,,,
top,,,,,,,,,,,,https://img.example/3.jpg,2
`

func TestShopifyExports(t *testing.T) {
	s := setup(t)
	result := s.importCSV(shopify, nil)
	require.Equal(t, []int{5, 4, 1, 0}, []int{result.Rows, result.Inserted, result.Images, result.Rejected})
	shirt := s.get("shirt")
	require.Equal(t, "Blue Shirt", shirt.Title)
	require.JSONEq(t, `{"Tags":"summer","Image Position":"1"}`, string(shirt.Attributes))
	medium := s.get("top/Medium")
	require.Equal(t, "Varsity Top", medium.Title)
	require.Equal(t, "Warm.", medium.Description)
	require.Equal(t, "Acme", medium.Brand)
	require.Equal(t, "https://img.example/2.jpg", medium.ImageURL)
	require.JSONEq(t, `{"Size":"Medium","Tags":"winter"}`, string(medium.Attributes))
	require.Nil(t, medium.CompareAtPrice, "the old price is the variant's own")
	require.Equal(t, "80", value(s.get("top/Small").CompareAtPrice))
	require.Equal(t, "65", value(s.get("TOP-L").Price))
}
