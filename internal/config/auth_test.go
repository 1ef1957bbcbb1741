package config_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/config"
)

func parse(args ...string) (config.Config, error) {
	return config.Parse(args, environment(nil), &bytes.Buffer{})
}

func TestWithAuthenticationItServesOthers(t *testing.T) {
	t.Parallel()
	c, err := parse("--auth", "keys, oidc", "--listen", ":443", "--oidc-issuer", "https://id.example", "--oidc-client-id", "taskwire",
		"--oidc-roles", "staff=operator, admins=admin,*=viewer", "--trusted-proxy", "10.0.0.0/8, 192.0.2.7")
	require.NoError(t, err)
	require.Equal(t, []string{"keys", "oidc"}, c.Auth.Methods())
	require.Equal(t, "taskwire", c.Auth.Provider.Audience, "the client id, unless it is given")
	require.Equal(t, map[string]auth.Role{"staff": auth.Operator, "admins": auth.Admin, "*": auth.Viewer}, c.Auth.Provider.Roles)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32")}, c.Auth.TrustedProxies)
	require.InDelta(t, 100, c.Auth.Limits.Requests, 0)
}

func TestWithoutAuthenticationNothingIsLimited(t *testing.T) {
	t.Parallel()
	c, err := parse("--rate-limit", "5")
	require.NoError(t, err)
	require.Zero(t, c.Auth.Limits)
}

func TestMistakesInAuthenticationAreNamed(t *testing.T) {
	t.Parallel()
	for message, args := range map[string][]string{
		"there are keys and oidc":   {"--auth", "passwords"},
		"needs --oidc-issuer":       {"--auth", "oidc"},
		"needs --oidc-roles":        {"--auth", "oidc", "--oidc-issuer", "https://id.example", "--oidc-audience", "a"},
		"must be a https://":        {"--auth", "oidc", "--oidc-issuer", "http://id.example", "--oidc-audience", "a", "--oidc-roles", "*=viewer"},
		"no effect without":         {"--oidc-issuer", "https://id.example"},
		"not of the form":           {"--oidc-roles", "staff"},
		"there is no role":          {"keys", "create", "--role", "owner"},
		"neither an address":        {"--trusted-proxy", "proxy"},
		"belong together":           {"--tls-cert", "a.pem"},
		"must not be negative":      {"--auth", "keys", "--rate-limit", "-1"},
		"--tls-key":                 {"--listen", "0.0.0.0:443"},
		"needs --name":              {"keys", "create"},
		"needs create, list":        {"keys"},
		`cannot "make"`:             {"keys", "make"},
		"needs the id of one key":   {"keys", "revoke"},
		"unexpected argument":       {"keys", "list", "all"},
		"it must be like 90d":       {"keys", "create", "--name", "a", "--expires", "soon"},
		"flag provided but not def": {"keys", "list", "--listen", "a"},
	} {
		_, err := parse(args...)
		require.ErrorContains(t, err, message)
	}
}

func TestKeysTakeFlagsAnywhere(t *testing.T) {
	t.Parallel()
	c, err := parse("keys", "create", "--name", "importer", "--role", "Operator", "--own-only", "--expires", "90d", "--database-url", "postgres://a")
	require.NoError(t, err)
	require.Equal(t, config.CreateKey, c.Keys.Action)
	require.Equal(t, auth.Operator, c.Keys.New.Role)
	require.True(t, c.Keys.New.OwnOnly)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 90), *c.Keys.New.ExpiresAt, time.Hour)

	c, err = parse("keys", "revoke", "tw_abcde", "--data-dir", "/data")
	require.NoError(t, err)
	require.Equal(t, "tw_abcde", c.Keys.Which)
	require.Equal(t, "/data", c.DataDir)

	var help bytes.Buffer
	_, err = config.Parse([]string{"keys", "--help"}, environment(nil), &help)
	require.ErrorIs(t, err, config.ErrHelp)
	require.Contains(t, help.String(), "taskwire keys revoke")
}
