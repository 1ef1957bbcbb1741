package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSchemaFileIsUpToDate(t *testing.T) {
	t.Parallel()
	schema, err := dump(t.Context())
	if errors.Is(err, errNoDumper) {
		t.Skip(err)
	}
	require.NoError(t, err)
	require.NoError(t, compare(filepath.Join("..", "schema.sql"), schema))
}

func TestCompareShowsTheFirstDifference(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "schema.sql")
	require.NoError(t, os.WriteFile(file, []byte("a\nb\nc\n"), 0o600))
	require.NoError(t, compare(file, []byte("a\nb\nc\n")))
	require.ErrorContains(t, compare(file, []byte("a\nB\nc\n")), "line 2 is\n\tb\nand should be\n\tB")
	require.ErrorContains(t, compare(file, []byte("a\nb\n")), "line 3")
}
