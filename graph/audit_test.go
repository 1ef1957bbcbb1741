package graph_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The audits of GraphQL over HTTP are the specification's own, and run in Node.
func TestGraphQLOverHTTPAudits(t *testing.T) {
	if _, err := os.Stat("schemacheck/node_modules/graphql-http"); err != nil {
		t.Skip("run npm ci in graph/schemacheck first")
	}
	b := setup(t, nil)
	output, err := exec.CommandContext(b.ctx, "node", "schemacheck/audit.mjs", b.server.URL).CombinedOutput()
	require.NoError(t, err, "%s", output)
	t.Logf("%s", output)
}
