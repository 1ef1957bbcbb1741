// Package globalid makes the ids that the API shows: one for each thing among all things, whatever its kind. The GraphQL
// and the REST routes share it.
package globalid

import (
	"encoding/base64"

	"github.com/google/uuid"
)

// Kind is what an id belongs to.
type Kind byte

// The kinds. They are part of ids that clients keep: none may change its letter.
const (
	APIKey   Kind = 'K'
	Chunk    Kind = 'C'
	Document Kind = 'D'
	Product  Kind = 'P'
	Task     Kind = 'T'
	Worker   Kind = 'W'
)

// New returns the id of a thing: its kind and its UUID, unreadable on purpose. It has 23 characters and fits a URL.
func New(k Kind, id uuid.UUID) string {
	raw := append([]byte{byte(k)}, id[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Parse is the reverse of New. False: text is not the id of anything.
func Parse(text string) (Kind, uuid.UUID, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 1+len(uuid.UUID{}) {
		return 0, uuid.UUID{}, false
	}
	return Kind(raw[0]), uuid.UUID(raw[1:]), true
}

// Find reads how a client names a thing of one kind: by its id, or by its UUID. False: it is neither.
func Find(k Kind, text string) (uuid.UUID, bool) {
	if found, id, ok := Parse(text); ok {
		return id, found == k
	}
	if len(text) != 36 { // uuid.Parse takes other forms, too
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}
