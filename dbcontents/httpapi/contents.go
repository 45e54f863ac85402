package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

// contents responds with the rows of a table. An empty name is the default table.
func (x *exchange) contents(table string) {
	x.vary(varies)
	schema, bad := x.profile()
	if bad != nil {
		x.problem(*bad)
		return
	}
	if !x.readOnly(func() bool { return x.exists(schema, table) }) {
		return
	}
	if !x.discardBody() {
		return
	}
	if x.formSent(false) || table == "" && x.listed() {
		return
	}
	if x.ask, bad = x.question(schema, table); bad != nil {
		x.problem(*bad)
		return
	}
	x.answer(x.access)
}

// answer responds to the question when it is the request's turn, if it is admitted.
func (x *exchange) answer(admitted func() bool) {
	x.seen.Format = x.ask.representation.Format
	if x.h.options.ServerTiming {
		x.ask.parsed = time.Since(x.start)
	}
	if wait := x.ask.prefer.Wait; wait > 0 {
		whole := x.r // which Observe gets
		ctx, cancel := context.WithDeadline(whole.Context(), x.start.Add(wait))
		x.r = whole.WithContext(ctx)
		defer func() {
			cancel()
			x.r = whole
		}()
	}
	if !x.takeTurn(x.r.Context(), x.ask.query) || !admitted() {
		return
	}
	x.respond()
}

// rows reads from the Store. If the table turns out to have no pages, it reads
// without them.
func (x *exchange) rows(ctx context.Context, q *dbcontents.Query) (*dbcontents.Rows, error) {
	if q.Pages && q.After == "" && x.store.Known(q.Schema, q.Table) == nil {
		// The read would look up the table as well. Learning from its failure that there
		// are no pages would count as a failed read.
		t, err := x.store.Table(ctx, q.Schema, q.Table)
		if err != nil {
			return nil, err
		}
		q.Pages = t.Pages(q.Order)
	}
	rows, err := x.store.Query(ctx, *q)
	if err == nil {
		return rows, nil
	}
	var e *dbcontents.Error
	if q.Pages && q.After == "" && errors.As(err, &e) && e.Code == "page_unordered" {
		q.Pages = false
		return x.store.Query(ctx, *q)
	}
	if errors.As(err, &e) && e.Code == "column_unknown" && x.countRows(q) {
		return x.store.Query(ctx, *q)
	}
	return rows, err
}

// respond reads from the Store, and reads again if the response had to wait for a place among the streams.
func (x *exchange) respond() {
	ctx := x.lending(x.r.Context())
	if x.ask.isView() {
		var err error
		if x.ask.view, err = x.viewing(ctx); err != nil {
			x.fail(err)
			return
		}
	}
	// A pause of the view may have lent the turn, and failed to get it back.
	if !x.takeTurn(ctx, x.ask.query) {
		return
	}
	for !x.read(ctx) {
		if !x.takePlace(ctx) {
			return
		}
	}
}

// read responds with what the Store returns. If the response needs a place among
// the streams, read reports false and has sent nothing.
func (x *exchange) read(ctx context.Context) bool {
	ask := &x.ask
	q := &ask.query
	// For a HEAD with a limit, the rows are read as for a GET, to find out their
	// length. Without a limit, one row is enough to find every error that occurs
	// before the first row.
	brief := x.r.Method == http.MethodHead && q.Limit == 0 && !q.Output.Object && ask.view == nil
	if brief {
		q.Limit, q.Pages = 1, false
	}
	rows, err := x.rows(ctx, q)
	if brief {
		q.Limit = 0
	}
	if err != nil {
		x.fail(err)
		return true
	}
	defer rows.Close()
	x.seen.Table = rows.Table().String()
	x.permit.Waited += rows.Waited()
	header := x.w.Header()
	if total, known := rows.Total(); known && q.Offset > total && !q.Output.Object && ask.view == nil { // for an object, no row is another error: not one row
		header.Set("Content-Range", string(negotiate.AppendContentRange(nil, 0, 0, total)))
		rows.Close() // gives the connection back before the response is written
		x.problem(*beyondEnd(q.Offset, total))
		return true
	}
	x.cacheControl(revalidated)
	if lsn := rows.LSN(); lsn != "" {
		header["Dbcontents-Lsn"] = []string{lsn} // not in the headerBatch, of which the entity tag is made
	}
	header["Content-Type"] = ask.representation.ContentType
	if ask.representation.Format == dbcontents.CSV {
		header.Set("Content-Disposition", attachment(rows.Table().Name))
	}
	if applied := ask.prefer.Applied(); applied != "" {
		header.Set("Preference-Applied", applied)
	}
	if x.profiled() && ask.view == nil {
		header.Set("Content-Profile", rows.Table().Schema)
	}
	return x.stream(rows, brief)
}

// fail responds with an error of the Store. Nothing may have been sent yet.
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

// stopped reports whether the server ended the request, and not a client that has
// gone: for that, net/http cancels the context without a cause of its own.
func (x *exchange) stopped(err error) bool {
	return errors.Is(err, context.Canceled) && context.Cause(x.r.Context()) != context.Canceled
}

// attachment is the Content-Disposition with the file name for CSV: in ASCII for old
// browsers, and the true name by RFC 8187 for others.
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
