package archtest_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/dependencies.md has a line for each direct dependency, and no other.
func TestDependenciesAreDocumented(t *testing.T) {
	t.Parallel()

	direct := make(map[string]bool)
	for _, module := range goModules(t) {
		direct[module] = true
	}
	for _, project := range []string{"internal/webui/app", "internal/webui/e2e", "graph/schemacheck", "examples/worker-node", "examples/watch-node", "examples/client-typescript", "examples/upload-node"} {
		for _, name := range npmPackages(t, "../../"+project+"/package.json") {
			direct[name] = true
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(direct)), documented(t))
}

func goModules(t *testing.T) []string {
	t.Helper()
	requirement := regexp.MustCompile(`(?m)^(?:require |\t)(\S+) v\S+$`) // "// indirect" ends the others
	return firstGroups(requirement, read(t, "../../go.mod"))
}

func npmPackages(t *testing.T, manifest string) []string {
	t.Helper()
	var declared struct{ Dependencies, DevDependencies map[string]string }
	require.NoError(t, json.Unmarshal([]byte(read(t, manifest)), &declared))
	return slices.AppendSeq(slices.Collect(maps.Keys(declared.Dependencies)), maps.Keys(declared.DevDependencies))
}

// documented are the names in the first column of the tables.
func documented(t *testing.T) []string {
	t.Helper()
	names := make(map[string]bool)
	for _, line := range strings.Split(read(t, "../../docs/dependencies.md"), "\n") {
		if strings.HasPrefix(line, "| `") {
			cell, _, _ := strings.Cut(line[2:], " |")
			for _, name := range firstGroups(regexp.MustCompile("`([^`]+)`"), cell) {
				names[name] = true
			}
		}
	}
	return slices.Collect(maps.Keys(names))
}

func firstGroups(pattern *regexp.Regexp, text string) []string {
	var groups []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		groups = append(groups, match[1])
	}
	return groups
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}
