package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/graph"
)

const protocol = "graphql-transport-ws"

// peer is the client's end of a websocket.
type peer struct {
	*testing.T
	conn *websocket.Conn
}

// message is one of the subprotocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func (b *bench) dial(header http.Header, subprotocols ...string) (*peer, *http.Response, error) {
	b.Helper()
	dialer := websocket.Dialer{Subprotocols: subprotocols}
	conn, answer, err := dialer.DialContext(b.ctx, "ws"+strings.TrimPrefix(b.server.URL, "http"), header)
	if err != nil {
		return nil, answer, err
	}
	require.NoError(b, conn.SetReadDeadline(time.Now().Add(patience)))
	b.Cleanup(func() { _ = conn.Close() }) // the server may have closed it
	return &peer{b.T, conn}, answer, nil
}

// open dials without a word.
func (b *bench) open() *peer {
	b.Helper()
	p, _, err := b.dial(nil, protocol)
	require.NoError(b, err)
	return p
}

// connect dials and gets the acknowledgement.
func (b *bench) connect() *peer {
	b.Helper()
	p := b.open()
	p.say(`{"type": "connection_init", "payload": {}}`)
	require.Equal(p, message{Type: "connection_ack"}, p.hear())
	return p
}

func (p *peer) say(text string) {
	p.Helper()
	require.NoError(p, p.conn.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (p *peer) subscribe(id, query string) {
	p.Helper()
	require.NoError(p, p.conn.WriteJSON(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": query}}))
}

func (p *peer) hear() message {
	p.Helper()
	var m message
	require.NoError(p, p.conn.ReadJSON(&m))
	return m
}

// hearField expects data, and returns that of one root field.
func hearField[T any](p *peer, field string) T {
	p.Helper()
	m := p.hear()
	require.Equal(p, "next", m.Type, "%s", m.Payload)
	var payload struct {
		Data   map[string]T
		Errors []any
	}
	require.NoError(p, json.Unmarshal(m.Payload, &payload))
	require.Empty(p, payload.Errors)
	require.Contains(p, payload.Data, field)
	return payload.Data[field]
}

// hearClose expects nothing but a close frame, and returns its code.
func (p *peer) hearClose() int {
	p.Helper()
	_, data, err := p.conn.ReadMessage()
	require.Error(p, err, "%s", data)
	closed := (*websocket.CloseError)(nil)
	require.ErrorAs(p, err, &closed)
	return closed.Code
}

func TestSocketCloseCodes(t *testing.T) {
	b := setup(t, nil)
	const subscription = `"payload": {"query": "subscription { taskUpdated { kind } }"}`
	for name, c := range map[string]struct {
		messages []string
		code     int
	}{
		"not JSON":                   {[]string{`{`}, 4400},
		"two values":                 {[]string{`{"type": "ping"} {"type": "ping"}`}, 4400},
		"not an object":              {[]string{`[]`}, 4400},
		"no type":                    {[]string{`{}`}, 4400},
		"unknown type":               {[]string{`{"type": "start"}`}, 4400},
		"type of the server":         {[]string{`{"type": "connection_ack"}`}, 4400},
		"init payload not an object": {[]string{`{"type": "connection_init", "payload": 1}`}, 4400},
		"subscribe without id":       {[]string{`{"type": "connection_init"}`, `{"type": "subscribe", ` + subscription + `}`}, 4400},
		"subscribe without query":    {[]string{`{"type": "connection_init"}`, `{"type": "subscribe", "id": "1", "payload": {}}`}, 4400},
		"id not a string":            {[]string{`{"type": "connection_init"}`, `{"type": "subscribe", "id": 1, ` + subscription + `}`}, 4400},
		"ping payload not an object": {[]string{`{"type": "ping", "payload": "x"}`}, 4400},
		"pong payload not an object": {[]string{`{"type": "pong", "payload": [1]}`}, 4400},
		"subscribe before init":      {[]string{`{"type": "subscribe", "id": "1", ` + subscription + `}`}, 4401},
		"same id twice": {[]string{
			`{"type": "connection_init"}`, `{"type": "subscribe", "id": "1", ` + subscription + `}`,
			`{"type": "subscribe", "id": "1", ` + subscription + `}`,
		}, 4409},
		"init twice": {[]string{`{"type": "connection_init"}`, `{"type": "connection_init"}`}, 4429},
	} {
		p := b.open()
		for _, text := range c.messages {
			p.say(text)
		}
		if c.messages[0] == `{"type": "connection_init"}` {
			require.Equal(t, "connection_ack", p.hear().Type, name)
		}
		require.Equal(t, c.code, p.hearClose(), name)
	}

	binary := b.open()
	require.NoError(t, binary.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"type": "connection_init"}`)))
	require.Equal(t, 4400, binary.hearClose())

	for _, subprotocols := range [][]string{nil, {"graphql-ws"}} {
		p, _, err := b.dial(nil, subprotocols...)
		require.NoError(t, err)
		require.Equal(t, 4406, p.hearClose())
	}
}

func TestSocketThatNeverBegins(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.InitTimeout = 50 * time.Millisecond })
	p := b.open()
	require.NoError(t, p.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience)), "pings alone do not count")
	require.Equal(t, 4408, p.hearClose())
}

func TestOperationsOnASocket(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.MaxOperations = 2 })
	p := b.connect()

	p.say(`{"type": "ping", "payload": {"n": 1}}`)
	require.Equal(t, message{Type: "pong", Payload: json.RawMessage(`{"n":1}`)}, p.hear())
	p.say(`{"type": "pong"}`)

	p.subscribe("query", `{ taskTypes { type } }`)
	require.Equal(t, "next", p.hear().Type)
	require.Equal(t, message{ID: "query", Type: "complete"}, p.hear())

	p.subscribe("query", `{ nothing }`) // the id is free again
	refused := p.hear()
	require.Equal(t, "error", refused.Type)
	require.Contains(t, string(refused.Payload), `[{"message":"Cannot query field`)

	p.subscribe("query", `{ tasks(first: 100) { nodes { dependsOn(first: 100) { nodes { history(first: 100) { nodes { at } } } } } } }`)
	require.Contains(t, string(p.hear().Payload), "LIMIT_EXCEEDED", "and no complete follows an error")

	p.subscribe("a", `subscription { taskUpdated { kind } }`)
	p.subscribe("b", `subscription { taskUpdated { kind } }`)
	p.subscribe("c", `subscription { taskUpdated { kind } }`)
	third := p.hear()
	require.Equal(t, "c", third.ID)
	require.Equal(t, "error", third.Type)
	require.Contains(t, string(third.Payload), "LIMIT_EXCEEDED")

	for range 3 { // a stopped subscription is not answered, and frees its id at once
		p.say(`{"type": "complete", "id": "a"}`)
		p.subscribe("a", `subscription { taskUpdated(snapshot: true) { kind } }`)
	}
	p.say(`{"type": "complete", "id": "unknown"}`)
	p.say(`{"type": "ping"}`)
	require.Equal(t, message{Type: "pong"}, p.hear())
}

func TestFloodClosesTheSocket(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.MessagesPerSecond = 1 })
	p := b.connect()
	require.Equal(t, websocket.ClosePolicyViolation, p.flood(func() error {
		return p.conn.WriteMessage(websocket.TextMessage, []byte(`{"type": "pong"}`))
	}))
	pings := b.connect()
	require.Equal(t, websocket.ClosePolicyViolation, pings.flood(func() error {
		return pings.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience))
	}))
}

// flood sends until the server closes, and returns with which code it does.
func (p *peer) flood(send func() error) (code int) {
	p.Helper()
	closed := make(chan struct{})
	var sending sync.WaitGroup
	defer sending.Wait()
	defer close(closed)
	sending.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for send() == nil {
			select {
			case <-ticker.C:
			case <-closed:
				return
			}
		}
	})
	return p.hearClose()
}

func TestMessageThatIsTooLarge(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.MaxMessageBytes = 1_000 })
	p := b.connect()
	p.say(`{"type": "ping", "payload": {"text": "` + strings.Repeat("x", 1_000) + `"}}`)
	require.Equal(t, websocket.CloseMessageTooBig, p.hearClose())
}

func TestSocketsOfOtherSitesAreRefused(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.AllowedOrigins = []string{"https://friend.example"} })
	for origin, allowed := range map[string]bool{
		b.server.URL: true, "https://friend.example": true, "https://evil.example": false, "null": false,
		"https://friend.example.evil.example": false, "http://friend.example": false,
	} {
		_, answer, err := b.dial(http.Header{"Origin": {origin}}, protocol)
		if allowed {
			require.NoError(t, err, origin)
			continue
		}
		require.Error(t, err, origin)
		require.Equal(t, http.StatusForbidden, answer.StatusCode, origin)
	}
}

func TestShutdownSendsClientsToTheNextServer(t *testing.T) {
	b := setup(t, nil)
	p := b.connect()
	p.subscribe("1", `subscription { taskUpdated { kind } }`)
	require.NoError(t, b.api.Shutdown(b.ctx))
	require.Equal(t, websocket.CloseServiceRestart, p.hearClose())
	_, answer, err := b.dial(nil, protocol)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
}

func TestShutdownCutsOffClientsThatDoNotAnswer(t *testing.T) {
	b := setup(t, nil)
	b.connect() // reads nothing, so it does not see the close frame
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	require.ErrorIs(t, b.api.Shutdown(ctx), context.Canceled)
	require.NoError(t, b.api.Shutdown(b.ctx))
}

func TestSubscriptionThatTheFeedEndsIsNotComplete(t *testing.T) {
	b := setup(t, nil)
	p := b.connect()
	p.subscribe("1", `subscription { taskUpdated(snapshot: true) { kind } }`)
	b.create(map[string]any{"type": embed})
	require.Equal(t, "next", p.hear().Type)
	b.tasks.Stop(b.ctx)
	require.Equal(t, websocket.CloseTryAgainLater, p.hearClose())
}

func TestSubscriptionThatCannotBeginNowIsTriedAgain(t *testing.T) {
	b := setup(t, nil)
	p := b.connect()
	b.tasks.Stop(b.ctx) // as when the database is down: the client has made no mistake
	p.subscribe("1", `subscription { taskUpdated { kind } }`)
	require.Contains(t, string(p.hear().Payload), `"INTERNAL"`)
	require.Equal(t, websocket.CloseTryAgainLater, p.hearClose())
}

func TestSilentClientIsCutOff(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.PingInterval = 500 * time.Millisecond })
	for pinged := false; !pinged; { // a busy machine may be late with the ping, too
		require.NoError(t, b.ctx.Err(), "no client was asked before it was cut off")
		p := b.connect()
		p.conn.SetPingHandler(func(string) error {
			pinged = true
			return nil // a client that has gone does not answer
		})
		_, _, err := p.conn.ReadMessage()
		require.Error(t, err)
		require.False(t, websocket.IsCloseError(err, websocket.CloseNormalClosure))
	}
	b.untilLogged("the client answers no ping")
}

// untilLogged waits until the server has said something.
func (b *bench) untilLogged(what string) {
	b.Helper()
	require.Eventually(b, func() bool { return strings.Contains(b.log.String(), what) }, patience, pollInterval)
}

func TestClientThatAnswersPingsStays(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) { o.Websocket.PingInterval = 300 * time.Millisecond })
	const enough = 5                        // one that answers none is cut off after two
	for answered := 0; answered < enough; { // on a busy machine an answer may be late: then another has its turn
		require.NoError(t, b.ctx.Err(), "no client stayed")
		answered = 0
		p := b.connect()
		answer := p.conn.PingHandler()
		p.conn.SetPingHandler(func(data string) error {
			if answered++; answered == enough {
				return io.EOF
			}
			return answer(data)
		})
		_, _, err := p.conn.ReadMessage()
		require.Error(t, err)
	}
}

// A client that only sends, pongs among it, does not read what it is sent.
func TestClientThatOnlySendsIsCutOff(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) {
		o.Websocket.PingInterval = 300 * time.Millisecond
		o.Websocket.MessagesPerSecond = 1_000
	})
	p := b.connect()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for err := error(nil); err == nil; <-ticker.C {
		require.NoError(t, b.ctx.Err(), "it was not cut off")
		err = errors.Join(
			p.conn.WriteMessage(websocket.TextMessage, []byte(`{"type": "pong"}`)),
			p.conn.WriteControl(websocket.PongMessage, []byte("guess"), time.Now().Add(patience)),
		)
	}
	b.untilLogged("the client answers no ping")
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	b := setup(t, nil, func(o *graph.Options) {
		o.Websocket.WriteTimeout = 2 * time.Second // of the other client, too, on a busy machine
		o.Websocket.MessagesPerSecond = 1_000
		o.Websocket.MaxOperations = 1_000
	})
	p := b.connect()
	tcp, ok := p.conn.NetConn().(*net.TCPConn)
	require.True(t, ok)
	require.NoError(t, tcp.SetReadBuffer(4<<10)) // the kernel would read some megabytes for it
	const operations = 150
	for i := range operations { // each answer has some 100 kB
		require.NoError(t, p.conn.SetWriteDeadline(time.Now().Add(patience)))
		err := p.conn.WriteJSON(map[string]any{"id": fmt.Sprint(i), "type": "subscribe", "payload": map[string]any{"query": introspection}})
		if err != nil {
			break // it was cut off already
		}
	}
	b.untilLogged("the client does not read")
	other := b.connect()
	other.subscribe("1", `{ taskTypes { type } }`)
	require.Equal(t, "next", other.hear().Type)
}

const introspection = `{ __schema { types { name description fields { name description type { name kind ofType { name kind } }
	args { name description type { name } } } inputFields { name description } enumValues { name description } } } }`
