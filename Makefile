# `make help` lists what there is. Go alone builds, runs and tests Taskwire; `ui` and `e2e` need Node too.

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
APP := internal/webui/app
E2E := internal/webui/e2e
SCHEMA_CHECK := graph/schemacheck
# Of one package. Tests wait minutes for what must happen, and on a busy machine that may be more than once.
GO_TEST := go test -timeout 25m

# What `generate` writes. `verify` compares it with what is committed.
GENERATED := graph db/schema.sql internal/webui/app/src/gql internal/webui/dist

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9\/]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## start server, workers and a private PostgreSQL on 127.0.0.1:8080
	go run .

.PHONY: generate
generate: ui ## write all generated files: the GraphQL server, db/schema.sql, the web pages
	go tool gqlgen generate
	go generate ./db/...

.PHONY: verify
verify: generate ## regenerate, and fail if that changes what is committed
	@changed="$$(git status --porcelain --untracked-files=all -- $(GENERATED))"; \
	if [ -n "$$changed" ]; then \
		git --no-pager diff --stat -- $(GENERATED); \
		printf 'Generated files differ from the committed ones; run "make generate" and commit:\n%s\n' "$$changed"; \
		exit 1; \
	fi

.PHONY: lint
lint: ## check style and likely mistakes (builds the linter once: about 2 minutes)
	$(GOLANGCI_LINT) run ./...

.PHONY: test
test: ## run all Go tests; they start their own PostgreSQL
	$(GO_TEST) ./...

.PHONY: test/race
test/race: ## run all Go tests with the race detector
	$(GO_TEST) -race ./...

.PHONY: bench
bench: ## run the benchmarks, beside other engines
	cd bench && go run .

.PHONY: ui
ui: $(APP)/node_modules/.package-lock.json ## build the web pages into internal/webui/dist
	npm --prefix $(APP) run build

.PHONY: e2e
e2e: $(E2E)/node_modules/.package-lock.json ## run the browser tests against the real server (CHROMIUM=/usr/bin/chromium)
	npm --prefix $(E2E) test

.PHONY: measure
measure: $(E2E)/node_modules/.package-lock.json ## measure the pages; MEASURE_DATABASE_URL names a database that may be filled
	npm --prefix $(E2E) run measure

.PHONY: schema/check
schema/check: $(SCHEMA_CHECK)/node_modules/.package-lock.json ## lint the schema, compile Relay operations against it, compare it with the last release
	npm --prefix $(SCHEMA_CHECK) run check

.PHONY: schema/release
schema/release: ## make the schema the one that the next releases must not break
	{ echo '# The schema of the last release, with which diff.mjs compares: make schema/release writes it.'; cat schema.graphqls; } >$(SCHEMA_CHECK)/released.graphqls

# npm writes this file when an install is complete.
%/node_modules/.package-lock.json: %/package-lock.json
	npm --prefix $* ci
	@touch $@
