package db

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"
)

const (
	applicationName = "taskwire"
	connectTimeout  = 10 * time.Second
)

// CompleteDSN returns dsn with what Open assumes where neither it nor the PG* environment says otherwise:
// application_name=taskwire, connect_timeout=10 (seconds; without it lib/pq waits for good on a server that accepts and
// says nothing), sslmode=prefer (as libpq; lib/pq alone would insist on TLS). For what takes a DSN and not a pool, such as
// pq.NewListener.
func CompleteDSN(dsn string) (string, error) {
	given, err := pq.NewConfig(dsn)
	if err != nil {
		return "", dsnError(err)
	}
	missing := url.Values{}
	if given.ApplicationName == "" {
		missing.Set("application_name", applicationName)
	}
	if given.ConnectTimeout == 0 {
		missing.Set("connect_timeout", fmt.Sprint(int(connectTimeout.Seconds())))
	}
	if given.SSLMode == "" {
		missing.Set("sslmode", string(pq.SSLModePrefer))
	}
	return withParameters(dsn, missing), nil
}

// parseDSN is CompleteDSN for a connection made here.
func parseDSN(dsn string) (pq.Config, error) {
	complete, err := CompleteDSN(dsn)
	if err != nil {
		return pq.Config{}, err
	}
	cfg, err := pq.NewConfig(complete)
	if err != nil {
		return pq.Config{}, dsnError(err)
	}
	return cfg, nil
}

func withParameters(dsn string, add url.Values) string {
	if len(add) == 0 {
		return dsn
	}
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		for key := range add {
			dsn += " " + key + "=" + add.Get(key)
		}
		return strings.TrimSpace(dsn)
	}
	switch base, query, found := strings.Cut(dsn, "?"); {
	case found && query != "":
		return base + "?" + query + "&" + add.Encode()
	default:
		return base + "?" + add.Encode()
	}
}

// dsnError leaves the DSN itself, which holds the password, out of what net/url says about it.
func dsnError(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		err = parse.Err
	}
	return fmt.Errorf("read PostgreSQL DSN: %w", err)
}

// target names where cfg leads, for error messages.
func target(cfg pq.Config) string {
	where := fmt.Sprintf("host %s port %d", cfg.Host, cfg.Port)
	if strings.HasPrefix(cfg.Host, "/") {
		where = "socket directory " + cfg.Host
	}
	database := cfg.Database
	if database == "" {
		database = cfg.User // the server's own default
	}
	return fmt.Sprintf("%s, database %s, user %s", where, database, cfg.User)
}
