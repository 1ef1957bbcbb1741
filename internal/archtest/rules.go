package archtest

// Module is the path of the module that Rules describes.
const Module = "github.com/taskwire/taskwire"

// Rules returns the direction of imports in Taskwire: server.go → internal/app → graph and internal/* → taskq. The
// database is db's business and, through sqlx, that of the stores; the API never sees it.
func Rules() []Rule {
	const (
		sqlx = "github.com/jmoiron/sqlx"
		pq   = "github.com/lib/pq"
		uuid = "github.com/google/uuid"
	)
	edge := []string{
		"taskq", "internal/document", "internal/product", "internal/embedding", "internal/search",
		"internal/access", "internal/auth", "internal/collapse", "internal/globalid", "internal/telemetry", "internal/upload",
	}
	return []Rule{
		// server.go reads what it is told, and has it done.
		{Package: ".", Own: []string{"internal/app", "internal/config", "internal/document/extract"}, Modules: []string{}},

		// The app puts everything together; only test helpers are out of its reach.
		{
			Package: "internal/app",
			Own:     []string{"graph/...", "taskq", "db", "db/embedded", "internal/..."},
			Modules: []string{sqlx},
			Never:   []string{Module + "/internal/archtest", Module + "/internal/feedtest"},
		},

		// The edges speak to the engine and the domain; SQL never gets this far up.
		{Package: "graph/...", Own: edge, Never: []string{"database/sql", sqlx, pq}},
		{Package: "internal/rest/...", Own: edge, Never: []string{"database/sql", sqlx, pq}},

		{Package: "internal/resumable/...", Own: edge, Never: []string{"database/sql", sqlx, pq}},

		// The engine is public: whoever imports it gets nothing of this server, and few modules.
		{Package: "taskq/...", Modules: []string{sqlx, pq, uuid}},

		// The database knows neither the engine nor the domain.
		{Package: "db", Own: []string{"db/internal/..."}, Modules: []string{sqlx, pq}},
		{Package: "db/embedded/...", Own: []string{"db", "db/internal/..."}},
		{Package: "db/dbtest/...", Own: []string{"db", "db/embedded", "db/internal/..."}},
		{Package: "db/schemadump/...", Own: []string{"db", "db/embedded"}},
		{Package: "db/internal/..."},

		// The domain: what tasks do. Documents and products have vectors, so both know embedding.
		{Package: "internal/document/...", Own: []string{"taskq", "db", "internal/blob", "internal/embedding", "internal/keyset"}},
		{Package: "internal/product/...", Own: []string{"taskq", "db", "internal/blob", "internal/embedding", "internal/keyset"}},
		{Package: "internal/search/...", Own: []string{"db", "internal/embedding"}},
		{Package: "internal/embedding/...", Own: []string{"taskq", "db"}},

		{Package: "internal/keyset/...", Own: []string{"taskq"}},
		{Package: "internal/upload/...", Own: []string{"internal/blob"}},
		{Package: "internal/auth/...", Own: []string{"internal/quota"}},

		// What each principal sees of the engine and the domain.
		{Package: "internal/access/...", Own: []string{"taskq", "internal/auth", "internal/document", "internal/embedding", "internal/product"}, Never: []string{"database/sql", sqlx, pq}},

		// What operators see of the engine.
		{Package: "internal/telemetry/...", Own: []string{"taskq"}},

		// For tests of the feed, at each level.
		{Package: "internal/feedtest/...", Own: []string{"taskq", "internal/globalid"}},

		// Leaves: nothing of ours.
		{Package: "internal/quota/..."},
		{Package: "internal/collapse/...", Modules: []string{}},
		{Package: "internal/blob/..."},

		// The configuration holds the settings of what it configures.
		{Package: "internal/cli/...", Own: []string{"internal/auth", "internal/config"}},
		{Package: "internal/httpserver/..."},
		{Package: "internal/config/...", Own: []string{"internal/auth", "internal/embedding"}},
		{Package: "internal/globalid/..."},
		{Package: "internal/upkeep/..."},
		{Package: "internal/webui/..."},
		{Package: "internal/archtest/...", Modules: []string{}},
	}
}
