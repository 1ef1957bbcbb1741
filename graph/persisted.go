package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// PersistedDocuments are those that clients may run, by the id under which a client asks for one.
type PersistedDocuments map[string]string

// ReadPersistedDocuments reads a file as the Relay compiler writes it ({"id": "document"}) or Apollo's manifest tools do
// ({"operations": [{"id", "body"}]}). Errors: the file cannot be read, or has no documents.
func ReadPersistedDocuments(path string) (PersistedDocuments, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading persisted documents: %w", err)
	}
	documents := PersistedDocuments{}
	var manifest struct {
		Operations []struct{ ID, Body string }
	}
	if json.Unmarshal(text, &manifest) == nil {
		for _, operation := range manifest.Operations {
			documents[operation.ID] = operation.Body
		}
	}
	if len(documents) == 0 {
		err = json.Unmarshal(text, &documents)
	}
	if err == nil && len(documents) == 0 {
		err = errors.New("there are none")
	}
	if err != nil {
		return nil, fmt.Errorf("reading persisted documents from %s: %w", path, err)
	}
	return documents, nil
}

// Codes of errors about documents that are named instead of sent. Apollo's clients know the first.
const (
	codeNotPersisted = "PERSISTED_QUERY_NOT_FOUND"
	codeNotAllowed   = "DOCUMENT_NOT_ALLOWED"
)

// cachedPersisted limits the texts of documents that clients have sent to name them later.
const cachedPersisted = 4 << 20

// usePersisted lets clients name documents: of a list, to which they are then held, or else any that one has sent before.
func usePersisted(server *handler.Server, allowed PersistedDocuments) {
	if allowed != nil {
		server.Use(newAllowList(allowed))
		return
	}
	server.Use(extension.AutomaticPersistedQuery{
		Cache: newTextCache(cachedPersisted, func(key, document string) int { return len(key) + len(document) }),
	})
}

// allowList refuses every document that is not in a list. Whoever sends the text of one needs no id.
type allowList struct {
	byID  PersistedDocuments
	texts map[string]bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = allowList{}

func newAllowList(documents PersistedDocuments) allowList {
	l := allowList{byID: documents, texts: map[string]bool{}}
	for _, text := range documents {
		l.texts[text] = true
	}
	return l
}

// ExtensionName implements [graphql.HandlerExtension].
func (allowList) ExtensionName() string { return "PersistedDocuments" }

// Validate implements [graphql.HandlerExtension].
func (allowList) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters implements [graphql.OperationParameterMutator].
func (l allowList) MutateOperationParameters(_ context.Context, request *graphql.RawParams) *gqlerror.Error {
	if request.Query != "" {
		if !l.texts[request.Query] {
			return &gqlerror.Error{Message: "This server runs only documents that it was given.", Extensions: map[string]any{"code": codeNotAllowed}}
		}
		return nil
	}
	named, _ := request.Extensions["persistedQuery"].(map[string]any)
	id, _ := named["sha256Hash"].(string)
	text, known := l.byID[id]
	if !known {
		return &gqlerror.Error{Message: "PersistedQueryNotFound", Extensions: map[string]any{"code": codeNotPersisted}}
	}
	request.Query = text
	return nil
}
