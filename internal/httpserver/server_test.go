package httpserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taskwire/taskwire/internal/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 3 * time.Minute

// files are a certificate and its key on disk.
type files struct {
	*testing.T
	cert, key string
	roots     *x509.CertPool
}

func newFiles(t *testing.T) *files {
	t.Helper()
	dir := t.TempDir()
	f := &files{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()}
	f.renew("first")
	return f
}

// renew writes a new certificate of that name, the key first, as a careless tool would.
func (f *files) renew(name string) {
	f.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(f, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(f, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(f, err)
	f.roots.AddCert(parsed)
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(f, err)
	require.NoError(f, os.WriteFile(f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedKey}), 0o600))
	require.NoError(f, os.WriteFile(f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

func (f *files) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: f.roots.Clone()}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
}

func start(t *testing.T, o httpserver.Options) *httpserver.Server {
	t.Helper()
	o.Listen, o.Logger = "127.0.0.1:0", slog.New(slog.NewTextHandler(t.Output(), nil))
	server, err := httpserver.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, server.Shutdown(ctx))
		require.ErrorIs(t, <-server.Failed(), http.ErrServerClosed)
	})
	return server
}

func hello(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Proto)) }

func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer
}

func TestPlainHTTPPromisesNoTLS(t *testing.T) {
	t.Parallel()
	server := start(t, httpserver.Options{Handler: http.HandlerFunc(hello)})
	answer := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, server.URL())
	require.Empty(t, answer.Header.Get("Strict-Transport-Security"))
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
}

func TestTLSServesHTTP2AndFollowsItsFiles(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	server := start(t, httpserver.Options{CertFile: f.cert, KeyFile: f.key, Handler: http.HandlerFunc(hello)})
	require.True(t, strings.HasPrefix(server.URL(), "https://"))
	answer := get(t, f.client(), server.URL())
	require.Equal(t, 2, answer.ProtoMajor)
	require.Equal(t, "max-age=31536000", answer.Header.Get("Strict-Transport-Security"))
	require.Equal(t, "first", answer.TLS.PeerCertificates[0].Subject.CommonName)

	require.NoError(t, os.WriteFile(f.cert, []byte("half a certi"), 0o600))
	require.Equal(t, "first", get(t, f.client(), server.URL()).TLS.PeerCertificates[0].Subject.CommonName)
	f.renew("second")
	require.Eventually(t, func() bool {
		return get(t, f.client(), server.URL()).TLS.PeerCertificates[0].Subject.CommonName == "second"
	}, patience, 20*time.Millisecond)
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	server := start(t, httpserver.Options{CertFile: f.cert, KeyFile: f.key, Handler: http.HandlerFunc(hello)})
	_, err := new(tls.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL(), "https://"))
	require.Error(t, err, "nobody has vouched for it")
	old := &tls.Dialer{Config: &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}} //nolint:gosec // that is the point
	_, err = old.DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL(), "https://"))
	require.ErrorContains(t, err, "protocol version")
}

func TestWebsocketsWorkOverTLS(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	server := start(t, httpserver.Options{CertFile: f.cert, KeyFile: f.key, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		_ = conn.WriteMessage(websocket.TextMessage, []byte("hello"))
		_ = conn.Close()
	})})
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: f.roots}}
	conn, answer, err := dialer.DialContext(t.Context(), "wss"+strings.TrimPrefix(server.URL(), "https"), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	_, text, err := conn.ReadMessage()
	require.NoError(t, err)
	require.Equal(t, "hello", string(text))
	require.NoError(t, conn.Close())
}

func TestAnUnusableCertificateIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	other := newFiles(t)
	for _, o := range []httpserver.Options{{CertFile: f.cert, KeyFile: other.key}, {CertFile: "missing.pem", KeyFile: f.key}} {
		o.Listen, o.Logger = "127.0.0.1:0", slog.New(slog.DiscardHandler)
		_, err := httpserver.Start(t.Context(), o)
		require.ErrorContains(t, err, "TLS certificate")
	}
}
