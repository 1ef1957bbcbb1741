// Package embedding turns texts into vectors, stores them, and keeps them current.
//
// Two embedders are built in: hash-v1, which needs neither network nor model (Hash), and a client for any
// endpoint that speaks OpenAI's /v1/embeddings (OpenAI). New picks one from a Config. The EMBEDDING_GENERATION
// handler (Handler) embeds whatever has no current vector; what can be embedded is told by a Source, which the
// document and product packages implement.
package embedding

import (
	"context"
	"strings"
)

// Kind says what a text is for. Some models embed questions and passages differently.
type Kind int

// The kinds of text.
const (
	Passage Kind = iota // a stored text that is to be found
	Query               // a text to search with
)

// Embedder turns texts into unit vectors. Implementations are safe for concurrent use.
type Embedder interface {
	// ID names the vector space, for example "hash-v1:1024". Vectors of different ids must never be compared.
	ID() string
	// Dim is the length of every vector, or 0 while a remote model has not told it yet.
	Dim() int
	// Embed returns one vector per text, in order, each L2-normalised; a text without any word or sign yields the
	// zero vector. It splits long lists itself, so any number of texts may be given.
	Embed(ctx context.Context, texts []string, kind Kind) ([][]float32, error)
}

// Config chooses and configures an Embedder. The zero value is the built-in hash-v1.
type Config struct {
	URL           string // base URL, such as http://localhost:11434/v1; empty means OpenAI's when Model or APIKey is set
	Model         string // required with a URL or a key
	APIKey        string // optional; never logged, never part of an error
	Dimensions    int    // asks the model for shorter vectors; 0 leaves it to the model
	QueryPrefix   string // put before every query, as E5 and nomic models want it
	PassagePrefix string // put before every passage
	BatchInputs   int    // texts a request; 0 means 32
	BatchTokens   int    // estimated tokens a request; 0 means 8192
}

// New returns the built-in embedder unless a URL, a model or a key is set; then the client for that endpoint.
// It does no network traffic. Errors name the setting to mend.
func New(cfg Config) (Embedder, error) {
	if cfg.URL == "" && cfg.Model == "" && cfg.APIKey == "" {
		return NewHash(), nil
	}
	return NewOpenAI(cfg)
}

// isBlank reports whether a text has nothing to embed. Providers refuse such inputs.
func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
