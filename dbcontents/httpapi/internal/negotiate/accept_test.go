package negotiate_test

import (
	"slices"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

func TestAccept(t *testing.T) {
	t.Parallel()
	type output = dbcontents.Output
	const none = dbcontents.Format("")
	for _, tt := range []struct {
		reason string
		lines  []string
		format dbcontents.Format
		output output
	}{
		{"without the header it is JSON", nil, dbcontents.JSON, output{}},
		{"an empty line counts as none", []string{" "}, dbcontents.JSON, output{}},
		{"anything is JSON", []string{"*/*"}, dbcontents.JSON, output{}},
		{"only the first line is read", []string{"text/csv", "application/json;v=1"}, dbcontents.CSV, output{}},
		{"case does not count", []string{"TEXT/CSV ; Q=1"}, dbcontents.CSV, output{}},
		{"there is no such type", []string{"image/png, application/xml;q=0.3"}, none, output{}},
		{"text/* matches nothing", []string{"text/*, application/*"}, none, output{}},
		{"the highest q wins", []string{"text/csv;q=0.2, application/json;q=0.9"}, dbcontents.JSON, output{}},
		{"q=0 excludes", []string{"text/csv;q=0"}, none, output{}},
		{"an invalid q counts as 1", []string{"text/csv;q=x, application/json;q=0.9"}, dbcontents.CSV, output{}},
		{"a type wins over stars", []string{"*/*, text/csv"}, dbcontents.CSV, output{}},
		{"more parameters win", []string{"text/csv, application/json;version=1"}, dbcontents.JSON, output{}},
		{"then the earlier one wins", []string{"text/html, text/plain"}, negotiate.HTML, output{}},
		{"one object", []string{"application/vnd.pgrst.object"}, dbcontents.JSON, output{Object: true}},
		{"nulls are stripped", []string{"application/vnd.pgrst.array+json;nulls=stripped"}, dbcontents.JSON, output{StripNulls: true}},
		{"but not from plain JSON", []string{"application/json;nulls=stripped"}, dbcontents.JSON, output{}},
		{"numbers as strings", []string{"application/x-ndjson;numbers=string"}, dbcontents.NDJSON, output{NumbersAsStrings: true}},
		{"an unknown value of our parameter", []string{"application/json;numbers=roman"}, none, output{}},
		{"a separator in quotes", []string{`text/csv;separator=",", application/json;q=0.5`}, dbcontents.CSV, output{Separator: ','}},
		{"a separator by its name, and safe cells", []string{"text/csv;separator=tab;cells=safe"}, dbcontents.CSV, output{Separator: '\t', SpreadsheetSafe: true}},
		{"an unknown separator", []string{"text/csv;separator=x"}, none, output{}},
		{"bytes", []string{"application/octet-stream"}, dbcontents.Binary, output{}},
	} {
		got, ok := negotiate.Accept(tt.lines)
		if got.Format != tt.format || got.Output != tt.output || ok != (tt.format != none) || ok != (len(got.ContentType) == 1) {
			t.Errorf("%s: %q: got %+v, %v", tt.reason, tt.lines, got, ok)
		}
	}
}

func TestPrefersOpenAPI(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"":                                     false,
		"*/*":                                  false,
		"application/json":                     false,
		"application/openapi+json":             true,
		"Application/OpenAPI+JSON":             true,
		"application/openapi+json;version=3.1": true,
		"application/openapi+json, application/json":         true,
		"application/json, application/openapi+json":         false,
		"application/json;q=0.9, application/openapi+json":   true,
		"application/openapi+json, */*;q=0.1":                true,
		"application/openapi+json;q=0.5, text/csv":           false,
		"application/openapi+json;q=0":                       false,
		"text/x, application/openapi+json;q=0.1":             true,
		"application/openapi+jsonx, application/openapi+xml": false,
	} {
		if got := negotiate.PrefersOpenAPI([]string{accept}); got != want {
			t.Errorf("%q: got %v", accept, got)
		}
	}
	if got, ok := negotiate.Accept([]string{"application/openapi+json, text/csv;q=0.1"}); !ok || got.Format != dbcontents.CSV {
		t.Errorf("where there is none, it counts: %+v", got)
	}
}

func TestByName(t *testing.T) {
	t.Parallel()
	for _, name := range []dbcontents.Format{"json", "ndjson", "csv", "text", "html", "binary"} {
		if got, ok := negotiate.ByName(name); !ok || got.Format != name || len(got.ContentType) != 1 {
			t.Errorf("%s: got %+v, %v", name, got, ok)
		}
	}
	if got, ok := negotiate.ByName("xml"); ok {
		t.Errorf("xml: got %+v", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":              {""},
		"a, b":          {"a", " b"},
		",":             {"", ""},
		`"a,b",c`:       {`"a,b"`, "c"},
		`"a\",b",c`:     {`"a\",b"`, "c"},
		`a;b="c,d`:      {`a;b="c,d`},
		`a\,b`:          {`a\`, "b"},
		`W/"1", W/"2,"`: {`W/"1"`, ` W/"2,"`},
	} {
		if got := slices.Collect(negotiate.List(line)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

// Accept runs in every request: here with the header of a program and with that of a browser.
func BenchmarkAccept(b *testing.B) {
	for _, accept := range []string{"application/json", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"} {
		b.Run(accept, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				negotiate.Accept([]string{accept})
			}
		})
	}
}
