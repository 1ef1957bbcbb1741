// Package httpserver listens and serves HTTP, with TLS where it is told a certificate. internal/app tells it what to serve.
package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Options say where to serve, and what.
type Options struct {
	Listen   string // host:port; port 0 takes a free one
	CertFile string // PEM; empty: plain HTTP
	KeyFile  string
	Handler  http.Handler
	Logger   *slog.Logger
}

// Bodies and answers have deadlines of their own: an upload may take long, a subscription longer.
const (
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// A browser that was here once comes by TLS only, for a year: RFC 6797.
	strictTransport = "max-age=31536000"
)

// Server is a server that serves. Stop it with Shutdown.
type Server struct {
	http   *http.Server
	url    string
	failed chan error
}

// Start listens and serves from then on. Errors: the address cannot be listened on; the certificate is unusable.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{failed: make(chan error, 1), url: "http://"}
	s.http = &http.Server{
		Handler: withoutSniffing(o.Handler), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug), // scanners and broken clients: nobody's business
	}
	if o.CertFile != "" {
		certificate, err := loadCertificate(o.CertFile, o.KeyFile, o.Logger)
		if err != nil {
			return nil, err
		}
		s.url, s.http.TLSConfig, s.http.Handler = "https://", certificate.config(), withStrictTransport(s.http.Handler)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	s.url += listener.Addr().String()
	go func() { s.failed <- s.serve(listener) }()
	return s, nil
}

func (s *Server) serve(listener net.Listener) error {
	if s.http.TLSConfig == nil {
		return s.http.Serve(listener)
	}
	return s.http.ServeTLS(listener, "", "")
}

// URL is where the server is reached.
func (s *Server) URL() string { return s.url }

// Failed gets the reason when the server ends by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Shutdown takes no more requests and waits for those that run, or cuts them off when ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// withoutSniffing has browsers take every answer as what it says it is.
func withoutSniffing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

func withStrictTransport(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", strictTransport)
		next.ServeHTTP(w, r)
	})
}
