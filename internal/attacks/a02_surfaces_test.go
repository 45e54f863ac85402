package attacks

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// surfaces are the requests whose responses can hold what the database says.
// In a path, T is a relation.
var surfaces = map[string]struct {
	method, path string
	header       []string
}{
	"all rows":               {path: "/dbcontents/T"},
	"a value":                {path: "/dbcontents/T?id=gte.1"},
	"a value that is wrong":  {path: "/dbcontents/T?id=eq.x"},
	"a cast":                 {path: "/dbcontents/T?select=n::text"},
	"an aggregate":           {path: "/dbcontents/T?select=n.max()"},
	"the old count":          {path: "/dbcontents/T?select=count&n=gt.0"},
	"an order":               {path: "/dbcontents/T?order=n"},
	"a page":                 {path: "/dbcontents/T?limit=1&order=n"},
	"HEAD":                   {method: "HEAD", path: "/dbcontents/T?id=gte.1"},
	"OPTIONS":                {method: "OPTIONS", path: "/dbcontents/T"},
	"POST":                   {method: "POST", path: "/dbcontents/T"},
	"an exact count":         {path: "/dbcontents/T?n=gt.0", header: []string{"Prefer", "count=exact"}},
	"a planned count":        {path: "/dbcontents/T?n=gt.0", header: []string{"Prefer", "count=planned"}},
	"an estimated count":     {path: "/dbcontents/T?n=gt.0", header: []string{"Prefer", "count=estimated"}},
	"a time zone":            {path: "/dbcontents/T", header: []string{"Prefer", "timezone=Europe/Berlin, handling=strict"}},
	"a time zone not there":  {path: "/dbcontents/T", header: []string{"Prefer", "timezone=Mars/Olympus"}},
	"a deadline":             {path: "/dbcontents/T", header: []string{"Prefer", "wait=20"}},
	"a cut page":             {path: "/dbcontents/T?limit=1", header: []string{"Prefer", "max-rows=fail"}},
	"a range":                {path: "/dbcontents/T", header: []string{"Range", "0-1"}},
	"NDJSON":                 {path: "/dbcontents/T?format=ndjson"},
	"CSV":                    {path: "/dbcontents/T?format=csv"},
	"text":                   {path: "/dbcontents/T?format=text&select=n"},
	"HTML":                   {path: "/dbcontents/T?format=html"},
	"a browser":              {path: "/dbcontents/T?id=gte.1", header: []string{"Accept", "text/html,*/*;q=0.8"}},
	"one object":             {path: "/dbcontents/T?id=eq.1", header: []string{"Accept", "application/vnd.pgrst.object+json"}},
	"numbers as strings":     {path: "/dbcontents/T", header: []string{"Accept", "application/json;numbers=string"}},
	"a path into the value":  {path: "/dbcontents/T?select=n->a"},
	"words":                  {path: "/dbcontents/T?note=fts.a&n=gt.0"},
	"words that are none":    {path: "/dbcontents/T?note=fts.a+b&n=gt.0"},
	"a regular expression":   {path: "/dbcontents/T?note=match.(&n=gt.0"},
	"is":                     {path: "/dbcontents/T?n=is.true"},
	"the default table":      {path: "/dbcontents"},
	"the index":              {path: "/index"},
	"the index in a browser": {path: "/index", header: []string{"Accept", "text/html"}},
	"readyz":                 {path: "/readyz"},
	"readyz?verbose":         {path: "/readyz?verbose"},
	"another path":           {path: "/dbcontents/T/1"},
}

// No response tells what is stored in a column that a view only computes with, in
// no language of the server, and the log does.
func TestAttack02_EverySurface(t *testing.T) {
	begin(t, 2)
	const canary = "kanarienvogel"
	for _, language := range wordLanguages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dsn := inLanguage(t, language, failures(canary)...)
			execOn(t, dsn, `CREATE TABLE fine AS SELECT 1 AS id, 2 AS n, 'a' AS note`)
			checkSurfaces(t, wordRig(t, dsn, dbcontents.Config{Tables: []string{"cast_int"}}, httpapi.Options{ServerTiming: true}), canary, failing...)
			// The rest differs in how the statements are sent.
			few := []string{"cast_int", "raised_german", "folded", "checked"}
			for _, config := range []dbcontents.Config{{MaxCost: 1e9}, {MaxRows: 1}, {LockTimeout: time.Second}} {
				to := dsn
				if config.LockTimeout != 0 {
					to += "&default_query_exec_mode=exec" // as behind a pooler
				}
				checkSurfaces(t, wordRig(t, to, config, httpapi.Options{}), canary, few...)
			}
		})
	}
}

func checkSurfaces(t *testing.T, r *rig, canary string, relations ...string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/dbcontents", r.handler)
	mux.Handle("/dbcontents/", r.handler)
	mux.HandleFunc("/index", r.handler.Index)
	mux.HandleFunc("/readyz", r.handler.Readyz)
	r.server.Config.Handler = mux
	for name, s := range surfaces {
		asked := relations
		if !strings.Contains(s.path, "T") {
			asked = relations[:1]
		}
		method := s.method
		if method == "" {
			method = http.MethodGet
		}
		for _, relation := range asked {
			a := r.do(method, strings.ReplaceAll(s.path, "T", strings.ReplaceAll(relation, "$", "%24")), s.header...)
			if strings.Contains(strings.ToLower(a.text()), canary) {
				t.Errorf("%s, %s:\n%s", relation, name, a.text())
			}
			if method != http.MethodHead && a.Header.Get("Content-Type") == "application/problem+json" && r.problem(a).Hint == "" {
				t.Errorf("%s, %s: no hint: %s", relation, name, a.body)
			}
		}
	}
	if !strings.Contains(strings.ToLower(r.logged()), canary) {
		t.Error("what the database says is not in the log")
	}
}

// A stream that has begun is broken off, and nothing of why comes through.
func TestAttack02_BrokenStream(t *testing.T) {
	begin(t, 2)
	dsn := inLanguage(t, "de", `CREATE TABLE many AS SELECT id, repeat('x', 1000) AS pad, CASE id WHEN 5000 THEN 'Kanarienvogel' ELSE id::text END AS word FROM generate_series(1, 6000) id`,
		`CREATE VIEW streamed AS SELECT id, pad, word::int AS n FROM many`)
	r := wordRig(t, dsn, dbcontents.Config{}, httpapi.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	for _, format := range []string{"json", "ndjson", "csv"} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.server.URL+"/dbcontents/streamed?format="+format, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := r.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil || response.StatusCode != 200 {
			t.Errorf("%s: %s, %v: the stream is whole", format, response.Status, err)
		}
		if all := string(body) + fmt.Sprint(response.Header, response.Trailer, err); strings.Contains(all, "Kanarienvogel") {
			t.Errorf("%s: the value shows", format)
		}
	}
	if !strings.Contains(r.logged(), "Kanarienvogel") {
		t.Error("what the database says is not in the log")
	}
}

// Who has made a mistake is helped as by PostgREST, in English, whatever the
// server speaks.
func TestAttack02_MistakesAreExplained(t *testing.T) {
	begin(t, 2)
	for _, language := range wordLanguages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dsn := inLanguage(t, language, `CREATE TYPE mood AS ENUM ('sad')`,
				`CREATE TABLE t (id int, big bigint, num numeric, f float8, flag bool, day date, at timestamptz, span interval, uid uuid, doc jsonb, raw json,
					tags text[], ids int[], mood mood, r int4range, b bytea, note text, short varchar(20), lex tsvector, addr inet, bits bit(3))`, `INSERT INTO t (note) VALUES ('abc')`)
			english := speaksEnglish(t, dsn)
			r := wordRig(t, dsn, dbcontents.Config{}, httpapi.Options{})
			for _, tt := range explained {
				message := tt.message
				if !english && tt.other != "" {
					message = tt.other
				}
				// The second time the statement is kept; what counts is another one.
				for _, header := range [][]string{nil, nil, {"Prefer", "count=exact"}, {"Prefer", "count=planned"}, {"Prefer", "timezone=Asia/Tokyo"}} {
					p := r.problem(r.get("/dbcontents/t?"+pathReplacer.Replace(tt.query), header...))
					if p.Code != tt.code || p.Message != message || p.Hint == "" {
						t.Errorf("%s %q: %s %q, want %s %q", tt.query, header, p.Code, p.Message, tt.code, message)
					}
				}
			}
		})
	}
}

// pathReplacer encodes what cannot stand in a request line.
var pathReplacer = strings.NewReplacer(" ", "%20", "\n", "%0A", ">", "%3E", `"`, "%22", "»", "%C2%BB")

const refused = "the database refuses a value of the request"

// explained are mistakes and what is said of them; other is for a server that does
// not speak English, and whose message cannot be told from others.
var explained = []struct{ query, code, message, other string }{
	{"id=eq.abc", "22P02", `invalid input syntax for type integer: "abc"`, ""},
	{"id=eq.", "22P02", `invalid input syntax for type integer: ""`, ""},
	{"note=eq.a&id=eq.abc&big=eq.1", "22P02", `invalid input syntax for type integer: "abc"`, ""},
	{"note=eq.$9&id=eq." + `"$1»` + "&big=eq.1", "22P02", `invalid input syntax for type integer: ""$1»"`, ""},
	{"note=eq.$9&id=eq.x\n= '$3'&big=eq.1", "22P02", "invalid input syntax for type integer: \"x\n= '$3'\"", ""},
	{"big=eq.1.5", "22P02", `invalid input syntax for type bigint: "1.5"`, ""},
	{"id=eq.99999999999", "22003", `value "99999999999" is out of range for type integer`, ""},
	{"big=eq.99999999999999999999", "22003", `value "99999999999999999999" is out of range for type bigint`, ""},
	{"id=in.(1,x)", "22P02", `invalid input syntax for type integer: "x"`, refused},
	{"num=eq.x", "22P02", `invalid input syntax for type numeric: "x"`, ""},
	{"num=eq.1e200000", "22003", `value overflows numeric format`, ""},
	{"f=eq.x", "22P02", `invalid input syntax for type double precision: "x"`, ""},
	{"f=eq.1e999", "22003", `"1e999" is out of range for type double precision`, ""},
	{"flag=eq.x", "22P02", `invalid input syntax for type boolean: "x"`, ""},
	{"uid=eq.x", "22P02", `invalid input syntax for type uuid: "x"`, ""},
	{"addr=eq.x", "22P02", `invalid input syntax for type inet: "x"`, ""},
	{"day=eq.soon", "22007", `invalid input syntax for type date: "soon"`, ""},
	{"day=eq.2024-13-01", "22008", `date/time field value out of range: "2024-13-01"`, ""},
	{"at=eq.soon", "22007", `invalid input syntax for type timestamp with time zone: "soon"`, ""},
	{"at=eq.2024-01-01 00:00 Mars/X", "22023", `time zone "mars/x" not recognized`, refused},
	{"span=eq.soon", "22007", `invalid input syntax for type interval: "soon"`, ""},
	{"span=eq.999999999999 years", "22015", `interval field value out of range: "999999999999 years"`, ""},
	{"doc=cs.{a}", "22P02", `invalid input syntax for type json`, ""},
	{"doc=cs." + strings.Repeat("[", 20000), "54001", "stack depth limit exceeded", ""},
	{`doc=cs."\u0000"`, "22P05", `unsupported Unicode escape sequence`, ""},
	{"tags=cs.a", "22P02", `malformed array literal: "a"`, ""},
	{"ids=cs.{a}", "22P02", `invalid input syntax for type integer: "a"`, refused},
	{"tags=cs." + strings.Repeat("{", 20), "54000", "number of array dimensions exceeds the maximum allowed (6)", ""},
	{"r=eq.x", "22P02", `malformed range literal: "x"`, ""},
	{"r=eq.[3,2)", "22000", "range lower bound must be less than or equal to range upper bound", ""},
	{"mood=eq.angry", "22P02", `invalid input value for enum mood: "angry"`, ""},
	{"mood=in.(sad,angry)", "22P02", `invalid input value for enum mood: "angry"`, refused},
	{`b=eq.\xz`, "22023", `invalid hexadecimal digit: "z"`, refused},
	{"bits=eq.12", "22P02", `"2" is not a valid binary digit`, refused},
	{"note=eq.%00", "22021", `invalid byte sequence for encoding "UTF8": 0x00`, ""},
	{"lex=fts.a+b", "42601", `syntax error in tsquery: "a b"`, ""},
	{"note=fts.a+b", "42601", `syntax error in tsquery: "a b"`, ""},
	{"lex=eq.'a", "42601", `syntax error in tsvector: "'a"`, ""},
	{"note=fts(nosuch).a", "42704", `text search configuration "nosuch" does not exist`, ""},
	{"note=match.(", "2201B", "invalid regular expression", ""},
	{`note=like.a\`, "22025", "LIKE pattern must not end with escape character", ""},
	{"id=like.1", "42883", "operator does not exist: integer ~~ unknown", ""},
	{"id=like(any).{1}", "42883", "operator does not exist: integer ~~ unknown", ""},
	{"raw=eq.1", "42883", "operator does not exist: json = unknown", ""},
	{"raw=isdistinct.1", "42883", "operator does not exist: json = unknown", ""},
	{"raw->a=eq.1", "42883", "operator does not exist: json = unknown", ""},
	{"id=eq.1&id=match.1", "42883", "operator does not exist: integer ~ unknown", ""},
	{"order=raw", "42883", "could not identify an ordering operator for type json", ""},
	{"select=raw,count()", "42883", "could not identify an equality operator for type json", ""},
	{"select=note.sum()", "42883", "function sum(text) does not exist", ""},
	{"select=note::json.sum()", "42883", "function sum(json) does not exist", ""},
	{"id=fts.a", "42883", "no such operation on this type", ""},
	{"select=flag::date", "42846", "cannot cast type boolean to date", ""},
	{"id=is.true", "42804", "argument of IS TRUE must be type boolean, not type integer", ""},
	{"short=is.unknown", "42804", "argument of IS UNKNOWN must be type boolean, not type character varying", ""},
	{"doc->a=is.false", "42804", "argument of IS FALSE must be type boolean, not type jsonb", ""},
	{"select=count()&order=id", "42803", `column "t.id" must appear in the GROUP BY clause or be used in an aggregate function`, ""},
}
