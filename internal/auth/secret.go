package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"
)

// An API key is "tw_", 160 random bits, and a checksum of both, in base 62: by its prefix people and scanners of source
// code know it, by its checksum a typo is told from a key that was revoked, without asking the database. The form is that
// of GitHub's tokens: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
const (
	secretPrefix   = "tw_"
	secretBytes    = 20
	randomLength   = 27 // of 160 bits
	checksumLength = 6  // of 32 bits
	secretLength   = len(secretPrefix) + randomLength + checksumLength
	hintLength     = len(secretPrefix) + 5
)

// errMistyped says that a key cannot be one: its checksum is wrong.
var errMistyped = errors.New("the API key is mistyped or cut off: its checksum is wrong")

// newSecret makes a key.
func newSecret() string {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails: crypto/rand
	body := secretPrefix + base62(new(big.Int).SetBytes(random), randomLength)
	return body + checksum(body)
}

func checksum(body string) string {
	return base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), checksumLength)
}

// base62 writes n with leading zeros.
func base62(n *big.Int, length int) string {
	text := n.Text(62)
	return strings.Repeat("0", length-len(text)) + text
}

func isSecret(text string) bool { return strings.HasPrefix(text, secretPrefix) }

// hashSecret returns under what a key is kept. Errors: errMistyped.
func hashSecret(secret string) ([sha256.Size]byte, error) {
	if len(secret) != secretLength || !isSecret(secret) {
		return [sha256.Size]byte{}, errMistyped
	}
	body := secret[:secretLength-checksumLength]
	if checksum(body) != secret[len(body):] {
		return [sha256.Size]byte{}, errMistyped
	}
	return sha256.Sum256([]byte(secret)), nil
}
