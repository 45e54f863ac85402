package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// contents answers with the rows of a table; an empty name is the default one.
func (x *exchange) contents(table string) {
	if !x.readOnly() {
		return
	}
	header := x.w.Header()
	header["Vary"] = varies
	q, format, bad := x.parse(table)
	if bad != nil {
		x.problem(*bad)
		return
	}
	if format == html {
		x.page(q)
		return
	}
	q.Format = dbcontents.Format(format)
	if x.r.Method == http.MethodHead {
		// Enough to find every error that comes before the first row.
		q.Limit = headLimit(q.Limit)
	}
	rows, err := x.h.store.Query(x.r.Context(), q)
	if err != nil {
		x.fail(err)
		return
	}
	defer rows.Close()
	x.seen.Table, x.seen.Wait = rows.Table().String(), rows.Waited()
	header["Cache-Control"] = revalidated
	header["Content-Type"] = contentTypes[format]
	if format == csv {
		header.Set("Content-Disposition", attachment(rows.Table().Name))
	}
	if x.r.Method == http.MethodHead {
		x.seen.Status = http.StatusOK
		x.w.WriteHeader(http.StatusOK)
		return
	}
	x.stream(rows)
}

func headLimit(limit int64) int64 {
	if limit < 0 {
		return limit
	}
	return 1
}

// fail answers an error of the Store, as long as nothing was sent.
func (x *exchange) fail(err error) {
	x.seen.Err = err
	if x.stopped(err) {
		x.problem(stopping())
		return
	}
	var e *dbcontents.Error
	if !errors.As(err, &e) {
		e = &dbcontents.Error{Op: "query", Code: "database_error", Err: err}
	}
	if e.Table != "" && x.seen.Table == "" && e.SQLState != "" {
		x.seen.Table = e.Table
	}
	x.problem(x.problemOf(e))
}

// stopped tells a request that the server ended from one whose client left:
// net/http gives the latter's context no cause of its own.
func (x *exchange) stopped(err error) bool {
	return errors.Is(err, context.Canceled) && context.Cause(x.r.Context()) != context.Canceled
}

// attachment names the file that a browser saves CSV as: ASCII for old ones
// and the true name by RFC 8187.
func attachment(table string) string {
	ascii := make([]byte, 0, len(table))
	extended := make([]byte, 0, len(table))
	for i := range len(table) {
		c := table[i]
		plain := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-' || c == '.'
		if plain {
			ascii, extended = append(ascii, c), append(extended, c)
			continue
		}
		ascii = append(ascii, '_')
		const digits = "0123456789ABCDEF"
		extended = append(extended, '%', digits[c>>4], digits[c&15])
	}
	return `attachment; filename="` + string(ascii) + `.csv"; filename*=UTF-8''` + string(extended) + ".csv"
}

func setLength(header http.Header, n int) { header.Set("Content-Length", strconv.Itoa(n)) }
