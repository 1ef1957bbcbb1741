package config_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/internal/config"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestFlagsGoBeforeTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := config.Parse([]string{"serve", "--workers", "3"}, environment(map[string]string{
		"TASKWIRE_WORKERS": "9", "TASKWIRE_DRAIN_TIMEOUT": "2s", "DATABASE_URL": "postgres://a",
	}), nil)
	require.NoError(t, err)
	require.Equal(t, 3, c.Workers)
	require.Equal(t, 2*time.Second, c.DrainTimeout)
	require.Equal(t, "postgres://a", c.DatabaseURL)
}

func TestServeIsTheDefault(t *testing.T) {
	t.Parallel()
	c, err := config.Parse(nil, environment(nil), nil)
	require.NoError(t, err)
	require.Equal(t, config.Serve, c.Command)
	require.Equal(t, "127.0.0.1:8080", c.Listen)
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		"no command \"fly\"":    {"fly"},
		"keys create --name me": {"--listen", "0.0.0.0:80"},
		"is not host:port":      {"--listen", "80"},
		"unexpected argument":   {"serve", "now"},
		"needs --database-url":  {"worker"},
		"must be 1 to 10000":    {"--workers", "0"},
	}
	for message, args := range cases {
		_, err := config.Parse(args, environment(nil), &bytes.Buffer{})
		require.ErrorContains(t, err, message)
	}
	_, err := config.Parse(nil, environment(map[string]string{"TASKWIRE_WORKERS": "many"}), nil)
	require.ErrorContains(t, err, "TASKWIRE_WORKERS")
}

func TestHelpExplainsTheCommands(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	_, err := config.Parse([]string{"--help"}, environment(nil), &output)
	require.ErrorIs(t, err, config.ErrHelp)
	require.Contains(t, output.String(), "taskwire worker")
	require.Contains(t, output.String(), "-data-dir")
}
