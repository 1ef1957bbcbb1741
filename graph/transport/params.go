package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// decodeParams reads the parameters of a request from JSON: GraphQL over HTTP, §5.4. The error is for the client.
func decodeParams(body []byte) (*graphql.RawParams, error) {
	sent := struct {
		graphql.RawParams
		DocumentID string `json:"documentId"`
	}{}
	if err := decodeJSON(body, &sent); err != nil {
		return nil, explainParams(err)
	}
	return withDocument(&sent.RawParams, sent.DocumentID)
}

// persisted is the entry of extensions that names a document instead of repeating it: automatic persisted queries.
const persisted = "persistedQuery"

// withDocument sees to it that the parameters have a document, or name one. A documentId (GraphQL over HTTP, appendix A)
// means what the older form in the extensions does.
func withDocument(params *graphql.RawParams, documentID string) (*graphql.RawParams, error) {
	if documentID != "" {
		if params.Extensions == nil {
			params.Extensions = map[string]any{}
		}
		params.Extensions[persisted] = map[string]any{"version": 1, "sha256Hash": strings.TrimPrefix(documentID, "sha256:")}
	}
	if params.Query == "" && params.Extensions[persisted] == nil {
		return nil, errors.New("the parameter query is missing")
	}
	return params, nil
}

// decodeQuery reads the parameters of a GET request: GraphQL over HTTP, §5.3. The error is for the client.
func decodeQuery(query url.Values) (*graphql.RawParams, error) {
	params := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName")}
	for name, target := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		value := query.Get(name)
		if value == "" {
			continue
		}
		if err := decodeJSON([]byte(value), target); err != nil {
			return nil, fmt.Errorf("the parameter %s is not a JSON object", name)
		}
	}
	return withDocument(params, query.Get("documentId"))
}

// decodeJSON reads exactly one JSON value. Numbers keep their digits.
func decodeJSON(data []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// explainParams never repeats what the client sent: it may be secret, or not the client's own.
func explainParams(err error) error {
	mismatch := (*json.UnmarshalTypeError)(nil)
	switch {
	case !errors.As(err, &mismatch):
		return errors.New("the body is not valid JSON")
	case mismatch.Field == "" && mismatch.Value == "array":
		return errors.New("the body is an array, but operations cannot be batched: send one at a time")
	case mismatch.Field == "":
		return errors.New("the body is not a JSON object")
	}
	wanted := "an object"
	if slices.Contains([]string{"query", "operationName", "documentId"}, mismatch.Field) {
		wanted = "a string"
	}
	return fmt.Errorf("the parameter %s is not %s", mismatch.Field, wanted)
}
