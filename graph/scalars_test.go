package graph_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
	"github.com/taskwire/taskwire/taskq"
)

// Answers are sent as scalars write them.
func FuzzScalarsWriteJSON(f *testing.F) {
	for _, text := range []string{"", "12.50", "a \"quoted\" \\ text\n\t\x00\x1f\x7f", "\u2028\U0001f600", `{"a": [1]}`, `{"a": `, "null"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := []graphql.Marshaler{
			graph.MarshalDecimal(text), graph.MarshalTaskType(taskq.Type(text)), graphql.MarshalString(text), graphql.MarshalID(text),
			graph.MarshalDateTime(time.Unix(int64(len(text))*1e8, 123)),
		}
		if raw := json.RawMessage(text); json.Valid(raw) {
			written = append(written, graph.MarshalJSON(raw))
		} else {
			require.Panics(t, func() { graph.MarshalJSON(raw) })
		}
		for _, m := range written {
			var b strings.Builder
			m.MarshalGQL(&b)
			require.True(t, json.Valid([]byte(b.String())), "%q of %q", b.String(), text)
		}
	})
}
