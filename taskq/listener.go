package taskq

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/lib/pq"
)

// listener turns NOTIFY into doorbells. It only drains: a LISTEN backend whose client does not read holds back vacuum for
// the whole database, so nothing here ever waits for a consumer. Whatever is lost while the connection is down is found
// by polling.
type listener struct {
	dsn    string
	bells  *doorbells
	log    *slog.Logger
	timing *timing
	vitals *vitals
}

// run listens until ctx ends. lib/pq reconnects by itself.
func (l *listener) run(ctx context.Context) {
	dialer := &watchedDialer{}
	conn := pq.NewDialListener(dialer, named(l.dsn, listenerName), 50*time.Millisecond, 5*time.Second, func(event pq.ListenerEventType, err error) {
		l.count(event)
		if ctx.Err() == nil {
			l.logEvent(event, err)
		}
	})
	for channel, bell := range l.bells.byChannel() {
		go func() { // waits for the connection; returns at the latest when it is closed
			if conn.Listen(channel) == nil {
				bell.ring() // for what happened before
			}
		}()
	}
	stopWatchdog := l.watch(ctx, conn, dialer)
	l.drain(ctx, conn)
	stopWatchdog()
	closeListener(conn, dialer)
}

func (l *listener) drain(ctx context.Context, conn *pq.Listener) {
	bells := l.bells.byChannel()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-conn.Notify:
			if n == nil { // reconnected: anything may have been missed
				l.bells.ringAll()
			} else if bell, ok := bells[n.Channel]; ok {
				bell.ring()
			}
		}
	}
}

// closeListener drains while it closes: lib/pq's Close leaves goroutines behind when its channel is full.
func closeListener(conn *pq.Listener, dialer *watchedDialer) {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range conn.Notify {
		}
	}()
	dialer.closeConns() // Close waits for a lock that a Listen or Ping on a dead connection may hold
	_ = conn.Close()
	<-drained
}

// watch pings now and then and closes the connection when no answer comes: on a half-open connection lib/pq's Ping waits
// for ever. The returned function waits for its end.
func (l *listener) watch(ctx context.Context, conn *pq.Listener, dialer *watchedDialer) func() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(l.timing.watchdogPing)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				l.ping(conn, dialer)
			}
		}
	}()
	return func() { <-done }
}

func (l *listener) ping(conn *pq.Listener, dialer *watchedDialer) {
	deadline := time.AfterFunc(l.timing.watchdogDead, func() {
		l.log.Warn("the LISTEN connection does not answer; reconnecting")
		dialer.closeConns()
	})
	defer deadline.Stop()
	_ = conn.Ping() // an error means that lib/pq is reconnecting already
}

func (l *listener) count(event pq.ListenerEventType) {
	l.vitals.listening.Store(event == pq.ListenerEventConnected || event == pq.ListenerEventReconnected)
	if event == pq.ListenerEventReconnected {
		l.vitals.reconnects.Add(1)
	}
}

// named returns the DSN, a URL or a list of settings, with another application_name. A DSN that is neither is for the
// driver to refuse.
func named(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return dsn + " application_name='" + name + "'"
	}
	query := u.Query()
	query.Set("application_name", name)
	u.RawQuery = query.Encode()
	return u.String()
}

func (l *listener) logEvent(event pq.ListenerEventType, err error) {
	switch event {
	case pq.ListenerEventDisconnected, pq.ListenerEventConnectionAttemptFailed:
		l.log.Warn("the LISTEN connection is down; polling meanwhile", "error", err)
	case pq.ListenerEventReconnected:
		l.log.Info("the LISTEN connection is back")
	case pq.ListenerEventConnected:
	}
}

// watchedDialer knows the connections that it dialled, so that a watchdog can close them.
type watchedDialer struct {
	mu    sync.Mutex // protects the rest
	conns map[*watchedConn]struct{}
	shut  bool // dials no more
}

var errShut = errors.New("no answer in time")

// watchedConn tells its dialer when it is closed.
type watchedConn struct {
	net.Conn
	dialer *watchedDialer
}

// Close closes the connection. It is part of net.Conn.
func (c *watchedConn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.conns, c)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}

// Dial connects within a minute. It is part of lib/pq's Dialer.
func (d *watchedDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, time.Minute)
}

// DialTimeout connects with the kernel's keepalive on, and with TCP_USER_TIMEOUT where there is one.
func (d *watchedDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout:         timeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         setUserTimeout,
	}
	conn, err := dialer.Dial(network, address)
	if err != nil {
		return nil, err
	}
	watched := &watchedConn{Conn: conn, dialer: d}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return nil, errors.Join(errShut, conn.Close())
	}
	if d.conns == nil {
		d.conns = map[*watchedConn]struct{}{}
	}
	d.conns[watched] = struct{}{}
	return watched, nil
}

func (d *watchedDialer) closeConns() {
	d.mu.Lock()
	conns := slices.Collect(maps.Keys(d.conns))
	d.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// setShut closes what there is and lets nothing be dialled, or allows it again.
func (d *watchedDialer) setShut(shut bool) {
	d.mu.Lock()
	d.shut = shut
	d.mu.Unlock()
	if shut {
		d.closeConns()
	}
}
