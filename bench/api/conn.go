package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// conn asks one query over one connection, again and again. net/http's client passes each request through three goroutines, which
// takes as much of the processors that the servers need as a server's answer does.
type conn struct {
	net.Conn
	reader  *bufio.Reader
	request []byte
	body    bytes.Buffer
}

// dial connects to a server to POST body to its GraphQL endpoint.
func dial(ctx context.Context, url string, body []byte) (*conn, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	var text bytes.Buffer
	if err := request.Write(&text); err != nil {
		return nil, err
	}
	connected, err := (&net.Dialer{}).DialContext(ctx, "tcp", request.URL.Host)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: connected, reader: bufio.NewReaderSize(connected, 64<<10), request: text.Bytes()}, nil
}

// ask sends the request and returns the body of the answer, which holds until the next one.
func (c *conn) ask() ([]byte, error) {
	if _, err := c.Write(c.request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	c.body.Reset()
	if _, err := io.Copy(&c.body, answer.Body); err != nil {
		return nil, err
	}
	switch {
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %.500s", answer.Status, c.body.Bytes())
	case answer.Close:
		return nil, errors.New("the server keeps no connections")
	}
	return c.body.Bytes(), nil
}
