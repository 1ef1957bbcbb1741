package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/taskwire/taskwire/internal/auth"
)

// KeyAction is what to do with API keys.
type KeyAction string

// The actions.
const (
	CreateKey KeyAction = "create"
	ListKeys  KeyAction = "list"
	RevokeKey KeyAction = "revoke"
)

// KeyCommand is one command about API keys.
type KeyCommand struct {
	Action KeyAction
	New    auth.NewKey // of create
	Which  string      // of revoke: an id, or how the key begins
}

const keysUsage = `taskwire keys manages the API keys of a server: of --database-url, or of the private PostgreSQL in --data-dir, whether
the server runs or not.

  taskwire keys create --name NAME [--role viewer|operator|admin] [--own-only] [--expires 90d]
        makes a key and prints it. It is shown this once; only its hash is kept.
  taskwire keys list
        shows all keys, but not the keys themselves.
  taskwire keys revoke WHICH
        ends a key: its id, or how it begins (tw_Ab3dE), from the list. Within seconds it is refused and its subscriptions end.

A viewer looks, an operator creates and changes tasks, an admin manages keys too. Keys of one name are one principal: to
replace a key, create another of its name and then revoke the first; tasks keep their owner.

`

// parseKeys reads what comes after "keys".
func (c *Config) parseKeys(args []string, getenv func(string) string, output io.Writer) error {
	flags := c.keyFlags(output)
	if len(args) == 0 || isHelp(args[0]) {
		flags.Usage()
		if len(args) == 0 {
			return errors.New("taskwire keys needs create, list or revoke")
		}
		return ErrHelp
	}
	c.Keys.Action = KeyAction(args[0])
	positional, err := parseMixed(flags, args[1:])
	if err != nil {
		return err
	}
	if err := fromEnvironment(flags, getenv); err != nil {
		return err
	}
	return c.Keys.check(positional)
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// parseMixed takes flags before and after other arguments.
func parseMixed(flags *flag.FlagSet, args []string) (positional []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return positional, nil
		}
		positional, args = append(positional, flags.Arg(0)), flags.Args()[1:]
	}
}

func (c *Config) keyFlags(output io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("taskwire keys", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() {
		_, _ = io.WriteString(output, keysUsage) // nothing to do about it
		flags.PrintDefaults()
	}
	c.databaseFlags(flags)
	key := &c.Keys.New
	key.Role, key.CreatedBy = auth.Viewer, "cli"
	flags.StringVar(&key.Name, "name", "", "`name` of the principal: who or what uses the key")
	flags.Func("role", "`role`: viewer, operator or admin (default viewer)", func(text string) (err error) {
		key.Role, err = auth.ParseRole(text)
		return err
	})
	flags.BoolVar(&key.OwnOnly, "own-only", false, "let it see and change only what it created itself")
	flags.Func("expires", "`when` the key ends: after 90d or 12h, or on 2027-01-31 (default never)", func(text string) error {
		at, err := parseExpiry(text, time.Now())
		key.ExpiresAt = &at
		return err
	})
	return flags
}

func (k *KeyCommand) check(positional []string) error {
	switch {
	case k.Action != CreateKey && k.Action != ListKeys && k.Action != RevokeKey:
		return fmt.Errorf("taskwire keys cannot %q; it can create, list and revoke", k.Action)
	case k.Action == RevokeKey && len(positional) != 1:
		return errors.New("taskwire keys revoke needs the id of one key, or how it begins: taskwire keys list shows both")
	case k.Action != RevokeKey && len(positional) > 0:
		return fmt.Errorf("unexpected argument %q", positional[0])
	case k.Action == CreateKey && k.New.Name == "":
		return errors.New("taskwire keys create needs --name: who or what uses the key")
	case k.Action == RevokeKey:
		k.Which = positional[0]
	}
	return nil
}

var days = regexp.MustCompile(`^(\d{1,5})d$`)

// parseExpiry reads 90d, 12h, or a date.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	if match := days.FindStringSubmatch(text); match != nil {
		n, err := strconv.Atoi(match[1])
		return now.AddDate(0, 0, n), err
	}
	if after, err := time.ParseDuration(text); err == nil {
		return now.Add(after), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("it must be like 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z")
}
