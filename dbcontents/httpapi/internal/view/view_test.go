package view

import (
	"bytes"
	"flag"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// hostile is text that must never be anything but text.
const hostile = `</td></script><script>alert("1")</script>&amp;'` + "\x00\x1b\u202e"

// film is a small page with everything on it.
func film(row bool) *Page {
	p := &Page{
		Frame: Frame{Title: "public.film " + hostile, Home: "../dbcontents?~find=", Place: []Anchor{{Text: "film"}}},
		Kind:  "table", Comment: hostile, Row: row, Total: "about 3 rows", Exact: "?~count=exact", First: 1,
		Chips: []Chip{{"filter", "title = " + hostile, "?"}}, Clear: "?",
		Columns: []Column{
			{Name: "film_id", Type: "integer", Kind: Numeric, Sort: "?order=film_id", Sorted: "ascending", Filter: "film_id", Ops: []Op{{"eq", "="}}},
			{Name: hostile, Type: "text", Comment: hostile, Kind: Prose},
			{Name: "doc", Type: "jsonb", Kind: Document},
			{Name: "language_id", Type: "integer", Kind: Numeric, Link: &Link{Path: "./language", Keys: []string{"language_id"}, Cells: []int{3}, Row: true, Title: "language"}},
		},
		Open:     &Link{Keys: []string{"film_id"}, Cells: []int{0}, Row: true},
		Choices:  []Choice{{Name: hostile, Type: "text", Comment: hostile, Shown: true, Facet: "?~facet=title"}},
		Asked:    Pairs{{"order", hostile}},
		Exports:  []Export{{"these rows", []Anchor{{Text: "CSV", URL: "?format=csv"}}}},
		Snippets: []Snippet{{"curl", "curl '" + hostile + "'"}},
		Facet:    &Facet{Column: hostile, Values: []FacetValue{{Text: hostile, Count: 12345, URL: "?"}, {Null: true, Count: 1, URL: "?"}, {Count: 1, URL: "?"}}, Close: "?"},
		Sizes:    []Anchor{{Text: "25", URL: "?limit=25"}, {Text: "100"}},
	}
	p.Prepare()
	return p
}

// render is a page with rows.
func render(t *testing.T, p *Page, csv string, foot Foot) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Begin(&b); err != nil {
		t.Fatal(err)
	}
	rows := p.Rows(&b)
	rows.Stop = func() {}
	if _, err := rows.Write([]byte(csv)); err != nil {
		t.Fatal(err)
	}
	foot.Shown, foot.Last = rows.Shown, rows.Shown
	if err := p.End(&b, foot); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func csvField(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

var filmCSV = "film_id,title,doc,language_id\r\n" +
	"1," + csvField(hostile) + "," + csvField(`{"a": [1, "</pre>"], "b": "`+strings.Repeat("x", 60)+`"}`) + ",7\r\n" +
	"2,\"\",\"{}\",\r\n" +
	"3," + csvField("עברית "+strings.Repeat("long ", 40)) + ",,1\r\n"

// The pages are what they were, to the byte. To write them anew: go test ./dbcontents/httpapi/internal/view -update
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	index := &Index{Frame: Frame{Title: "Tables"}, Sizes: true}
	index.Add("public", Table{Name: "film", Kind: "table", Comment: hostile, URL: "/dbcontents/film", Rows: "1,000", Size: Bytes(3 << 20), Columns: []string{"film_id", hostile}})
	index.Add("other", Table{Name: hostile, Kind: "view", Note: "no URL leads to this table"})
	problem := &Problem{Frame: Frame{Title: "404"}, Status: 404, StatusText: "Not Found", Summary: "no such table", Message: hostile, Details: hostile, Hint: hostile, Cause: "x", Code: "y", RequestID: "z", Ways: []Anchor{{Text: "All tables", URL: "/"}}}
	for name, got := range map[string]string{
		"table":   render(t, film(false), filmCSV, Foot{Start: "?", Previous: "?offset=0", Next: "?after=x", Notes: []string{"a note"}}),
		"row":     render(t, film(true), filmCSV, Foot{Incoming: []Reference{{Anchor{"rental", "./rental?film_id=eq.1", "by film_id"}, "12 rows"}}, Count: "?~count=exact"}),
		"index":   written(t, index.Write),
		"problem": written(t, problem.Write),
	} {
		for _, bad := range []string{"<script>alert", "&amp;amp;amp;", "\x00", "ZgotmplZ"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: %q is in the page", name, bad)
			}
		}
		got = regexp.MustCompile(`(?s)<(style|script)>(?::root|"use strict").*?</(?:style|script)>`).ReplaceAllString(got, "<$1></$1>")
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != got {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever a value is, it is text in the page.
func FuzzValues(f *testing.F) {
	for _, s := range []string{hostile, "", "x", `{"a":1}`, "[" + strings.Repeat("1,", 90) + "1]", strings.Repeat("é\n", 100), "\xff\xfe<"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for kind := range Document + 1 {
			p := &Page{Columns: []Column{{Kind: kind}}}
			out := string(p.appendValue(nil, Cell{Text: []byte(value)}, &p.Columns[0], false))
			text := regexp.MustCompile(`</?(details|summary|div|pre)>`).ReplaceAllString(out, "")
			if strings.ContainsAny(text, `<>"'`) {
				t.Errorf("%q: %q", value, out)
			}
			if kind == Prose && !strings.Contains(out, "<details>") && !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' }) && html.UnescapeString(out) != value {
				t.Errorf("%q is shown as %q", value, out)
			}
		}
	})
}

// A document that is nested so deeply that its indentation would be most of the page is left as it is.
func TestDeepDocuments(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 4000) + "0" + strings.Repeat(",0", 4000) + strings.Repeat("]", 4000)
	usual := `{"items":[` + strings.Repeat(`{"id":1,"tags":["a","b"]},`, 100) + `{"text":"[[[["}]}`
	for text, indented := range map[string]bool{deep: false, usual: true} {
		p := &Page{Columns: []Column{{Kind: Document}}}
		out := string(p.appendValue(nil, Cell{Text: []byte(text)}, &p.Columns[0], true))
		if len(out) > (maxIndentation+6)*len(text) || strings.Contains(out, "\n  ") != indented {
			t.Errorf("%.20s: %d bytes became %d", text, len(text), len(out))
		}
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"": nil, "a": {"a"}, "a,b": {"a", "b"}, `a,"b,c",d(e,f(g,h)),i`: {"a", `"b,c"`, "d(e,f(g,h))", "i"}, `"a\",b",c`: {`"a\",b"`, "c"}, "a,": {"a", ""},
	} {
		if got := Items(list); strings.Join(got, "|") != strings.Join(want, "|") || len(got) != len(want) {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
	for name, want := range map[string]string{"a": "a", "a_1": "a_1", "a b": `"a b"`, `a"\`: `"a\"\\"`, "select": `"select"`, "": `""`, "~x": `"~x"`, "é": `"é"`} {
		if got := Name(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := Number(-1234567); got != "-1,234,567" {
		t.Error(got)
	}
}
