package httpapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// Format is a representation that a program adds to those of this package, see
// [Options.Formats].
type Format struct {
	// MediaType is what Accept must name, and what Content-Type says, without
	// parameters and in lower case, such as "application/vnd.apache.arrow.stream".
	MediaType string
	// Write writes rows, which have the Query.Format [dbcontents.Wire], to their last row, and must
	// return their error. Like [dbcontents.Rows.WriteTo] it writes nothing before a block of about 128 KiB is full or
	// the rows have ended, as long as an error of the rows can be a response of its own. A response
	// that fails later is broken off visibly, as in every format. It may be called concurrently.
	Write func(rows *dbcontents.Rows, w io.Writer) error
}

// representations are those of formats.
func representations(formats []Format) (list []negotiate.Representation, err error) {
	for _, f := range formats {
		name, params, err := mime.ParseMediaType(f.MediaType)
		if err != nil || name != f.MediaType || len(params) > 0 || !strings.Contains(name, "/") || strings.Contains(name, "*") {
			return nil, fmt.Errorf("%q is no media type without parameters, in lower case", f.MediaType)
		}
		if _, taken := negotiate.Accept([]string{name}, list...); taken {
			return nil, fmt.Errorf("the media type %q is there already", name)
		}
		if f.Write == nil {
			return nil, fmt.Errorf("%q has no Write", name)
		}
		list = append(list, negotiate.Representation{Format: dbcontents.Wire, ContentType: []string{name}})
	}
	return list, nil
}

// errRowsLeft is for a Format that has not written all rows.
var errRowsLeft = errors.New("the format has left rows out")

// writeFormat writes the rows in a format of the program.
func (s *stream) writeFormat() error {
	name := s.x.ask.representation.ContentType[0]
	for _, f := range s.x.h.options.Formats {
		if f.MediaType != name {
			continue
		}
		err := f.Write(s.rows, s)
		switch {
		case s.unmeasured || s.needsPlace:
			return nil // it was ended, see stopReading
		case s.tooLarge:
			return errCannotStream
		}
		if err == nil && s.rows.Next() {
			err = errRowsLeft
		}
		if failed := s.rows.Close(); failed != nil {
			return failed // what the format has made of it says less
		}
		var known *dbcontents.Error
		if err != nil && !errors.As(err, &known) {
			err = &dbcontents.Error{Op: "write", Table: s.rows.Table().String(), Code: "writer_failed", Hint: "the server cannot write these rows in this format; ask for another one, see the server's log", Err: err}
		}
		return err
	}
	return errRowsLeft
}
