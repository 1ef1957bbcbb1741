package app_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/app"
	"github.com/taskwire/taskwire/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) } // nothing that Run started is left running

const patience = 3 * time.Minute

var listening = regexp.MustCompile(`listening on (http://127\.0\.0\.1:\d+)`)

// addresses is a log that tells where the program listens.
type addresses chan string

func (a addresses) Write(line []byte) (int, error) {
	if match := listening.FindSubmatch(line); match != nil {
		a <- string(match[1])
	}
	return len(line), nil
}

func options(t *testing.T, log io.Writer, args ...string) app.Options {
	t.Helper()
	getenv := func(string) string { return "" }
	cfg, err := config.Parse(args, getenv, io.Discard)
	require.NoError(t, err)
	return app.Options{Config: cfg, Version: "v1", Schema: "type Query", Getenv: getenv, Stdout: io.Discard, Stderr: log}
}

func TestServesUntilItIsTold(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	log, ended := make(addresses, 1), make(chan error, 1)
	o := options(t, log, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", dbtest.Empty(t).DSN)
	go func() { ended <- app.Run(ctx, o) }()
	select {
	case url := <-log:
		require.Equal(t, http.StatusNoContent, status(t, url+"/healthz"))
	case err := <-ended:
		require.FailNow(t, "it ended", "%v", err)
	}
	stop()
	require.NoError(t, <-ended)
}

func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func TestTheStepThatFailsIsNamed(t *testing.T) {
	t.Parallel()
	o := options(t, io.Discard, "serve", "--listen", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", "none.pem", "--data-dir", t.TempDir(), "--database-url", dbtest.Empty(t).DSN)
	require.ErrorContains(t, app.Run(t.Context(), o), "serving: ") // and what had been started has ended: TestMain
}

func TestPrintsTheSchemaWithoutADatabase(t *testing.T) {
	t.Parallel()
	var printed strings.Builder
	o := options(t, io.Discard, "schema")
	o.Stdout = &printed
	require.NoError(t, app.Run(t.Context(), o))
	require.Equal(t, "type Query", printed.String())
}
