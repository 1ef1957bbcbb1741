package rest

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/taskwire/taskwire/internal/document"
	"github.com/taskwire/taskwire/internal/product"
	"github.com/taskwire/taskwire/internal/upload"
)

// fileField is the name of the form field that carries a file.
const fileField = "file"

// acceptedJSON answers the upload of one file: the work goes on in the task, or the problem says why there is none.
type acceptedJSON struct {
	File       string     `json:"file"`
	DocumentID *uuid.UUID `json:"documentId,omitempty"`
	Task       *taskJSON  `json:"task,omitempty"`
	Problem    string     `json:"problem,omitempty"`
}

// uploadDocuments answers POST /api/v1/documents/upload. It takes a form with one or more files in fields named "file", or
// the bytes of one file as the body, with its name in the query (?name=). Each file stands for itself: those that cannot
// be taken say why, and the request is refused only when none can.
func (a *api) uploadDocuments(w http.ResponseWriter, r *http.Request) error {
	files, err := a.receive(w, r)
	if err != nil {
		return err
	}
	answers := make([]acceptedJSON, len(files))
	var refused error
	for i := range files {
		answers[i], err = a.processDocument(r.Context(), &files[i], r.Header.Get("Idempotency-Key"), i)
		switch {
		case err != nil && problemOf(err).status == http.StatusInternalServerError:
			return err
		case err != nil:
			refused = err
			answers[i] = acceptedJSON{File: files[i].Name, Problem: problemOf(err).detail}
		case w.Header().Get("Location") == "":
			setLocation(w, answers[i].Task)
		}
	}
	if w.Header().Get("Location") == "" {
		return refused
	}
	writeJSON(w, http.StatusAccepted, map[string]any{"documents": answers})
	return nil
}

func setLocation(w http.ResponseWriter, t *taskJSON) {
	w.Header().Set("Location", "/api/v1/tasks/"+t.ID.String())
}

func (a *api) processDocument(ctx context.Context, file *upload.File, key string, index int) (acceptedJSON, error) {
	content, err := file.Open(ctx)
	if err != nil {
		return acceptedJSON{}, err
	}
	defer func() { _ = content.Close() }() // it was only read
	if key != "" && index > 0 {
		key += "#" + strconv.Itoa(index)
	}
	up, err := a.Documents.Upload(ctx, document.UploadInput{Name: file.Name, Reader: content, IdempotencyKey: key})
	if err != nil {
		return acceptedJSON{}, err
	}
	task := newTaskJSON(&up.Task)
	return acceptedJSON{File: file.Name, DocumentID: &up.Document.ID, Task: &task}, nil
}

// importProducts answers POST /api/v1/import/products. It takes a form with one file in a field named "file", or the bytes
// of the file as the body; ?dryRun=true checks without changing anything.
func (a *api) importProducts(w http.ResponseWriter, r *http.Request) error {
	dryRun, err := strconv.ParseBool(defaultTo(r.URL.Query().Get("dryRun"), "false"))
	if err != nil {
		return badRequest("The parameter dryRun must be true or false.")
	}
	files, err := a.receive(w, r)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return badRequest("Send one file at a time.")
	}
	content, err := files[0].Open(r.Context())
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	enqueued, err := a.Products.Import(r.Context(), product.ImportInput{
		Name: files[0].Name, Reader: content, DryRun: dryRun, IdempotencyKey: r.Header.Get("Idempotency-Key"),
	})
	if err != nil {
		return err
	}
	task := newTaskJSON(&enqueued.Task)
	setLocation(w, &task)
	writeJSON(w, http.StatusAccepted, acceptedJSON{File: files[0].Name, Task: &task})
	return nil
}

func defaultTo(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// receive stores the files of a request as they arrive: at least one.
func (a *api) receive(w http.ResponseWriter, r *http.Request) ([]upload.File, error) {
	// Until all is read: whoever is refused is told at once, instead of after the rest of the body.
	w.Header().Set("Connection", "close")
	intake, err := upload.Begin(w, r, a.Uploads, a.UploadLimits)
	if err != nil {
		return nil, err
	}
	var files []upload.File
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "multipart/form-data" {
		files, err = receiveForm(r, intake, a.UploadLimits.WithDefaults().Files)
	} else {
		files, err = receiveBody(r, intake, mediaType)
	}
	if err != nil {
		return nil, err
	}
	intake.End()
	w.Header().Del("Connection")
	return files, nil
}

// receiveBody takes the whole body as one file.
func receiveBody(r *http.Request, intake *upload.Intake, mediaType string) ([]upload.File, error) {
	if mediaType == "application/x-www-form-urlencoded" {
		return nil, &problem{http.StatusUnsupportedMediaType, `Send a form with the file in a field named "file" (curl -F file=@NAME), or the file as the body with its own content type.`}
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		return nil, badRequest("The name of the file is missing: add ?name= to the address, or send a form.")
	}
	file, err := intake.Save(r.Context(), name, mediaType, r.Body)
	return []upload.File{file}, err
}

func receiveForm(r *http.Request, intake *upload.Intake, limit int) ([]upload.File, error) {
	parts, err := intake.Parts(r)
	if err != nil {
		return nil, err
	}
	var files []upload.File
	for {
		part, err := parts.Next()
		switch {
		case err == io.EOF && len(files) == 0: //nolint:errorlint // a wrapped EOF came too early
			return nil, badRequest(`The form has no file in a field named "file".`)
		case err == io.EOF: //nolint:errorlint // as above
			return files, nil
		case err != nil:
			return nil, err
		case part.FormName() != fileField || part.FileName() == "":
			return nil, badRequest(`The form must have files only, in fields named "file".`)
		case len(files) == limit:
			return nil, &problem{http.StatusRequestEntityTooLarge, "Send at most " + strconv.Itoa(limit) + " files at a time."}
		}
		file, err := intake.Save(r.Context(), part.FileName(), part.Header.Get("Content-Type"), part)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
}
