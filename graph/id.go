package graph

import (
	"encoding/base64"

	"github.com/google/uuid"
)

// kind is what a global id belongs to.
type kind byte

// The kinds. They are part of ids that clients keep: none may change its letter.
const (
	kindChunk    kind = 'C'
	kindDocument kind = 'D'
	kindProduct  kind = 'P'
	kindTask     kind = 'T'
	kindWorker   kind = 'W'
)

// globalID returns the id of a thing among all things: its kind and its UUID, unreadable on purpose. It is 23 characters
// long and fits a URL.
func globalID(k kind, id uuid.UUID) string {
	raw := append([]byte{byte(k)}, id[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parseGlobalID is the reverse of globalID. False: it is not the id of anything.
func parseGlobalID(text string) (kind, uuid.UUID, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 1+len(uuid.UUID{}) {
		return 0, uuid.UUID{}, false
	}
	return kind(raw[0]), uuid.UUID(raw[1:]), true
}

// parseID reads the id of a thing of one kind: its global id or its UUID. False: it is neither.
func parseID(k kind, text string) (uuid.UUID, bool) {
	if found, id, ok := parseGlobalID(text); ok {
		return id, found == k
	}
	if len(text) != 36 { // uuid.Parse takes other forms, too
		return uuid.UUID{}, false
	}
	id, err := uuid.Parse(text)
	return id, err == nil
}
