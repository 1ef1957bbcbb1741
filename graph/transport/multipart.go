package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/taskwire/taskwire/internal/upload"
)

// maxMapBytes limits the part that says where the files belong.
const maxMapBytes = 64 << 10

// Multipart serves operations with files, by the GraphQL multipart request specification
// (https://github.com/jaydenseric/graphql-multipart-request-spec). The parts "operations" and "map" come first, so an
// operation is checked before a byte of a file is read; the files then go into the store in the order in which they
// arrive, and the operation runs when all are there.
//
// A form on any web site can send such a request without asking the server first, so it needs a header that a form
// cannot set: see [PreflightHeaders].
type Multipart struct {
	Store             upload.Store
	Limits            upload.Limits
	MaxOperationBytes int64
	Compressor        *Compressor // nil: none
}

var _ graphql.Transport = Multipart{}

// Supports implements [graphql.Transport].
func (Multipart) Supports(r *http.Request) bool {
	mediaType, ok := contentType(r)
	return r.Method == http.MethodPost && !isUpgrade(r) && ok && mediaType == "multipart/form-data"
}

// Do implements [graphql.Transport].
func (m Multipart) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	// Until all is read: whoever is refused is told at once, instead of after the rest of the body.
	w.Header().Set("Connection", "close")
	a, ok := begin(w, r, m.Compressor)
	if !ok {
		return
	}
	if !hasPreflightHeader(r) {
		a.refuse(http.StatusForbidden, codeForbidden, preflightMessage)
		return
	}
	intake, err := upload.Begin(w, r, m.Store, m.Limits)
	if err != nil {
		a.refuseUpload(r.Context(), exec, err)
		return
	}
	files := &fileSet{files: map[string]upload.File{}}
	ctx := context.WithValue(r.Context(), fileSetKey{}, files)
	m.serve(ctx, a, r.WithContext(ctx), exec, &form{intake: intake, files: files})
}

// serve reads the parts in their order: parameters, then files.
func (m Multipart) serve(ctx context.Context, a answer, r *http.Request, exec graphql.GraphExecutor, f *form) {
	params, err := f.readHead(r, m)
	if err != nil {
		a.refuseUpload(ctx, exec, err)
		return
	}
	operation, ok := prepare(ctx, a, r, exec, params)
	if !ok {
		return
	}
	if err := f.readFiles(ctx); err != nil {
		a.refuseUpload(ctx, exec, err)
		return
	}
	f.intake.End()
	a.w.Header().Del("Connection")
	dispatch(ctx, a, exec, operation)
}

// form is a multipart request that is being read.
type form struct {
	intake *upload.Intake
	parts  *upload.Parts
	files  *fileSet
	wanted map[string]bool // the keys of files that have not come yet
}

// readHead reads the two parts that come before the files, and puts a [fileKey] where each file belongs.
func (f *form) readHead(r *http.Request, m Multipart) (*graphql.RawParams, error) {
	parts, err := f.intake.Parts(r)
	if err != nil {
		return nil, err
	}
	f.parts = parts
	operations, err := f.readField("operations", "first", m.MaxOperationBytes)
	if err != nil {
		return nil, err
	}
	params, err := decodeParams(operations)
	if err != nil {
		return nil, formError("the part operations cannot be used: " + err.Error())
	}
	places, err := f.readField("map", "second", maxMapBytes)
	if err != nil {
		return nil, err
	}
	f.wanted, err = placeFiles(params.Variables, places, m.Limits.WithDefaults().Files)
	return params, err
}

func (f *form) readField(name, position string, limit int64) ([]byte, error) {
	part, err := f.parts.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err != nil || part.FormName() != name {
		return nil, formError(fmt.Sprintf("the %s part must be %s", position, name))
	}
	return f.parts.ReadField(part, limit)
}

// readFiles stores the files, each of which the map must name.
func (f *form) readFiles(ctx context.Context) error {
	for {
		part, err := f.parts.Next()
		if err == io.EOF { //nolint:errorlint // a wrapped EOF came too early
			break
		}
		if err != nil {
			return err
		}
		if err := f.readFile(ctx, part); err != nil {
			return err
		}
	}
	for key := range f.wanted {
		return formError(fmt.Sprintf("the map names the file %q, but the request does not contain it", key))
	}
	return nil
}

func (f *form) readFile(ctx context.Context, part *multipart.Part) error {
	key := part.FormName()
	if !f.wanted[key] {
		return formError(fmt.Sprintf("the part %q is not in the map, or comes twice", key))
	}
	file, err := f.intake.Save(ctx, part.FileName(), part.Header.Get("Content-Type"), part)
	if err != nil {
		return err
	}
	delete(f.wanted, key)
	f.files.files[key] = file
	return nil
}

// formError says how a request breaks the specification.
type formError string

func (e formError) Error() string { return string(e) }

// refuseUpload answers a request whose body could not be taken in. What is not the client's fault goes through the error
// presenter.
func (a answer) refuseUpload(ctx context.Context, exec graphql.GraphExecutor, err error) {
	tooLarge := (*upload.TooLargeError)(nil)
	malformed := formError("")
	switch {
	case errors.As(err, &tooLarge):
		a.refuse(http.StatusRequestEntityTooLarge, codeLimit, tooLarge.Error())
	case errors.As(err, &malformed):
		a.refuse(http.StatusBadRequest, codeBadRequest, sentence(malformed))
	case errors.Is(err, upload.ErrBroken):
		a.refuse(http.StatusBadRequest, codeBadRequest, sentence(upload.ErrBroken))
	default:
		a.errors(http.StatusInternalServerError, exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}))
	}
}
