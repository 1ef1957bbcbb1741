package embedding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const (
	maxAnswerBytes  = 64 << 20 // 32 vectors of 4,096 dimensions are 3 MB of JSON
	maxErrorBytes   = 64 << 10
	maxErrorMessage = 300 // runes of the endpoint's own words that are passed on
)

type embeddingsRequest struct {
	Model          string   `json:"model"`
	Input          []string `json:"input"`
	Dimensions     int      `json:"dimensions,omitempty"`
	EncodingFormat string   `json:"encoding_format"`
}

type embeddingsAnswer struct {
	Data []struct {
		Index     *int      `json:"index"`
		Embedding []float64 `json:"embedding"`
	} `json:"data"`
}

// request sends one request and checks its answer.
func (o *OpenAI) request(ctx context.Context, inputs []string) ([][]float32, error) {
	body, err := json.Marshal(embeddingsRequest{
		Model: o.cfg.Model, Input: inputs, Dimensions: o.cfg.Dimensions, EncodingFormat: "float",
	})
	if err != nil {
		return nil, fmt.Errorf("encode embedding request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build embedding request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if o.cfg.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+o.cfg.APIKey)
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return nil, o.transportError(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, o.refusal(resp)
	}
	return o.decode(ctx, resp.Body, len(inputs))
}

// decode reads the answer, puts the vectors into the order of the inputs and refuses anything odd.
func (o *OpenAI) decode(ctx context.Context, r io.Reader, count int) ([][]float32, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxAnswerBytes+1))
	if err != nil {
		return nil, o.transportError(ctx, err)
	}
	var answer embeddingsAnswer
	if len(raw) > maxAnswerBytes {
		return nil, badAnswer("its answer is larger than 64 MB")
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, badAnswer("its answer is not the JSON of an /v1/embeddings endpoint. Check EMBEDDING_URL")
	}
	if len(answer.Data) != count {
		return nil, badAnswer(fmt.Sprintf("it sent %d vectors for %d texts", len(answer.Data), count))
	}
	vectors := make([][]float32, count)
	for i, item := range answer.Data {
		at := i
		if item.Index != nil {
			at = *item.Index
		}
		if at < 0 || at >= count || vectors[at] != nil {
			return nil, badAnswer("it numbered its vectors wrongly")
		}
		if vectors[at], err = o.checkVector(item.Embedding); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}

// checkVector holds every vector to the length of the first and to finite numbers, and brings it to length 1.
func (o *OpenAI) checkVector(vector []float64) ([]float32, error) {
	if len(vector) == 0 {
		return nil, badAnswer("it sent an empty vector")
	}
	o.dim.CompareAndSwap(0, int64(len(vector)))
	if want := o.Dim(); len(vector) != want {
		return nil, badAnswer(fmt.Sprintf("it sent a vector of %d numbers where %d were expected", len(vector), want))
	}
	sum := 0.0
	for _, v := range vector {
		sum += v * v
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, badAnswer("it sent a vector that is zero or not finite")
	}
	return normalise(vector), nil
}

func badAnswer(message string) error {
	return &ProviderError{Message: message + ".", permanent: true}
}

// transportError tells a lost connection apart from a caller who gave up, and keeps the address's secrets out.
func (o *OpenAI) transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	message := o.redact(err.Error()) + "."
	if errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err) {
		message = fmt.Sprintf("it did not answer within %s.", requestTimeout)
	}
	return &ProviderError{Message: message, err: err}
}

// refusal reads an error answer.
func (o *OpenAI) refusal(resp *http.Response) error {
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes)) // what was read is said; the status alone decides
	message := o.redact(errorMessage(raw))
	if location := resp.Header.Get("Location"); location != "" && resp.StatusCode/100 == 3 {
		message = "it redirects elsewhere; set EMBEDDING_URL to the final address."
	}
	e := &ProviderError{Status: resp.StatusCode, Message: message, RetryAfter: retryAfter(resp.StatusCode, resp.Header)}
	e.permanent = !e.isPassing()
	return e
}

// errorMessage finds the message in the shapes that OpenAI, Ollama and text-embeddings-inference use.
func errorMessage(raw []byte) string {
	var shaped struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	text := string(raw)
	if json.Unmarshal(raw, &shaped) == nil {
		var nested struct {
			Message string `json:"message"`
		}
		var plain string
		switch {
		case json.Unmarshal(shaped.Error, &nested) == nil && nested.Message != "":
			text = nested.Message
		case json.Unmarshal(shaped.Error, &plain) == nil && plain != "":
			text = plain
		case shaped.Message != "":
			text = shaped.Message
		case len(shaped.Detail) > 0:
			text = string(shaped.Detail)
		}
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if text == "" {
		return "no reason given."
	}
	return firstRunes(text, maxErrorMessage)
}

// redact removes the key from a text that others wrote.
func (o *OpenAI) redact(text string) string {
	if o.cfg.APIKey == "" {
		return text
	}
	return strings.ReplaceAll(text, o.cfg.APIKey, "***")
}
