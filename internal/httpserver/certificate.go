package httpserver

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkInterval is how long files are believed to be unchanged.
const checkInterval = time.Second

// certificate is one from files that are renewed while the server runs, as ACME clients and Kubernetes do.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate // guarded by mu
	version version          // guarded by mu: of the files when they were last read
	checked time.Time        // guarded by mu
}

// version tells one state of the files from another.
type version struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

// loadCertificate reads the certificate chain and its key, both PEM. Errors: they cannot be read, or do not belong together.
func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	err := c.reload()
	return c, err
}

// config returns the configuration of a server: TLS 1.2 and later, HTTP/2 and HTTP/1.1, with the files' certificate as it
// is at each handshake.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: c.get}
}

// get keeps the last good certificate while the files are broken: a renewal writes one after the other.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < checkInterval {
		return c.loaded, nil
	}
	c.checked = time.Now()
	now, err := c.stat()
	if err != nil || now == c.version {
		return c.loaded, nil // files that are away for a moment come back
	}
	if err := c.reload(); err != nil {
		c.log.Warn("the new TLS certificate is not usable; the old one stays", "error", err)
		return c.loaded, nil
	}
	c.log.Info("the TLS certificate was renewed", "expires", c.loaded.Leaf.NotAfter)
	return c.loaded, nil
}

// reload reads the files. The version is that of before, so that a change meanwhile is seen at the next look.
func (c *certificate) reload() error {
	now, err := c.stat()
	if err != nil {
		return fmt.Errorf("finding the TLS certificate: %w", err)
	}
	c.version = now
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("reading the TLS certificate: %w", err)
	}
	c.loaded = &loaded
	return nil
}

func (c *certificate) stat() (version, error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return version{}, err
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return version{}, err
	}
	return version{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}
