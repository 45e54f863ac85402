package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

const (
	// defaultViewRows is how many rows the HTML view shows without a limit, and
	// maxViewRows how many at most. The view is for people.
	defaultViewRows = 100
	maxViewRows     = 1000
)

var (
	//go:embed templates/view.html
	viewHTML string
	//go:embed templates/index.html
	indexHTML string
	//go:embed templates/style.css
	styleCSS string

	templates = template.Must(template.Must(template.New("view").Parse(viewHTML)).New("index").Parse(indexHTML))

	// viewPolicy allows the browser nothing but our own style sheet, which it knows by its hash.
	viewPolicy = "default-src 'none'; style-src 'sha256-" + hashOf(styleCSS) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// viewData is what the template of the view shows.
type viewData struct {
	Style          template.CSS
	Title, Comment string
	Columns        []dbcontents.Column
	Rows           [][]cell
	Full           bool // there are more rows, but the view would be too large
	First, Last    int64
	MaxRows        int64 // the most rows that a view shows, if that cut this one; otherwise 0
	Formats        []formatLink
	Previous, Next string // query strings; empty if there are no such rows
}

type formatLink struct{ Name, Query string }

// view responds with rows as HTML.
func (x *exchange) view(q dbcontents.Query) {
	wanted, most := q.Limit, int64(maxViewRows)
	if wanted == 0 {
		wanted = defaultViewRows
	}
	if n := x.h.config.MaxRows; n > 0 {
		most = min(most, n)
	}
	limit := max(0, min(wanted, most))
	q.Limit = limit + 1       // one row more, to know whether there are further rows
	q.Format = dbcontents.CSV // has values as PostgreSQL prints them, see cells
	rows, err := x.rows(x.r.Context(), &q)
	if err != nil {
		x.fail(err)
		return
	}
	defer rows.Close()
	x.seen.Table = rows.Table().String()
	x.permit.Waited += rows.Waited()
	data := viewData{
		Style: template.CSS(styleCSS), Title: rows.Table().String(), Comment: rows.Table().Comment, Columns: rows.Columns(),
	}
	shown := cells{columns: len(data.Columns), maxRows: int(limit), stop: func() { rows.Close() }}
	if _, err := rows.WriteTo(&shown); err != nil {
		x.fail(err)
		return
	}
	data.Rows, data.Full = shown.rows, shown.full
	more := shown.more || rows.Truncated() // the Store's own maximum may have cut the one row more
	if more && wanted > limit {
		data.MaxRows = most
	}
	x.seen.Rows = int64(len(data.Rows))
	data.First, data.Last = q.Offset+1, q.Offset+int64(len(data.Rows))
	data.links(x.r.URL.RawQuery, q.Offset, limit, more)
	x.cacheControl(revalidated)
	x.timing()
	x.render("view", data)
}

// links points to the other formats, and to the rows before and after. It keeps
// the rest of the query string.
func (d *viewData) links(raw string, offset, limit int64, more bool) {
	with := func(key, value string) string {
		var changed []pair
		for k, v := range pgrest.Pairs(raw) {
			if k != key || key == "format" && !isFormat(v) { // format may be the name of a column
				changed = append(changed, pair{k, v})
			}
		}
		return string(appendPairs(nil, append(changed, pair{key, value})))
	}
	for _, f := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV} {
		d.Formats = append(d.Formats, formatLink{string(f), with("format", string(f))})
	}
	if more && limit > 0 {
		d.Next = with("offset", strconv.FormatInt(offset+int64(len(d.Rows)), 10))
	}
	if offset > 0 {
		d.Previous = with("offset", strconv.FormatInt(max(0, offset-limit), 10))
	}
}

// isFormat reports whether a value of the query key format names a format.
func isFormat(name string) bool {
	_, ok := negotiate.ByName(dbcontents.Format(name))
	return ok
}

// render responds with a template.
func (x *exchange) render(name string, data any) {
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, data); err != nil {
		x.fail(err)
		return
	}
	x.w.Header().Set("Content-Security-Policy", viewPolicy)
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	x.send(http.StatusOK, negotiate.TypeHTML, body.Bytes())
}
