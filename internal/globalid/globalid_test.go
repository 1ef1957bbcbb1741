package globalid_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/globalid"
)

func TestIDsAreFoundAgain(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0190b5f2-4f0e-7c3a-9d4e-1f2a3b4c5d6e")
	text := globalid.New(globalid.Task, id)
	require.Equal(t, "VAGQtfJPDnw6nU4fKjtMXW4", text, "clients keep ids: they may never change")

	kind, parsed, ok := globalid.Parse(text)
	require.True(t, ok)
	require.Equal(t, globalid.Task, kind)
	require.Equal(t, id, parsed)

	for name, c := range map[string]struct {
		text  string
		found bool
	}{
		"the id":             {text, true},
		"the UUID":           {id.String(), true},
		"of another kind":    {globalid.New(globalid.Worker, id), false},
		"nothing":            {"", false},
		"a UUID in braces":   {"{" + id.String() + "}", false},
		"a UUID of no form":  {strings.Repeat("x", 36), false},
		"longer than an id":  {text + "AAAA", false},
		"with other padding": {text[:len(text)-1] + "5", false}, // decodes to the same bytes
	} {
		found, ok := globalid.Find(globalid.Task, c.text)
		require.Equal(t, c.found, ok, name)
		if c.found {
			require.Equal(t, id, found, name)
		}
	}
}
