package product

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
)

// Every statement fits the schema.
func TestStatementsFitTheSchema(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	for i, statement := range []string{
		selectProduct, selectProductBySKU, lockProducts, selectEffect, upsertEffect, forgetEffects, clearStagedRows, writeProducts,
		previewProducts, countStaged, sliceEnd, selectProductsForUpdate, updateProducts, countTexts, selectPendingTexts,
		listNewestFirst, listOldestFirst, countProducts,
	} {
		_, err := database.Exec(fmt.Sprintf("PREPARE statement_%d AS %s", i, statement))
		require.NoError(t, err, statement)
	}
}
