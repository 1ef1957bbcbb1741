// Package cli carries out the commands that do something and end: taskwire keys. internal/app calls it with what they need.
package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/config"
)

// Keys carries out a command about API keys and prints what came of it. Of a new key only the key itself goes to output,
// for scripts; what people should know goes to notes. Errors are for people.
func Keys(ctx context.Context, keys *auth.Keys, command *config.KeyCommand, output, notes io.Writer) error {
	switch command.Action {
	case config.CreateKey:
		return createKey(ctx, keys, command.New, output, notes)
	case config.ListKeys:
		return listKeys(ctx, keys, output)
	default:
		return revokeKey(ctx, keys, command, output)
	}
}

func createKey(ctx context.Context, keys *auth.Keys, wanted auth.NewKey, output, notes io.Writer) error {
	key, secret, err := keys.Create(ctx, wanted)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(output, secret)
	_, _ = fmt.Fprintf(notes, "That is the key of %q (%s), id %s. Keep it now: it is not shown again.\nUse it as: Authorization: Bearer %s…\n",
		key.Name, describe(&key), key.ID, key.Hint) // the key is what counts
	return err
}

func describe(key *auth.Key) string {
	text := strings.ToLower(key.Role.String())
	if key.OwnOnly {
		text += ", own only"
	}
	return text
}

func listKeys(ctx context.Context, keys *auth.Keys, output io.Writer) error {
	list, err := keys.List(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(output, "There are no API keys. taskwire keys create --name NAME --role admin makes one.")
		return err
	}
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tNAME\tROLE\tSTATE\tLAST USED\tCREATED\tBY\tID") // Flush tells of errors
	for i := range list {
		key := &list[i]
		_, _ = fmt.Fprintf(table, "%s…\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", key.Hint, key.Name, describe(key), stateOf(key, time.Now()),
			moment(key.LastUsedAt, "never"), moment(&key.CreatedAt, ""), key.CreatedBy, key.ID)
	}
	return table.Flush()
}

func stateOf(key *auth.Key, now time.Time) string {
	switch {
	case key.RevokedAt != nil:
		return "revoked " + moment(key.RevokedAt, "")
	case key.ExpiresAt == nil:
		return "valid"
	case !key.ExpiresAt.After(now):
		return "expired " + moment(key.ExpiresAt, "")
	}
	return "until " + moment(key.ExpiresAt, "")
}

func moment(at *time.Time, otherwise string) string {
	if at == nil {
		return otherwise
	}
	return at.UTC().Format("2006-01-02 15:04")
}

func revokeKey(ctx context.Context, keys *auth.Keys, command *config.KeyCommand, output io.Writer) error {
	key, err := findKey(ctx, keys, command.Which)
	if err != nil {
		return err
	}
	revoked, err := keys.Revoke(ctx, key.ID, command.New.CreatedBy)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "The key %s… of %q is revoked since %s UTC.\n", revoked.Hint, revoked.Name, moment(revoked.RevokedAt, ""))
	return err
}

// findKey finds the one key that is meant by its id or by how it begins.
func findKey(ctx context.Context, keys *auth.Keys, which string) (auth.Key, error) {
	if id, err := uuid.Parse(which); err == nil {
		return keys.Get(ctx, id)
	}
	list, err := keys.List(ctx)
	if err != nil {
		return auth.Key{}, err
	}
	which = strings.TrimSuffix(which, "…")
	var found []auth.Key
	for i := range list {
		if which != "" && (strings.HasPrefix(list[i].Hint, which) || strings.HasPrefix(which, list[i].Hint)) {
			found = append(found, list[i])
		}
	}
	switch len(found) {
	case 0:
		return auth.Key{}, auth.ErrKeyNotFound
	case 1:
		return found[0], nil
	}
	return auth.Key{}, fmt.Errorf("%d keys begin with %q; name one by its id", len(found), which)
}
