// Package config reads what the command line and the environment say. server.go calls it; nothing else reads either.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/taskwire/taskwire/internal/embedding"
)

// Command is what the program is to do.
type Command string

// The commands.
const (
	Serve   Command = "serve"   // API, pages and workers
	Worker  Command = "worker"  // workers only, for further machines
	Migrate Command = "migrate" // bring the database up to date, and end
	Keys    Command = "keys"    // manage API keys, and end
	Schema  Command = "schema"  // print the schema of the API, and end
)

// Config is everything that can be set.
type Config struct {
	Command      Command
	Listen       string        // host:port of the API
	BasePath     string        // prefix under which browsers reach it; empty: none
	DataDir      string        // uploaded files, and the private PostgreSQL; empty: the user's
	DatabaseURL  string        // empty: a private PostgreSQL
	Workers      int           // tasks that this process runs at once
	DrainTimeout time.Duration // how long a stop waits for running tasks
	MaxUpload    int64         // bytes of one uploaded file
	Embedding    embedding.Config
	Auth         Auth
	TLS          TLS
	Metrics      string     // host:port of /metrics for scrapers alone; empty: with the API, for admins
	Keys         KeyCommand // of the command keys

	Introspection      bool   // clients may ask for the schema
	PersistedDocuments string // a file of the only documents that clients may run; empty: all
}

// ErrHelp is returned when help was asked for, and written.
var ErrHelp = flag.ErrHelp

const usage = `Taskwire runs background tasks on PostgreSQL, with a live GraphQL API.

  taskwire [serve]   serve the API and the pages, and run tasks
  taskwire worker    run tasks only; --database-url is required
  taskwire migrate   bring the database up to date, and end
  taskwire keys      create, list and revoke API keys; taskwire keys --help tells more
  taskwire schema    print the schema of the GraphQL API, and end

Each flag can also be set in the environment, as TASKWIRE_ and its name in capitals: TASKWIRE_DATA_DIR.
The database can be set as DATABASE_URL too.

`

// Parse reads the arguments after the program's name, and the environment for what they leave out. Help and mistakes are
// explained on output. Errors: ErrHelp, or one that says which setting is wrong.
func Parse(args []string, getenv func(string) string, output io.Writer) (Config, error) {
	c := Config{Command: Serve}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.Command, args = Command(args[0]), args[1:]
	}
	if !slices.Contains([]Command{Serve, Worker, Migrate, Keys, Schema}, c.Command) {
		return Config{}, fmt.Errorf("there is no command %q; taskwire --help lists them", c.Command)
	}
	parse := c.parseServer
	if c.Command == Keys {
		parse = c.parseKeys
	}
	if err := parse(args, getenv, output); err != nil {
		return Config{}, err
	}
	if c.DatabaseURL == "" {
		c.DatabaseURL = getenv("DATABASE_URL") // no flag's default: --help would print the password
	}
	err := c.validate()
	return c, err
}

// parseServer reads the arguments of the commands that serve, work or migrate.
func (c *Config) parseServer(args []string, getenv func(string) string, output io.Writer) error {
	flags := c.flags(output)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return fromEnvironment(flags, getenv)
}

// databaseFlags say where the data is.
func (c *Config) databaseFlags(flags *flag.FlagSet) {
	flags.StringVar(&c.DataDir, "data-dir", "", "`directory` of uploaded files and the private PostgreSQL (default the user's data directory)")
	flags.StringVar(&c.DatabaseURL, "database-url", "", "`URL` of the PostgreSQL to use (default a private one)")
}

func (c *Config) flags(output io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("taskwire", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() {
		_, _ = io.WriteString(output, usage) // nothing to do about it
		flags.PrintDefaults()
	}
	flags.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "`address` of the API and the pages; port 0 takes a free one")
	flags.StringVar(&c.BasePath, "base-path", "", "`path` under which browsers reach the API and the pages behind a proxy, which may strip it or not: /tasks")
	c.databaseFlags(flags)
	c.Auth.flags(flags)
	c.TLS.flags(flags)
	flags.StringVar(&c.Metrics, "metrics-listen", "", "`address` that serves /metrics and nothing else, to whoever can reach it (default with the API, for admins)")
	flags.IntVar(&c.Workers, "workers", max(4, 2*runtime.NumCPU()), "how many tasks to run at once")
	flags.DurationVar(&c.DrainTimeout, "drain-timeout", 30*time.Second, "how long a stop waits for running tasks before it hands them back")
	flags.Int64Var(&c.MaxUpload, "max-upload", 100<<20, "`bytes` that one uploaded file may have")
	flags.BoolVar(&c.Introspection, "introspection", true, "let clients ask for the schema; GraphiQL needs it")
	flags.StringVar(&c.PersistedDocuments, "persisted-documents", "", "`file` with the only GraphQL documents that clients may run: the manifest that the Relay compiler or Apollo's tools write (default all)")
	flags.StringVar(&c.Embedding.URL, "embedding-url", "", "base `URL` of an OpenAI-compatible API for embeddings (default the built-in hash-v1)")
	flags.StringVar(&c.Embedding.Model, "embedding-model", "", "`name` of the model there")
	flags.StringVar(&c.Embedding.APIKey, "embedding-api-key", "", "`key` of that API; better set in the environment")
	flags.IntVar(&c.Embedding.Dimensions, "embedding-dimensions", 0, "`dimensions` to ask that model for (default its own)")
	return flags
}

// fromEnvironment sets the flags that were not given.
func fromEnvironment(flags *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var mistakes []error
	flags.VisitAll(func(f *flag.Flag) {
		name := "TASKWIRE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value := getenv(name)
		if given[f.Name] || value == "" {
			return
		}
		if err := f.Value.Set(value); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s=%q: %w", name, value, err))
		}
	})
	return errors.Join(mistakes...)
}

func (c *Config) validate() error {
	switch {
	case c.Command == Keys:
		return nil // its own parser has checked
	case c.Workers < 1 || c.Workers > 10_000:
		return errors.New("--workers must be 1 to 10000")
	case c.MaxUpload < 1:
		return errors.New("--max-upload must be positive")
	case c.DrainTimeout < 0:
		return errors.New("--drain-timeout must not be negative")
	case c.Command == Worker && c.DatabaseURL == "":
		return errors.New("taskwire worker needs --database-url: it shares the database of a server")
	case c.Command == Serve:
		return errors.Join(c.Auth.validate(), c.TLS.validate(), checkListen("listen", c.Listen, c.Auth.IsOn()))
	}
	return nil
}
