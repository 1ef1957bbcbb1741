package dbtest

import (
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy stands between a client and PostgreSQL and can do what networks do: stop forwarding without closing anything, cut
// connections, lose an answer.
type Proxy struct {
	listener net.Listener
	network  string // of the server
	address  string
	closing  chan struct{}
	done     sync.WaitGroup

	mu    sync.Mutex // protects the rest
	pairs map[*pair]bool
	thaw  chan struct{} // closed when forwarding goes on; nil: it does
	lose  string        // answers with rows to statements that contain it are lost, and the connection with them
	lost  int
	down  bool // new connections are refused
	gone  int  // how many were
}

// pair is one connection through the proxy.
type pair struct {
	client, server net.Conn

	mu       sync.Mutex // protects the rest
	said     strings.Builder
	halfOpen bool // nothing is forwarded any more
}

// NewProxy returns a proxy to the server of dsn, and the DSN that leads through it.
func NewProxy(t testing.TB, dsn string) (*Proxy, string) {
	t.Helper()
	parsed, err := url.Parse(dsn)
	require.NoError(t, err)
	query := parsed.Query()
	p := &Proxy{pairs: map[*pair]bool{}, closing: make(chan struct{})}
	p.network, p.address = "tcp", parsed.Host
	if dir := query.Get("host"); strings.HasPrefix(dir, "/") {
		p.network, p.address = "unix", filepath.Join(dir, ".s.PGSQL."+query.Get("port"))
	}
	p.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.spawn(p.accept)
	t.Cleanup(p.close)
	parsed.Host = p.listener.Addr().String()
	query.Del("host")
	query.Del("port")
	parsed.RawQuery = query.Encode()
	return p, parsed.String()
}

func (p *Proxy) spawn(f func()) {
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		f()
	}()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.isDown() {
			_ = client.Close()
			continue
		}
		server, err := net.Dial(p.network, p.address)
		if err != nil { // the server is down
			_ = client.Close()
			continue
		}
		c := &pair{client: client, server: server}
		p.mu.Lock()
		p.pairs[c] = true
		p.mu.Unlock()
		p.spawn(func() { p.forward(c, client, server, c.listen) })
		p.spawn(func() { p.forward(c, server, client, func(b []byte) bool { return p.answer(c, b) }) })
	}
}

// forward copies until either end closes. look sees what is forwarded and may refuse it.
func (p *Proxy) forward(c *pair, from, to net.Conn, look func([]byte) bool) {
	defer c.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !look(buffer[:n]) {
				return
			}
			if !p.await(c) {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *pair) close() {
	_ = c.client.Close()
	_ = c.server.Close()
}

// listen remembers the statements that a client prepares.
func (c *pair) listen(b []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said.Write(b)
	return true
}

// answer loses an answer, once, if it was told to and the answer holds rows: a BindComplete and then a DataRow.
func (p *Proxy) answer(c *pair, b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lose == "" || len(b) < 6 || b[0] != '2' || b[5] != 'D' {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !strings.Contains(c.said.String(), p.lose) {
		return true
	}
	p.lose = ""
	p.lost++
	return false
}

// LoseAnswer has the next answer with rows to a statement that contains text be lost.
func (p *Proxy) LoseAnswer(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = text
}

// Losses returns how many answers were lost.
func (p *Proxy) Losses() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// await waits while the pair is not to forward; false: for good.
func (p *Proxy) await(c *pair) bool {
	p.mu.Lock()
	thaw := p.thaw
	p.mu.Unlock()
	if thaw != nil {
		select {
		case <-thaw:
		case <-p.closing:
			return false
		}
	}
	c.mu.Lock()
	halfOpen := c.halfOpen
	c.mu.Unlock()
	if halfOpen {
		<-p.closing
	}
	return !halfOpen
}

// Freeze stops forwarding on all connections, also on new ones.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thaw = make(chan struct{})
}

// Resume forwards again, what was held back too.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thaw != nil {
		close(p.thaw)
		p.thaw = nil
	}
}

// Strand leaves half-open for good what is open and has said something: nothing of it ever arrives, not even its end. New
// connections work.
func (p *Proxy) Strand(said string) {
	p.mu.Lock()
	for c := range p.pairs {
		c.mu.Lock()
		c.halfOpen = c.halfOpen || strings.Contains(c.said.String(), said)
		c.mu.Unlock()
	}
	p.mu.Unlock()
	p.Resume()
}

func (p *Proxy) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		p.gone++
	}
	return p.down
}

// Refuse cuts all connections and takes no more.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.cut()
}

// Refusals returns how many connections were refused.
func (p *Proxy) Refusals() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// cut closes all connections.
func (p *Proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.close()
	}
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	close(p.closing)
	p.cut()
	p.done.Wait()
}

// Sayings returns on how many connections something was said.
func (p *Proxy) Sayings(text string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for c := range p.pairs {
		c.mu.Lock()
		if strings.Contains(c.said.String(), text) {
			n++
		}
		c.mu.Unlock()
	}
	return n
}
