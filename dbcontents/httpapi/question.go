package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

// A question is what a request for contents asks for.
type question struct {
	query          dbcontents.Query
	representation negotiate.Representation
	prefer         negotiate.Preferences
	args           []pgrest.Arg  // of a function, and filters on its result
	own, pairs     view.Pairs    // of the query string: those of the HTML view alone, and the others
	view           *viewing      // nil but for the HTML view
	parsed         time.Duration // how long it took to parse; set for Options.ServerTiming only
}

// question reads the request. Its steps are in the order of PostgREST, which
// decides which of several mistakes is reported. It takes no connection, so mistakes
// that only the database can find are reported last.
func (x *exchange) question(schema, table string) (ask question, bad *problem) {
	request, invalid := pgrest.Parse(x.separate(&ask))
	if invalid != nil {
		return ask, badQuery(invalid)
	}
	ask.query = request.Query
	ask.query.Schema, ask.query.Table = schema, table
	bad = x.represent(&ask, request.Format)
	return ask, bad
}

// represent is the rest of question: the range, the format, and what is preferred. format is
// that of the query string.
func (x *exchange) represent(ask *question, format string) *problem {
	if bad := x.narrow(&ask.query); bad != nil {
		return bad
	}
	var ok bool
	if format != "" {
		ask.representation, ok = negotiate.ByName(dbcontents.Format(format))
	} else {
		ask.representation, ok = negotiate.Accept(x.r.Header["Accept"])
	}
	if !ok {
		return notAcceptable(x.r.Header)
	}
	ask.prefer = negotiate.Prefer(x.r.Header["Prefer"])
	if bad := x.position(&ask.query); bad != nil {
		return bad
	}
	if ask.own.Get("~cells") == "safe" {
		ask.representation.Output.SpreadsheetSafe = true
	}
	if !ask.isView() { // viewing does this for the view
		q := &ask.query
		q.Format, q.Output = ask.representation.Format, ask.representation.Output
		q.Count, q.TimeZone = dbcontents.Count(ask.prefer.Count), ask.prefer.TimeZone
		q.Pages = x.paged(q)
	}
	return invalidPreferences(&ask.prefer)
}

// isView reports whether the response is the HTML view.
func (ask *question) isView() bool { return ask.representation.Format == negotiate.HTML }

// narrow applies the Range header, which counts for GET only.
func (x *exchange) narrow(q *dbcontents.Query) *problem {
	if x.r.Method != http.MethodGet {
		return nil
	}
	offset, limit, err := negotiate.Range(x.r.Header["Range"], q.Offset, q.Limit)
	if err != nil {
		return unsatisfiable(err.Error())
	}
	q.Offset, q.Limit = offset, limit
	return nil
}

// paged reports whether the response may link to the next and the previous page.
// Groups have no position in a sort order, and some sort orders have no pages. If
// the table is not known yet, rows finds out.
func (x *exchange) paged(q *dbcontents.Query) bool {
	if q.Function != "" || q.Limit < 0 || q.Limit == 0 && x.h.config.MaxRows == 0 ||
		slices.ContainsFunc(q.Select, func(f dbcontents.Field) bool { return f.Aggregate != "" }) {
		return false
	}
	t := x.store.Known(q.Schema, q.Table)
	return t == nil || t.Pages(q.Order)
}
