package auth

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
)

func BenchmarkAKeyIsLookedUp(b *testing.B) {
	keys := NewKeys(dbtest.New(b).DB)
	_, secret, err := keys.Create(b.Context(), NewKey{Name: "a", Role: Viewer, CreatedBy: "test"})
	require.NoError(b, err)
	for name, forget := range map[string]bool{"remembered": false, "asked": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if forget {
					clear(keys.recent)
				}
				_, err := keys.authenticate(b.Context(), secret)
				require.NoError(b, err)
			}
		})
	}
}
