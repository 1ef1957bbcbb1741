package access_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/taskwire/taskwire/db/dbtest"
	"github.com/taskwire/taskwire/internal/access"
	"github.com/taskwire/taskwire/internal/auth"
	"github.com/taskwire/taskwire/internal/blob"
	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/embedding"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/taskq"
)

// bench has all services.
type bench struct {
	*testing.T
	db         *dbtest.DB
	tasks      access.Tasks
	documents  access.Documents
	products   access.Products
	embeddings access.Embeddings
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	db := dbtest.New(t)
	client := taskq.New(db.DB, taskq.Config{DSN: db.DSN})
	blobs, err := blob.OpenStore(t.TempDir())
	require.NoError(t, err)
	return &bench{
		t, db, access.NewTasks(client),
		access.NewDocuments(document.NewService(db.DB, blobs, client, nil, nil, document.Config{})),
		access.NewProducts(product.NewService(db.DB, blobs, client, product.Config{})),
		access.NewEmbeddings(embedding.NewService(db.DB, embedding.NewHash(), client)),
	}
}

func as(t *testing.T, name string, ownOnly bool) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "key:" + name, Name: name, Role: auth.Operator, OwnOnly: ownOnly})
}

// upload makes a document with one chunk and a text, as its task would.
func (b *bench) upload(ctx context.Context) document.Document {
	b.Helper()
	up, err := b.documents.Upload(ctx, document.UploadInput{Name: "a.txt", Reader: strings.NewReader("some text")})
	require.NoError(b, err)
	_, err = b.db.ExecContext(ctx, `INSERT INTO document_texts (document_id, text) VALUES ($1, 'some text')`, up.Document.ID)
	require.NoError(b, err)
	_, err = b.db.ExecContext(ctx, `
		INSERT INTO chunks (id, document_id, ordinal, char_start, char_end, heading_path, kind, token_estimate, content_sha256, text)
		VALUES ($1, $1, 0, 0, 9, '{}', 'text', 2, sha256('some text'), 'some text')`, up.Document.ID)
	require.NoError(b, err)
	return up.Document
}

func TestDocumentsOfOthersAreNotThere(t *testing.T) {
	b := setup(t)
	me, they, boss := as(t, "me", true), as(t, "they", true), as(t, "boss", false)
	mine, theirs := b.upload(me), b.upload(they)
	ids := []uuid.UUID{mine.ID, theirs.ID}
	page := taskq.Page{First: 10}
	for ctx, want := range map[context.Context]int{me: 1, they: 1, boss: 2} {
		found, err := b.documents.GetMany(ctx, ids)
		require.NoError(t, err)
		require.Len(t, found, want)
		list, err := b.documents.List(ctx, document.Filter{}, page)
		require.NoError(t, err)
		require.Len(t, list.Items, want)
		n, err := b.documents.Count(ctx, document.Filter{}, 10)
		require.NoError(t, err)
		require.Equal(t, want, n)
		chunks, err := b.documents.ChunksByID(ctx, ids)
		require.NoError(t, err)
		require.Len(t, chunks, want)
	}
	for _, ctx := range []context.Context{they, boss} {
		text, err := b.documents.Text(ctx, theirs.ID)
		require.NoError(t, err)
		require.Equal(t, "some text", text)
		chunks, err := b.documents.Chunks(ctx, theirs.ID, page)
		require.NoError(t, err)
		require.Len(t, chunks.Items, 1)
	}
	_, err := b.documents.Get(me, theirs.ID)
	require.ErrorIs(t, err, document.ErrNotFound)
	_, err = b.documents.Text(me, theirs.ID)
	require.ErrorIs(t, err, document.ErrNotFound)
	_, err = b.documents.Chunks(me, theirs.ID, page)
	require.ErrorIs(t, err, document.ErrNotFound)
}

func TestHistoriesOfOthersAreNotThere(t *testing.T) {
	b := setup(t)
	me, they := as(t, "me", true), as(t, "they", true)
	theirs, err := b.tasks.Enqueue(they, taskq.NewTask{Type: "A", CreatedBy: "key:me"})
	require.NoError(t, err)
	require.Equal(t, "key:they", *theirs.Task.CreatedBy, "nobody acts as somebody else")
	_, err = b.tasks.History(me, theirs.Task.ID, taskq.Page{First: 10})
	require.ErrorIs(t, err, taskq.ErrNotFound)
	history, err := b.tasks.History(they, theirs.Task.ID, taskq.Page{First: 10})
	require.NoError(t, err)
	require.Len(t, history.Items, 1)
}

func TestNobodyMayDoNothing(t *testing.T) {
	b := setup(t)
	// What is everybody's needs no principal: the catalogue, which the API shows to whoever has a role, and what is shared.
	open := map[string]bool{"Products.Count": true, "Products.Get": true, "Products.List": true, "Tasks.Types": true, "Tasks.Workers": true}
	for _, nobody := range []context.Context{t.Context(), auth.With(t.Context(), auth.Principal{Subject: "oidc:x", Name: "x"})} {
		for _, service := range []any{b.tasks, b.documents, b.products, b.embeddings} {
			value := reflect.ValueOf(service)
			for i := range value.NumMethod() {
				name := value.Type().Name() + "." + value.Type().Method(i).Name
				if open[name] {
					continue
				}
				method := value.Method(i)
				arguments := []reflect.Value{reflect.ValueOf(nobody)}
				for n := 1; n < method.Type().NumIn(); n++ {
					arguments = append(arguments, reflect.Zero(method.Type().In(n)))
				}
				if name == "Tasks.Bulk" {
					arguments[1] = reflect.ValueOf(taskq.Bulk{Action: taskq.ActionCancel, Filter: taskq.Filter{CreatedBy: "key:me"}})
				}
				results := method.Call(arguments)
				err, _ := results[len(results)-1].Interface().(error)
				refused := (*auth.Error)(nil)
				require.ErrorAs(t, err, &refused, name)
				require.Equal(t, auth.CodeForbidden, refused.Code, name)
			}
		}
	}
}
