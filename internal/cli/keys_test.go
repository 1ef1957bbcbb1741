package cli_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/cli"
	"github.com/taskwire/taskwire/internal/config"
)

func TestKeysAreCreatedListedAndRevoked(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	run := func(command config.KeyCommand) (string, string) {
		var output, notes bytes.Buffer
		require.NoError(t, cli.Keys(t.Context(), keys, &command, &output, &notes))
		return output.String(), notes.String()
	}
	empty, _ := run(config.KeyCommand{Action: config.ListKeys})
	require.Contains(t, empty, "taskwire keys create")

	soon := time.Now().Add(time.Hour)
	secret, notes := run(config.KeyCommand{Action: config.CreateKey, New: auth.NewKey{
		Name: "importer", Role: auth.Operator, OwnOnly: true, ExpiresAt: &soon, CreatedBy: "cli",
	}})
	require.Regexp(t, `^tw_[0-9A-Za-z]{33}\n$`, secret, "nothing but the key, for scripts")
	require.Contains(t, notes, "operator, own only")
	require.NotContains(t, notes, secret[:20])

	list, _ := run(config.KeyCommand{Action: config.ListKeys})
	require.Regexp(t, `(?m)^tw_\w{5}…\s+importer\s+operator, own only\s+until \d{4}`, list)

	revoked, _ := run(config.KeyCommand{Action: config.RevokeKey, Which: secret[:8]})
	require.Contains(t, revoked, "is revoked since")
	list, _ = run(config.KeyCommand{Action: config.ListKeys})
	require.Contains(t, list, "revoked 20")
}

func TestWhichKeyIsMeantMustBeClear(t *testing.T) {
	t.Parallel()
	keys := auth.NewKeys(dbtest.New(t).DB)
	for range 2 {
		_, _, err := keys.Create(t.Context(), auth.NewKey{Name: "a", Role: auth.Viewer, CreatedBy: "cli"})
		require.NoError(t, err)
	}
	for which, message := range map[string]string{"tw_": "2 keys begin", "tw_-----": "no such API key", "01890000-0000-7000-8000-000000000000": "no such API key"} {
		err := cli.Keys(t.Context(), keys, &config.KeyCommand{Action: config.RevokeKey, Which: which}, &bytes.Buffer{}, &bytes.Buffer{})
		require.ErrorContains(t, err, message)
	}
}
