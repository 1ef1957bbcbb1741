package archtest_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/archtest"
)

func TestImportDirection(t *testing.T) {
	t.Parallel()

	violations, err := archtest.Check(os.DirFS("../.."), archtest.Module, archtest.Rules())
	require.NoError(t, err)
	require.Empty(t, violations)
}

func TestWrongImportsAreFound(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]struct {
		file      string
		imports   string
		violation string
	}{
		"engine imports the server": {
			"taskq/worker.go", archtest.Module + "/internal/document",
			"taskq/worker.go: taskq may not import github.com/taskwire/taskwire/internal/document",
		},
		"engine imports db": {
			"taskq/worker.go", archtest.Module + "/db",
			"taskq/worker.go: taskq may not import github.com/taskwire/taskwire/db",
		},
		"engine imports another module": {
			"taskq/sub/x.go", "github.com/gorilla/websocket",
			"taskq/sub/x.go: taskq/sub may not import github.com/gorilla/websocket",
		},
		"a module whose name only begins like an allowed one": {
			"taskq/x.go", "github.com/lib/pqueue",
			"taskq/x.go: taskq may not import github.com/lib/pqueue",
		},
		"db imports the engine": {
			"db/open.go", archtest.Module + "/taskq",
			"db/open.go: db may not import github.com/taskwire/taskwire/taskq",
		},
		"the API sees SQL": {
			"graph/task.resolvers.go", "github.com/jmoiron/sqlx",
			"graph/task.resolvers.go: graph may not import github.com/jmoiron/sqlx",
		},
		"the API sees SQL, deeper": {
			"graph/transport/x.go", "database/sql/driver",
			"graph/transport/x.go: graph/transport may not import database/sql/driver",
		},
		"embedding imports document": {
			"internal/embedding/task.go", archtest.Module + "/internal/document",
			"internal/embedding/task.go: internal/embedding may not import github.com/taskwire/taskwire/internal/document",
		},
		"production code imports a test helper": {
			"internal/product/store.go", archtest.Module + "/db/dbtest",
			"internal/product/store.go: internal/product may not import github.com/taskwire/taskwire/db/dbtest",
		},
		"the program knows more than the app": {
			"server.go", archtest.Module + "/graph",
			"server.go: . may not import github.com/taskwire/taskwire/graph",
		},
		"the app imports a test helper": {
			"internal/app/work.go", archtest.Module + "/internal/feedtest",
			"internal/app/work.go: internal/app may not import github.com/taskwire/taskwire/internal/feedtest",
		},
		"a package without a rule": {
			"internal/helpers/x.go", "fmt",
			"internal/helpers/x.go: no rule says what package internal/helpers may import",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{want.violation}, check(t, want.file, want.imports))
		})
	}
}

func TestRightImportsPass(t *testing.T) {
	t.Parallel()

	for file, imported := range map[string]string{
		"server.go":                      archtest.Module + "/internal/app",
		"internal/app/serve.go":          archtest.Module + "/graph",
		"taskq/claim.go":                 "github.com/jmoiron/sqlx/reflectx",
		"taskq/wire/x.go":                archtest.Module + "/taskq",
		"taskq/claim_test.go":            archtest.Module + "/db/dbtest",
		"db/dbtest/dbtest.go":            archtest.Module + "/db/embedded",
		"internal/document/task.go":      archtest.Module + "/internal/embedding",
		"internal/document/extract/x.go": "golang.org/x/net/html",
		"bench/main.go":                  "github.com/riverqueue/river",
		"internal/webui/app/node_modules/flatted/golang/flatted.go": archtest.Module + "/db",
		"internal/document/testdata/x.go":                           archtest.Module + "/graph",
	} {
		require.Empty(t, check(t, file, imported), file)
	}
}

func TestUnreadableFilesAreErrors(t *testing.T) {
	t.Parallel()

	broken := fstest.MapFS{"taskq/x.go": {Data: []byte("pakage taskq")}}
	_, err := archtest.Check(broken, archtest.Module, archtest.Rules())
	require.ErrorContains(t, err, "taskq/x.go")
}

// check applies the rules to a module with one file and its one import.
func check(t *testing.T, file, imported string) []string {
	t.Helper()
	module := fstest.MapFS{
		"go.mod":       {Data: []byte("module " + archtest.Module)},
		"bench/go.mod": {Data: []byte("module " + archtest.Module + "/bench")},
		file:           {Data: []byte("package x\n\nimport _ \"" + imported + "\"\n")},
	}
	violations, err := archtest.Check(module, archtest.Module, archtest.Rules())
	require.NoError(t, err)
	return violations
}
