package upload

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
)

// Parts reads the parts of a multipart request in order.
type Parts struct {
	intake *Intake
	reader *multipart.Reader
}

// Parts returns the parts of r, the request that the intake began with. Errors: [ErrBroken].
func (i *Intake) Parts(r *http.Request) (*Parts, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return &Parts{intake: i, reader: reader}, nil
}

// Next returns the next part and skips what is left of the one before. At the end it returns io.EOF. Errors:
// [*TooLargeError], [ErrBroken].
func (p *Parts) Next() (*multipart.Part, error) {
	part, err := p.reader.NextPart()
	if err == nil || err == io.EOF { // a wrapped EOF came too early
		return part, err
	}
	return nil, p.intake.explain(err)
}

// ReadField returns the whole of a part that is not a file. Errors: [*TooLargeError] over limit bytes, [ErrBroken].
func (p *Parts) ReadField(part *multipart.Part, limit int64) ([]byte, error) {
	value, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, p.intake.explain(err)
	}
	if int64(len(value)) > limit {
		return nil, tooLarge(fmt.Sprintf("The part %q", part.FormName()), limit)
	}
	return value, nil
}
