package db_test

import (
	"context"
	"database/sql"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db"
	"github.com/taskwire/taskwire/db/dbtest"
)

// tcpProxy is a TCP port before the test server's socket. Its server does not speak TLS.
type tcpProxy struct {
	listener     net.Listener
	socket       string
	seen, active atomic.Int32
	all          sync.WaitGroup
}

// startProxy returns it with a DSN through it to the test's database.
func startProxy(t *testing.T, test *dbtest.DB) (*tcpProxy, string) {
	t.Helper()
	dsn, err := url.Parse(test.DSN)
	require.NoError(t, err)
	query := dsn.Query()
	if query.Get("host") == "" {
		t.Skip("the test server is not the private one")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &tcpProxy{listener: listener, socket: query.Get("host") + "/.s.PGSQL." + query.Get("port")}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.all.Wait()
	})
	return p, "postgres://" + query.Get("user") + "@" + listener.Addr().String() + dsn.Path
}

func (p *tcpProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.seen.Add(1)
		p.active.Add(1)
		p.all.Go(func() { p.forward(client) })
	}
}

func (p *tcpProxy) forward(client net.Conn) {
	defer p.active.Add(-1)
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", p.socket)
	if err != nil {
		return
	}
	p.all.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
}

func TestOpenDoesWithoutTLSWhereThereIsNone(t *testing.T) {
	t.Parallel()
	proxy, dsn := startProxy(t, dbtest.Empty(t))
	pool, err := db.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = pool.Close() }()
	require.EqualValues(t, 2, proxy.seen.Load(), "one attempt with TLS, one without")

	var held []*sql.Conn
	for range 5 {
		c, err := pool.Conn(t.Context())
		require.NoError(t, err)
		held = append(held, c)
	}
	require.EqualValues(t, 6, proxy.seen.Load(), "later connections try TLS again")
	for _, c := range held {
		require.NoError(t, c.Close())
	}
	require.NoError(t, pool.Close())
	require.Eventually(t, func() bool { return proxy.active.Load() == 0 }, 3*time.Minute, time.Millisecond, "a connection leaks")

	_, err = db.Open(t.Context(), dsn+"?sslmode=require")
	require.ErrorContains(t, err, "SSL is not enabled")
}

func TestOpenGivesUpOnASilentServerWithItsContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	silent := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			silent <- conn
		}
		cancel()
	}()
	_, err = db.Open(ctx, "postgres://me@"+listener.Addr().String()+"/mine?connect_timeout=3600")
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, (<-silent).Close())
	require.NoError(t, listener.Close())
}
