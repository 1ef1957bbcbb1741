package product_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/product"
)

// The sample files show what they are meant to: one row that is rejected, then a price list that changes and adds products.
func TestSampleFiles(t *testing.T) {
	s := setup(t)
	first := s.importCSV(readSample(t, "products.csv"), nil)
	require.Equal(t, []int{12, 11, 1}, []int{first.Rows, first.Inserted, first.Rejected})
	require.Equal(t, product.RowError{
		Row: 12, Column: "Price", Code: product.CodeInvalidNumber, Message: "The amount is not a number.", Value: "price on request",
	}, first.Errors[0])
	second := s.importCSV(readSample(t, "products-update.csv"), nil)
	require.Equal(t, []int{1, 2, 1}, []int{second.Inserted, second.Updated, second.Unchanged})
	tent := s.get("TENT-2P")
	require.Equal(t, "259", value(tent.Price))
	require.Equal(t, "EUR", tent.Currency)
	require.Equal(t, "Ridgeline tent for two", tent.Title)
}

func readSample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../../samples/" + name)
	require.NoError(t, err)
	return string(content)
}
