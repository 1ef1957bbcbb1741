package embedding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

const (
	openAIURL          = "https://api.openai.com/v1"
	defaultBatchInputs = 32   // text-embeddings-inference refuses more unless told otherwise
	defaultBatchTokens = 8192 // OpenAI's limit for one input; a server on a CPU is busy for seconds with as much
	requestTimeout     = 2 * time.Minute
	shortestInput      = 64 // runes; a text that is "too long" even so is refused for another reason
)

// OpenAI is an Embedder over an endpoint that speaks OpenAI's POST /v1/embeddings: OpenAI, Ollama, llama.cpp, vLLM,
// text-embeddings-inference, LM Studio and others. Requests are bounded in texts and tokens, passing failures are asked
// again a few times, and texts beyond the model's context are shortened. Failures are a *ProviderError.
type OpenAI struct {
	endpoint string
	cfg      Config
	id       string
	client   *http.Client
	backoff  backoff
	dim      atomic.Int64 // set by the configuration or by the first answer
}

var _ Embedder = (*OpenAI)(nil)

// NewOpenAI checks the settings and returns a client. It does no network traffic.
func NewOpenAI(cfg Config) (*OpenAI, error) {
	if cfg.Model == "" {
		return nil, errors.New("EMBEDDING_MODEL is missing: name the model that the embedding endpoint serves, for example text-embedding-3-small")
	}
	if cfg.Dimensions < 0 || cfg.BatchInputs < 0 || cfg.BatchTokens < 0 {
		return nil, errors.New("the embedding settings for dimensions, batch inputs and batch tokens must not be negative")
	}
	if strings.ContainsAny(cfg.APIKey, "\r\n") {
		return nil, errors.New("EMBEDDING_API_KEY holds a line break")
	}
	endpoint, err := embeddingsEndpoint(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.BatchInputs == 0 {
		cfg.BatchInputs = defaultBatchInputs
	}
	if cfg.BatchTokens == 0 {
		cfg.BatchTokens = defaultBatchTokens
	}
	o := &OpenAI{endpoint: endpoint, cfg: cfg, id: openAIID(cfg), client: newHTTPClient(), backoff: newBackoff()}
	o.dim.Store(int64(cfg.Dimensions))
	return o, nil
}

// embeddingsEndpoint accepts a base URL with or without "/embeddings" at its end.
func embeddingsEndpoint(base string) (string, error) {
	if base == "" {
		base = openAIURL
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("EMBEDDING_URL must be an http or https address such as http://localhost:11434/v1")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(u.Path, "/embeddings") {
		u.Path += "/embeddings"
	}
	u.RawPath = ""
	return u.String(), nil
}

// openAIID names everything that changes the vectors of a passage.
func openAIID(cfg Config) string {
	id := "openai:" + cfg.Model
	if cfg.Dimensions > 0 {
		id += fmt.Sprintf(":%d", cfg.Dimensions)
	}
	if cfg.PassagePrefix != "" {
		sum := sha256.Sum256([]byte(cfg.PassagePrefix))
		id += "+" + hex.EncodeToString(sum[:4])
	}
	return id
}

// newHTTPClient never follows a redirect: the key would travel to an address that nobody configured.
func newHTTPClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = requestTimeout
	return &http.Client{
		Transport:     transport,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ID names the model, the asked-for dimensions and the passage prefix.
func (o *OpenAI) ID() string { return o.id }

// Dim is the configured length, or that of the first answer, or 0 before it.
func (o *OpenAI) Dim() int { return int(o.dim.Load()) }

// Embed splits texts into requests and sends them one after another.
func (o *OpenAI) Embed(ctx context.Context, texts []string, kind Kind) ([][]float32, error) {
	prefix := o.cfg.PassagePrefix
	if kind == Query {
		prefix = o.cfg.QueryPrefix
	}
	inputs := make([]string, 0, len(texts))
	positions := make([]int, 0, len(texts))
	for i, text := range texts {
		if !isBlank(text) {
			inputs = append(inputs, prefix+strings.ToValidUTF8(text, "\uFFFD"))
			positions = append(positions, i)
		}
	}
	vectors := make([][]float32, len(texts))
	for start := 0; start < len(inputs); {
		end := start + o.batchLen(inputs[start:])
		batch, err := o.embedBatch(ctx, inputs[start:end])
		if err != nil {
			return nil, err
		}
		for i, vector := range batch {
			vectors[positions[start+i]] = vector
		}
		start = end
	}
	return vectors, o.fillBlank(ctx, vectors)
}

// batchLen is how many of the inputs fit into one request; at least one.
func (o *OpenAI) batchLen(inputs []string) int {
	tokens := 0
	for i, input := range inputs {
		tokens += estimateTokens(input)
		if i > 0 && (i >= o.cfg.BatchInputs || tokens > o.cfg.BatchTokens) {
			return i
		}
	}
	return len(inputs)
}

// embedBatch sends one batch and, when the endpoint finds it too long, its halves; a single text is then shortened.
func (o *OpenAI) embedBatch(ctx context.Context, inputs []string) ([][]float32, error) {
	vectors, err := o.requestWithRetries(ctx, inputs)
	var refusal *ProviderError
	if !errors.As(err, &refusal) || !refusal.isTooLong() {
		return vectors, err
	}
	if len(inputs) == 1 {
		return o.embedShortened(ctx, inputs[0], err)
	}
	middle := len(inputs) / 2
	left, err := o.embedBatch(ctx, inputs[:middle])
	if err != nil {
		return nil, err
	}
	right, err := o.embedBatch(ctx, inputs[middle:])
	if err != nil {
		return nil, err
	}
	return append(left, right...), nil
}

// embedShortened cuts a text by a quarter until the endpoint takes it: its beginning stands for the whole.
func (o *OpenAI) embedShortened(ctx context.Context, text string, refusal error) ([][]float32, error) {
	runes := utf8.RuneCountInString(text)
	for runes > shortestInput {
		runes = runes * 3 / 4
		vectors, err := o.requestWithRetries(ctx, []string{firstRunes(text, runes)})
		var again *ProviderError
		if !errors.As(err, &again) || !again.isTooLong() {
			return vectors, err
		}
		refusal = err
	}
	return nil, refusal
}

// fillBlank gives the texts that were not sent the zero vector; its length may have to be asked for.
func (o *OpenAI) fillBlank(ctx context.Context, vectors [][]float32) error {
	for i, vector := range vectors {
		if vector != nil {
			continue
		}
		if o.Dim() == 0 {
			if _, err := o.requestWithRetries(ctx, []string{"-"}); err != nil {
				return err
			}
		}
		vectors[i] = make([]float32, o.Dim())
	}
	return nil
}

// estimateTokens guesses on the high side: a letter of the Latin script is a third of a token, any other rune a whole one.
func estimateTokens(text string) int {
	thirds := 0
	for _, r := range text {
		if r < 0x250 {
			thirds++
		} else {
			thirds += 3
		}
	}
	return thirds/3 + 1
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
