package httpapi

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/view"
)

const (
	// defaultViewRows is how many rows the HTML view shows without a limit, and
	// maxViewRows how many at most. The view is for people.
	defaultViewRows = 100
	maxViewRows     = 1000
	// viewExtra is how long the view may take for what it shows beside the rows: the
	// frequent values of a column, and how many rows refer to one.
	viewExtra = 3 * time.Second
)

// A viewing is a request for the HTML view.
type viewing struct {
	x     *exchange
	own   view.Pairs // the parameters that are for the view alone
	pairs view.Pairs // the others
	row   bool       // it is the page of one row

	wanted, limit, most int64
	table               *dbcontents.Table // nil for a function, until it is called
	related             []related
	facet               *view.Facet
	page                *view.Page
	rows                *view.Rows
	cells               map[string]int // by the columns of the table: which cells have their values
}

// viewing begins the view of a request. All that needs a connection beside the read is found out
// before it: a request never holds two.
func (x *exchange) viewing(ctx context.Context) (v *viewing, bad error) {
	q := &x.ask.query
	v = &viewing{x: x, own: x.ask.own, pairs: x.ask.pairs, wanted: q.Limit, most: maxViewRows}
	if v.wanted == 0 {
		v.wanted = defaultViewRows
	}
	if n := x.h.config.MaxRows; n > 0 {
		v.most = min(v.most, n)
	}
	v.limit = max(0, min(v.wanted, v.most))
	q.Format = dbcontents.CSV // has values as PostgreSQL prints them
	q.Limit = v.limit
	if v.limit == 0 {
		q.Limit = dbcontents.NoRows
	}
	q.Pages = x.paged(q)
	if q.Function == "" {
		t, err := x.store.Table(ctx, q.Schema, q.Table)
		if err != nil {
			return nil, err
		}
		a, _ := x.accessTo(t)
		v.table = t.Only(a.Columns)
		q.Pages = q.Pages && v.table.Pages(q.Order)
		v.relate(ctx)
		v.facet = v.frequent(ctx)
	}
	q.Count = v.count()
	if v.row = v.own.Get("~view") == "row" && q.Function == ""; v.row {
		q.Limit, q.Pages, q.Count = 2, false, ""
	} else if !q.Pages && q.After == "" && v.limit > 0 {
		q.Limit++ // one row more, to know whether there are further rows
	}
	return v, nil
}

// count is how the rows are counted. Unasked, they are estimated, which costs nothing, but only
// where nothing is hidden: an estimate depends on all rows and columns of a table.
func (v *viewing) count() dbcontents.Count {
	x := v.x
	switch {
	case v.own.Get("~count") == "exact":
		return dbcontents.CountExact
	case x.ask.prefer.Count != "":
		return dbcontents.Count(x.ask.prefer.Count)
	case x.h.options.Session != nil || !v.table.Open():
		return ""
	}
	return dbcontents.CountPlanned
}

// write writes the rows as a page.
func (v *viewing) write(rows *dbcontents.Rows, s *stream) error {
	v.page = v.model(rows)
	if err := v.page.Begin(s); err != nil {
		return err
	}
	v.rows = v.page.Rows(s)
	v.rows.Stop = func() { rows.Close() }
	if !v.row {
		v.rows.Most = v.limit
	}
	if _, err := rows.WriteTo(v.rows); err != nil {
		if s.committed && s.err == nil {
			v.page.Broken(s) //nolint:errcheck // the response is broken off anyway
		}
		return err
	}
	return v.page.End(s, v.foot(rows))
}

// shownRows is how many rows the page shows. It may have read one more.
func (v *viewing) shownRows() int64 {
	switch {
	case v.rows == nil: // the page could not be begun
		return 0
	case v.row:
		return min(v.rows.Shown, 1)
	}
	return v.rows.Shown
}

// foot is what is known when the rows have been read.
func (v *viewing) foot(rows *dbcontents.Rows) (f view.Foot) {
	q := &v.x.ask.query
	f.Shown = v.rows.Shown
	if v.row {
		if f.Shown > 1 {
			f.Notes = append(f.Notes, "More than one row matches; this is the first one.")
		}
		f.Incoming, f.Count = v.incoming()
		return f
	}
	first := v.unpaged()
	if q.After != "" || q.Offset > 0 {
		f.Start = first.Query()
	}
	if v.page.First > 0 {
		f.Last = v.page.First + f.Shown - 1
	}
	more := v.rows.More || rows.Truncated() // the Store's own maximum may have cut the one row more
	if q.Pages {
		more = more || rows.NextPage() != "" || rows.More()
	}
	if v.rows.Full {
		f.Notes = append(f.Notes, "The page ends here because more rows would be too large for one page.")
	} else if more && v.wanted > v.limit {
		f.Notes = append(f.Notes, "This server shows at most "+view.Number(v.most)+" rows at once.")
	}
	next, prev := rows.NextPage(), rows.PrevPage()
	if next == "" && rows.More() {
		f.Notes = append(f.Notes, "The rows are sorted by values that are too long for the address of the next page, so it is found by counting rows (offset), "+
			"and rows that come or go meanwhile shift it. Sort by another column for pages that stay in place.")
	}
	from := first
	if q.After != "" {
		from = v.pairs // offsets count from the token
	}
	switch {
	case v.rows.Full && q.After != "":
		f.Next = v.pairs.With("limit", number(f.Shown)).Query()
	case v.rows.Full || more && next == "" && v.limit > 0:
		f.Next = from.With("offset", number(q.Offset+f.Shown)).Query()
	case next != "":
		f.Next = v.at(next)
	}
	switch {
	case q.Offset > 0: // not by token, as that page may have no token that leads here
		f.Previous = from.With("offset", number(max(0, q.Offset-v.limit))).Query()
	case prev != "":
		f.Previous = v.at(prev)
	}
	return f
}

// at is the address of the page of a token.
func (v *viewing) at(token string) string {
	return append(v.unpaged(), view.Pair{Key: pgrest.TokenKey, Value: token}).Query()
}

// pageHeaders sets the headers that only pages have.
func (x *exchange) pageHeaders(f *view.Frame) {
	x.w.Header().Set("Content-Security-Policy", f.Policy())
	x.w.Header().Set("Referrer-Policy", "no-referrer")
}

// home is the address of the list of tables, relative to this page, and base that of tables.
func (x *exchange) home() (home, base string) {
	prefix := x.h.options.Prefix
	rest, ok := strings.CutPrefix(x.r.URL.EscapedPath(), prefix)
	whole := x.outer() + prefix
	last := whole[strings.LastIndexByte(whole, '/')+1:]
	switch {
	case !ok || rest != "" && rest[0] != '/': // the list itself, and what is nowhere
		return cmp.Or(whole, "/") + "?~find=", whole + "/"
	case rest == "":
		return "?~find=", "./" + last + "/"
	}
	up := strings.Repeat("../", strings.Count(rest, "/"))
	if base = "./" + up[len("../"):]; prefix == "" { // only StripPrefix and proxies know what comes before
		return base + "?~find=", base
	}
	return up + last + "?~find=", base
}
