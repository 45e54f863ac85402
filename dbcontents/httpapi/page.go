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
	// pageRows is how many rows a page shows unless limit says otherwise, and
	// pageRowsMost how many at most: a page is for people.
	pageRows     = 100
	pageRowsMost = 1000
)

var (
	//go:embed templates/page.html
	pageHTML string
	//go:embed templates/index.html
	indexHTML string
	//go:embed templates/style.css
	styleCSS string

	templates = template.Must(template.Must(template.New("page").Parse(pageHTML)).New("index").Parse(indexHTML))

	// pagePolicy lets a browser apply our own style sheet, by its hash, and nothing else.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + hashOf(styleCSS) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

type pageData struct {
	Style          template.CSS
	Title, Comment string
	Columns        []dbcontents.Column
	Rows           [][]cell
	Full           bool // more rows would have been too large
	First, Last    int64
	Most           int64 // rows on a page, if that cut it, else 0
	Formats        []link
	Previous, Next string // query strings, empty if there is no such page
}

type link struct{ Name, Query string }

// page answers with a page of rows for a person.
func (x *exchange) page(q dbcontents.Query) {
	limit, most := q.Limit, int64(pageRowsMost)
	if limit == 0 {
		limit = pageRows
	}
	if n := x.h.store.MaxRows(); n > 0 {
		most = min(most, n)
	}
	wanted := limit
	limit = max(0, min(limit, most))
	q.Limit = limit + 1       // the one more tells whether there is a next page
	q.Format = dbcontents.CSV // values as PostgreSQL prints them, see cells
	rows, err := x.rows(x.r.Context(), &q)
	if err != nil {
		x.fail(err)
		return
	}
	defer rows.Close()
	x.seen.Table = rows.Table().String()
	x.permit.Waited += rows.Waited()
	data := pageData{
		Style: template.CSS(styleCSS), Title: rows.Table().String(), Comment: rows.Table().Comment, Columns: rows.Columns(),
	}
	shown := cells{columns: len(data.Columns), most: int(limit), stop: func() { rows.Close() }}
	if _, err := rows.WriteTo(&shown); err != nil {
		x.fail(err)
		return
	}
	data.Rows, data.Full = shown.rows, shown.full
	more := shown.more || rows.Truncated() // then the one more was the Store's
	if more && wanted > limit {
		data.Most = most
	}
	x.seen.Rows = int64(len(data.Rows))
	data.First, data.Last = q.Offset+1, q.Offset+int64(len(data.Rows))
	data.links(x.r.URL.RawQuery, q.Offset, limit, more)
	x.cacheControl(revalidated)
	x.timing()
	x.render("page", data)
}

// links points to the other formats and the pages around this one, keeping
// the rest of the query.
func (d *pageData) links(raw string, offset, limit int64, more bool) {
	with := func(key, value string) string {
		var changed []pair
		for k, v := range pgrest.Pairs(raw) {
			if k != key || key == "format" && !isFormat(v) { // a column of that name
				changed = append(changed, pair{k, v})
			}
		}
		return string(appendPairs(nil, append(changed, pair{key, value})))
	}
	for _, f := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV} {
		d.Formats = append(d.Formats, link{string(f), with("format", string(f))})
	}
	if more && limit > 0 {
		d.Next = with("offset", strconv.FormatInt(offset+int64(len(d.Rows)), 10))
	}
	if offset > 0 {
		d.Previous = with("offset", strconv.FormatInt(max(0, offset-limit), 10))
	}
}

// isFormat reports whether a value of the query key format names one.
func isFormat(name string) bool {
	_, ok := negotiate.ByName(dbcontents.Format(name))
	return ok
}

func (x *exchange) render(name string, data any) {
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, data); err != nil {
		x.fail(err)
		return
	}
	x.w.Header().Set("Content-Security-Policy", pagePolicy)
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	x.send(http.StatusOK, negotiate.TypeHTML, body.Bytes())
}
