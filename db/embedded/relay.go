package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Limits in bytes to what is downloaded. Archives are about 10 to 40 MB, sums 64 bytes.
const (
	archiveLimit = 256 << 20
	sumLimit     = 1 << 10
)

// relay stands between the library and the repository, on a loopback port, for what the library does not do: it insists
// on the checksum where the library goes on without, has timeouts, follows ctx, tells the progress, and keeps the reason
// of a failure.
type relay struct {
	repository string
	work       string // for the archive while it is checked
	logger     *slog.Logger
	client     *http.Client
	listener   net.Listener
	server     *http.Server
	served     chan struct{}

	mu  sync.Mutex
	err error // the first failure; guarded by mu
}

func startRelay(ctx context.Context, repository, work string, logger *slog.Logger) (*relay, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the download: %w", err)
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		DisableKeepAlives:     true,
	}
	r := &relay{
		repository: strings.TrimSuffix(repository, "/"), work: work, logger: logger,
		client: &http.Client{Transport: transport}, listener: listener, served: make(chan struct{}),
	}
	r.server = &http.Server{
		Handler:           r,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	r.server.SetKeepAlivesEnabled(false)
	go func() {
		defer close(r.served)
		_ = r.server.Serve(listener) // ends with stop
	}()
	return r, nil
}

func (r *relay) url() string { return "http://" + r.listener.Addr().String() }

// stop ends the relay and returns why it refused something, if it did.
func (r *relay) stop() error {
	closeErr := r.server.Close()
	<-r.served
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, closeErr)
}

func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	err := r.serve(w, request)
	if err == nil {
		return
	}
	r.mu.Lock()
	r.err = errors.Join(r.err, err)
	r.mu.Unlock()
	http.Error(w, err.Error(), http.StatusBadGateway)
}

func (r *relay) serve(w http.ResponseWriter, request *http.Request) error {
	if strings.HasSuffix(request.URL.Path, ".sha256") {
		return r.serveSum(request.Context(), w, request.URL.Path)
	}
	return r.serveArchive(request.Context(), w, request.URL.Path)
}

func (r *relay) serveSum(ctx context.Context, w http.ResponseWriter, path string) error {
	sum, err := r.sum(ctx, path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, sum)
	return err
}

// serveArchive hands out an archive only when its checksum is right.
func (r *relay) serveArchive(ctx context.Context, w http.ResponseWriter, path string) error {
	sum, err := r.sum(ctx, path+".sha256")
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(r.work, "archive.jar"))
	if err != nil {
		return fmt.Errorf("keep archive: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	size, err := r.get(ctx, path, io.MultiWriter(file, hash), archiveLimit)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return fmt.Errorf("the archive's SHA-256 is %s, not %s as published", got, sum)
	}
	w.Header().Set("Content-Length", fmt.Sprint(size))
	_, err = io.Copy(w, io.NewSectionReader(file, 0, size))
	return err
}

// sum is a published SHA-256 in hex.
func (r *relay) sum(ctx context.Context, path string) (string, error) {
	var text strings.Builder
	if _, err := r.get(ctx, path, &text, sumLimit); err != nil {
		return "", fmt.Errorf("get checksum: %w", err)
	}
	sum := strings.ToLower(strings.TrimSpace(text.String()))
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha256.Size {
		return "", errors.New("get checksum: the repository's answer is not a SHA-256")
	}
	return sum, nil
}

// get writes a file of the repository, of at most limit bytes, to w and returns its size.
func (r *relay) get(ctx context.Context, path string, w io.Writer, limit int64) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.repository+path, nil)
	if err != nil {
		return 0, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("get %s: %s", request.URL, response.Status)
	}
	progress := &progress{logger: r.logger, total: response.ContentLength, next: time.Now().Add(progressEvery)}
	size, err := io.Copy(io.MultiWriter(w, progress), io.LimitReader(response.Body, limit+1))
	if err == nil && size > limit {
		err = fmt.Errorf("it is larger than %d bytes", limit)
	}
	if err != nil {
		return size, fmt.Errorf("get %s: %w", request.URL, err)
	}
	return size, nil
}
