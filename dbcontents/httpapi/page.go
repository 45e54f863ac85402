package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	stdjson "encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgrest"
)

const (
	// pageRows is how many rows a page shows unless limit says otherwise, and
	// pageRowsMost how many at most: a page is for people.
	pageRows     = 100
	pageRowsMost = 1000
	// cellMost is how many bytes of a value are shown.
	cellMost = 500
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
	First, Last    int64
	Most           int64 // rows on a page, if that cut it, else 0
	Formats        []link
	Previous, Next string // query strings, empty if there is no such page
}

type link struct{ Name, Query string }

type cell struct {
	Text      string
	Null, Cut bool
}

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
	q.Limit = limit + 1 // the one more tells whether there is a next page
	rows, err := x.h.store.Query(x.r.Context(), q)
	if err != nil {
		x.fail(err)
		return
	}
	defer rows.Close()
	x.seen.Table = rows.Table().String()
	x.seen.Wait += rows.Waited()
	data := pageData{
		Style: template.CSS(styleCSS), Title: rows.Table().String(), Comment: rows.Table().Comment, Columns: rows.Columns(),
	}
	more := false
	for row, err := range rows.All() {
		if err != nil {
			x.fail(err)
			return
		}
		if more = int64(len(data.Rows)) == limit; more {
			break
		}
		values, err := row.Values()
		if err != nil {
			x.fail(err)
			return
		}
		data.Rows = append(data.Rows, cells(values))
	}
	more = more || rows.Truncated() // then the one more was the Store's
	if more && wanted > limit {
		data.Most = most
	}
	x.seen.Rows = int64(len(data.Rows))
	data.First, data.Last = q.Offset+1, q.Offset+int64(len(data.Rows))
	data.links(x.r.URL.RawQuery, q.Offset, limit, more)
	x.w.Header()["Cache-Control"] = revalidated
	x.timing()
	x.render("page", data)
}

// links points to the other formats and the pages around this one, keeping
// the rest of the query.
func (d *pageData) links(raw string, offset, limit int64, more bool) {
	with := func(key, value string) string {
		var changed []pair
		for k, v := range pgrest.Pairs(raw) {
			if k != key || key == "format" && contentTypes[format(v)] == nil { // a column of that name
				changed = append(changed, pair{k, v})
			}
		}
		return string(appendPairs(nil, append(changed, pair{key, value})))
	}
	for _, f := range []format{json, ndjson, csv} {
		d.Formats = append(d.Formats, link{string(f), with("format", string(f))})
	}
	if more && limit > 0 {
		d.Next = with("offset", strconv.FormatInt(offset+limit, 10))
	}
	if offset > 0 {
		d.Previous = with("offset", strconv.FormatInt(max(0, offset-limit), 10))
	}
}

func cells(values []any) []cell {
	out := make([]cell, len(values))
	for i, v := range values {
		var s string
		switch v := v.(type) {
		case nil:
			out[i].Null = true
			continue
		case string:
			s = v
		case bool:
			s = strconv.FormatBool(v)
		case int64:
			s = strconv.FormatInt(v, 10)
		case float64:
			s = strconv.FormatFloat(v, 'g', -1, 64)
		case time.Time:
			s = v.Format("2006-01-02 15:04:05.999999")
		case []byte:
			s = `\x` + hex.EncodeToString(v[:min(len(v), cellMost)])
		case stdjson.RawMessage:
			s = string(v)
		}
		if len(s) > cellMost {
			end := cellMost
			for !utf8.RuneStart(s[end]) {
				end--
			}
			s, out[i].Cut = s[:end], true
		}
		out[i].Text = s
	}
	return out
}

func (x *exchange) render(name string, data any) {
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, data); err != nil {
		x.fail(err)
		return
	}
	x.w.Header().Set("Content-Security-Policy", pagePolicy)
	x.w.Header().Set("Referrer-Policy", "no-referrer")
	x.send(http.StatusOK, contentTypes[html][0], body.Bytes())
}
