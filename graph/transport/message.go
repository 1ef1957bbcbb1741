package transport

import (
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// subprotocol is the only one spoken: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Its predecessor,
// which confusingly is called graphql-ws, has no close codes and is no longer maintained.
const subprotocol = "graphql-transport-ws"

// Close codes. Those from 4400 on are the subprotocol's; the client library graphql-ws reconnects after 1012 and 1013 and
// gives up after the others, but for 4403 and 4408.
const (
	closePolicy         = 1008
	closeRestart        = 1012
	closeTryAgain       = 1013
	closeBadRequest     = 4400
	closeUnauthorized   = 4401
	closeForbidden      = 4403
	closeNoSubprotocol  = 4406
	closeInitTimeout    = 4408
	closeDuplicate      = 4409
	closeTooManyInits   = 4429
	maxCloseReasonBytes = 123 // RFC 6455, 5.5
)

// The types of messages.
const (
	messageInit      = "connection_init"
	messageAck       = "connection_ack"
	messagePing      = "ping"
	messagePong      = "pong"
	messageSubscribe = "subscribe"
	messageNext      = "next"
	messageError     = "error"
	messageComplete  = "complete"
)

const maxOperationIDLength = 255

// inbound is a message from the client.
type inbound struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// outbound is a message to the client.
type outbound struct {
	ID      string `json:"id,omitempty"`
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
}

// appendNext appends the message of a result. id is what the client chose.
func appendNext(to []byte, id string, payload []byte) []byte {
	to = append(to, `{"id":`...)
	to = append(to, encode(id)...)
	to = append(to, `,"type":"next","payload":`...)
	to = append(to, payload...)
	return append(to, '}')
}

var errBadMessage = errors.New("not a message of the subprotocol")

// decodeMessage reads what the client sent and checks its form.
func decodeMessage(data []byte) (inbound, error) {
	m := inbound{}
	if err := decodeJSON(data, &m); err != nil {
		return m, errBadMessage
	}
	needsID := m.Type == messageSubscribe || m.Type == messageComplete
	if needsID && (m.ID == "" || len(m.ID) > maxOperationIDLength) {
		return m, errBadMessage
	}
	return m, nil
}

// object returns the payload as a JSON object; nil when there is none.
func (m *inbound) object() (map[string]any, error) {
	if len(m.Payload) == 0 {
		return nil, nil //nolint:nilnil // no payload is a payload that says nothing
	}
	var object map[string]any
	if err := decodeJSON(m.Payload, &object); err != nil {
		return nil, errBadMessage
	}
	return object, nil
}

// params returns the operation of a subscribe message.
func (m *inbound) params() (*graphql.RawParams, error) {
	params, err := decodeParams(m.Payload)
	if err != nil {
		return nil, errBadMessage
	}
	return params, nil
}
