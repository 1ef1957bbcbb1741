package embedding

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// provider is a stand-in endpoint. It answers with vectors that name their text's length, in reverse order.
type provider struct {
	*httptest.Server
	calls atomic.Int64
	waits []time.Duration // what the client slept; only written between requests
}

type answerFunc func(call int, inputs []string, w http.ResponseWriter) (done bool)

func newProvider(t *testing.T, cfg Config, answer answerFunc) (*provider, *OpenAI) {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := int(p.calls.Add(1))
		var request embeddingsRequest
		raw, _ := io.ReadAll(r.Body)
		if json.Unmarshal(raw, &request) != nil || r.URL.Path != "/v1/embeddings" {
			http.Error(w, "bad request", http.StatusTeapot)
			return
		}
		if answer != nil && answer(call, request.Input, w) {
			return
		}
		writeVectors(w, request.Input)
	}))
	t.Cleanup(p.Close)
	cfg.URL, cfg.Model = p.URL+"/v1/", "test-model"
	client, err := NewOpenAI(cfg)
	require.NoError(t, err)
	client.backoff.sleepFunc = func(_ context.Context, d time.Duration) error {
		p.waits = append(p.waits, d)
		return nil
	}
	client.backoff.jitterFunc = func(limit time.Duration) time.Duration { return limit }
	return p, client
}

func writeVectors(w io.Writer, inputs []string) {
	rows := make([]string, 0, len(inputs))
	for i := len(inputs) - 1; i >= 0; i-- {
		rows = append(rows, fmt.Sprintf(`{"index":%d,"embedding":[%d,1]}`, i, len(inputs[i])))
	}
	_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
}

func refuse(status int, body string) answerFunc {
	return func(_ int, _ []string, w http.ResponseWriter) bool {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func TestOpenAIReturnsVectorsInOrderAndNormalised(t *testing.T) {
	t.Parallel()
	p, client := newProvider(t, Config{BatchInputs: 2}, nil)
	vectors, err := client.Embed(t.Context(), []string{"a", "bbb", "", "cc", "dddd", "eeeee"}, Passage)
	require.NoError(t, err)
	require.EqualValues(t, 3, p.calls.Load())
	require.Equal(t, 2, client.Dim())
	require.Equal(t, []float32{0, 0}, vectors[2])
	for i, length := range map[int]float32{0: 1, 1: 3, 3: 2, 4: 4, 5: 5} {
		require.InDelta(t, length, vectors[i][0]/vectors[i][1], 1e-5)
		require.InDelta(t, 1, vectors[i][0]*vectors[i][0]+vectors[i][1]*vectors[i][1], 1e-5)
	}
}

func TestOpenAIBoundsRequestsByTokens(t *testing.T) {
	t.Parallel()
	var sizes []int
	_, client := newProvider(t, Config{BatchTokens: 250}, func(_ int, inputs []string, _ http.ResponseWriter) bool {
		sizes = append(sizes, len(inputs))
		return false
	})
	long := strings.Repeat("x", 300) // about 100 tokens
	_, err := client.Embed(t.Context(), []string{long, long, long, strings.Repeat("長", 400), long}, Passage)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 1, 1}, sizes)
}

func TestOpenAISendsPrefixKeyAndDimensions(t *testing.T) {
	t.Parallel()
	var requests []embeddingsRequest
	var keys []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request embeddingsRequest
		_ = json.NewDecoder(r.Body).Decode(&request)
		requests, keys = append(requests, request), append(keys, r.Header.Get("Authorization"))
		writeVectors(w, request.Input)
	}))
	t.Cleanup(server.Close)
	embedder, err := New(Config{URL: server.URL, Model: "e5", APIKey: "sk-secret", Dimensions: 2, QueryPrefix: "query: ", PassagePrefix: "passage: "})
	require.NoError(t, err)
	require.Regexp(t, `^openai:e5:2\+[0-9a-f]{8}$`, embedder.ID())
	for _, kind := range []Kind{Query, Passage} {
		_, err = embedder.Embed(t.Context(), []string{"tea"}, kind)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"query: tea"}, requests[0].Input)
	require.Equal(t, []string{"passage: tea"}, requests[1].Input)
	require.Equal(t, 2, requests[0].Dimensions)
	require.Equal(t, "Bearer sk-secret", keys[0])
}

func TestOpenAIRetriesPassingFailures(t *testing.T) {
	t.Parallel()
	p, client := newProvider(t, Config{}, func(call int, _ []string, w http.ResponseWriter) bool {
		switch call {
		case 1:
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2, 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			return false
		}
		return true
	})
	_, err := client.Embed(t.Context(), []string{"a"}, Passage)
	require.NoError(t, err)
	require.Equal(t, []time.Duration{2 * time.Second, time.Second, 2 * time.Second}, p.waits)
}

func TestOpenAIGivesUpAfterBoundedTries(t *testing.T) {
	t.Parallel()
	p, client := newProvider(t, Config{}, refuse(http.StatusBadGateway, "upstream is down"))
	_, err := client.Embed(t.Context(), []string{"a"}, Passage)
	var failure *ProviderError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.Permanent())
	require.ErrorContains(t, err, "upstream is down")
	require.EqualValues(t, maxTries, p.calls.Load())
}

func TestOpenAILeavesLongWaitsToTheTask(t *testing.T) {
	t.Parallel()
	p, client := newProvider(t, Config{}, func(_ int, _ []string, w http.ResponseWriter) bool {
		w.Header().Set("X-Ratelimit-Reset-Tokens", "6m0s")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	_, err := client.Embed(t.Context(), []string{"a"}, Passage)
	var failure *ProviderError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 6*time.Minute, failure.RetryAfter)
	require.EqualValues(t, 1, p.calls.Load())
}

func TestOpenAIBisectsAndShortensWhatIsTooLong(t *testing.T) {
	t.Parallel()
	const limit = 1000
	shortest := limit
	_, client := newProvider(t, Config{}, func(_ int, inputs []string, w http.ResponseWriter) bool {
		total := 0
		for _, input := range inputs {
			total += len(input)
		}
		if total > limit {
			return refuse(http.StatusBadRequest, `{"error":{"message":"This model's maximum context length is 1000 tokens"}}`)(0, nil, w)
		}
		if len(inputs) == 1 {
			shortest = min(shortest, total)
		}
		return false
	})
	vectors, err := client.Embed(t.Context(), []string{strings.Repeat("a", 400), strings.Repeat("b", 400), strings.Repeat("c", 5000), "d"}, Passage)
	require.NoError(t, err)
	require.Len(t, vectors, 4)
	ratio := vectors[2][0] / vectors[2][1]
	require.Greater(t, ratio, float32(limit/2), "the text is cut no more than needed")
	require.LessOrEqual(t, ratio, float32(limit+1))
}

func TestOpenAIPermanentFailures(t *testing.T) {
	t.Parallel()
	vector := `{"index":0,"embedding":[3,4]}`
	for name, test := range map[string]struct {
		status  int
		body    string
		message string
	}{
		"key":       {401, `{"error":{"message":"Incorrect API key provided: sk-secret"}}`, "EMBEDDING_API_KEY. It said: Incorrect API key provided: ***"},
		"model":     {404, `{"error":"model \"x\" not found"}`, `EMBEDDING_MODEL. It said: model "x" not found`},
		"input":     {400, `{"message":"no"}`, "HTTP 400: no"},
		"detail":    {422, `{"detail":[{"msg":"field required"}]}`, "field required"},
		"redirect":  {302, ``, "HTTP 302"},
		"html":      {200, `<html>`, "not the JSON"},
		"count":     {200, `{"data":[]}`, "0 vectors for 1 texts"},
		"index":     {200, `{"data":[{"index":7,"embedding":[1]}]}`, "numbered"},
		"empty":     {200, `{"data":[{"index":0,"embedding":[]}]}`, "empty vector"},
		"nan":       {200, `{"data":[{"index":0,"embedding":[null,null]}]}`, "zero or not finite"},
		"infinite":  {200, `{"data":[{"index":0,"embedding":[1e308,1e308]}]}`, "zero or not finite"},
		"too much":  {200, `{"data":[` + vector + `,` + vector + `]}`, "2 vectors"},
		"long body": {500, strings.Repeat("word ", 100_000), "HTTP 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, client := newProvider(t, Config{APIKey: "sk-secret"}, refuse(test.status, test.body))
			_, err := client.Embed(t.Context(), []string{"a"}, Passage)
			var failure *ProviderError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, test.status != 500, failure.Permanent())
			require.ErrorContains(t, err, test.message)
			require.NotContains(t, err.Error(), "sk-secret")
			require.Less(t, len(err.Error()), 600)
		})
	}
}

func TestOpenAIRefusesAnotherLength(t *testing.T) {
	t.Parallel()
	_, client := newProvider(t, Config{Dimensions: 3}, nil)
	_, err := client.Embed(t.Context(), []string{"a"}, Passage)
	require.ErrorContains(t, err, "a vector of 2 numbers where 3 were expected")
}

func TestOpenAIStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, client := newProvider(t, Config{}, func(int, []string, http.ResponseWriter) bool {
		cancel()
		return refuse(http.StatusServiceUnavailable, "")(0, nil, httptest.NewRecorder())
	})
	_, err := client.Embed(ctx, []string{"a"}, Passage)
	require.ErrorIs(t, err, context.Canceled)
}

func TestOpenAIUnreachable(t *testing.T) {
	t.Parallel()
	p, client := newProvider(t, Config{APIKey: "sk-secret"}, nil)
	p.Close()
	_, err := client.Embed(t.Context(), []string{"a"}, Passage)
	var failure *ProviderError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.Permanent())
	require.Len(t, p.waits, maxTries-1)
}

func TestNewChecksSettings(t *testing.T) {
	t.Parallel()
	builtIn, err := New(Config{})
	require.NoError(t, err)
	require.Equal(t, hashID, builtIn.ID())
	for _, cfg := range []Config{
		{URL: "http://localhost:11434"},
		{APIKey: "key"},
		{URL: "localhost:11434", Model: "m"},
		{URL: "file:///etc/passwd", Model: "m"},
		{Model: "m", APIKey: "a\r\nb"},
		{Model: "m", Dimensions: -1},
	} {
		_, err := New(cfg)
		require.Error(t, err, "%+v", cfg)
	}
	openAI, err := NewOpenAI(Config{Model: "text-embedding-3-small"})
	require.NoError(t, err)
	require.Equal(t, "https://api.openai.com/v1/embeddings", openAI.endpoint)
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"3": 3 * time.Second, "0.5": 500 * time.Millisecond, "999999": time.Hour, "-1": 0, "NaN": 0, "soon": 0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(http.StatusServiceUnavailable, http.Header{"Retry-After": {value}}), value)
	}
}
