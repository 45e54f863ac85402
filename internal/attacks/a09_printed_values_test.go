package attacks

import (
	"encoding/json"
	"html"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

var (
	// linkOfView and foldOfView are what the HTML view has around values.
	linkOfView = regexp.MustCompile(`(?s)^<a href="[^"]*"[^>]*>(.*)</a>$`)
	foldOfView = regexp.MustCompile(`(?s)^<details><summary>.*?</summary>(?:<div>|<pre>\n)(.*)(?:</div>|</pre>)</details>$`)
)

// viewCells are the cells of the HTML view.
func (r *rig) viewCells(path string) (cells []string) {
	r.Helper()
	a := r.get(path, "Accept", "text/html")
	if a.StatusCode != 200 {
		r.Fatalf("%s: %s", path, a.text())
	}
	_, body, _ := strings.Cut(a.body, "<tbody>\n")
	body, _, _ = strings.Cut(body, "</tbody>")
	for cell := range strings.SplitSeq(strings.NewReplacer(`<th scope="row"`, "<td", "<tr>", "").Replace(body), "<td") {
		_, cell, ok := strings.Cut(cell, ">")
		if !ok {
			continue
		}
		for _, around := range []*regexp.Regexp{linkOfView, foldOfView} {
			cell = around.ReplaceAllString(cell, "$1")
		}
		cells = append(cells, html.UnescapeString(cell))
	}
	return cells
}

// The HTML view shows what PostgreSQL prints.
func TestAttack09_ViewShowsWhatPostgresPrints(t *testing.T) {
	begin(t, 9)
	values := []string{
		"date '4713-11-24 BC'", "date '0001-01-01 BC'", "date 'infinity'", "timestamp '4713-11-24 00:00:00 BC'", "timestamptz '2020-01-02 03:04:05.5+02'",
		"float4 '3.4028235e38'", "float4 '1.17549435e-38'", "float4 '0.1'", "float8 '1e23'", "float8 'NaN'", "float8 '-0'", "numeric '1.50'", "int8 '-9223372036854775808'",
		"true", "text 'a, \"b\"\r\n'", "text ''", "text ','", "text '\"'", "text ' x '", "bytea '\\x00ff'", "bytea ''", "jsonb '{\"a\": \"<b>\"}'", "json '{\"a\" :1}'", "json '\"\\u0000\"'",
		"ARRAY[1,NULL,3]", "ROW(1,'x,y')::pair", "NULL::text", "time '24:00:00'", "interval '1 year -2 days'", "inet '::1/64'", "int4range(1,5)", "'a fat'::tsvector",
		"uuid '00000000-0000-0000-0000-000000000001'", "char(4) 'ab'", "money '-5.00'", "xml '<a/>'",
	}
	var list []string
	for i, v := range values {
		list = append(list, v+" AS c"+string(rune('a'+i/26))+string(rune('a'+i%26)))
	}
	db := pgtest.New(t, "CREATE TYPE pair AS (a int, b text)", "CREATE TABLE test_table AS SELECT "+strings.Join(list, ", "))
	r := build(t, db, dbcontents.Config{Tables: []string{"test_table"}}, httpapi.Options{})
	conn := db.Conn()
	if _, err := conn.Exec(t.Context(), "SET TimeZone = 'UTC'; SET lc_monetary = 'C'"); err != nil {
		t.Fatal(err)
	}
	got := r.viewCells("/dbcontents")[1:] // the first one is the number of the row
	if len(got) != len(values) {
		t.Fatalf("%d cells of %d: %q", len(got), len(values), got)
	}
	for i, v := range values {
		var want *string // format takes the type's own output, which a cast to text does not for all
		if err := conn.QueryRow(t.Context(), "SELECT CASE WHEN num_nulls(v) = 0 THEN format('%s', v) END FROM (SELECT "+v+" AS v) v").Scan(&want); err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		text := "<i>null</i>"
		if want != nil {
			text = *want
		}
		if got[i] != text {
			t.Errorf("%s: %q, want %q", v, got[i], text)
		}
	}
}

// A computed column of type record is an object in JSON, as to_jsonb makes it.
func TestAttack09_ComputedRecord(t *testing.T) {
	begin(t, 9)
	db := pgtest.New(t, `CREATE TABLE test_table (id int PRIMARY KEY, value text); INSERT INTO test_table VALUES (1, 'x');
		CREATE FUNCTION named(test_table, OUT a int, OUT b text, OUT c json) STABLE LANGUAGE sql AS $$ SELECT $1.id, $1.value, '[1]'::json $$;
		CREATE FUNCTION unnamed(test_table) RETURNS record STABLE LANGUAGE sql AS $$ SELECT $1.id, $1.value $$`)
	r := build(t, db, dbcontents.Config{Tables: []string{"test_table"}}, httpapi.Options{})
	var want any
	var text string
	if err := db.Conn().QueryRow(t.Context(), `SELECT jsonb_build_array(jsonb_build_object('named', named(t), 'unnamed', unnamed(t)))::text FROM test_table t`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	for _, accept := range []string{"application/json", "application/x-ndjson", "application/vnd.pgrst.array+json;nulls=stripped"} {
		a := r.get("/dbcontents?select=named,unnamed", "Accept", accept)
		body := a.body
		if strings.Contains(accept, "ndjson") {
			body = "[" + body + "]"
		}
		var got any
		if err := json.Unmarshal([]byte(body), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", accept, a.body, text)
		}
	}
	if a := r.get("/dbcontents?select=named", "Accept", "text/csv"); a.body != "named\r\n\"(1,x,[1])\"\r\n" {
		t.Errorf("CSV: %q", a.body)
	}
}

// Stored json that PostgreSQL itself cannot take apart is no mistake of the request.
func TestAttack09_StrippedNULEscape(t *testing.T) {
	begin(t, 9)
	db := pgtest.New(t, `CREATE TYPE pair AS (a int, doc json);
		CREATE TABLE test_table (doc json, list json[], pair pair, n int);
		INSERT INTO test_table VALUES ('{"a": "\u0000", "b": null}', ARRAY['{"a":null,"b":"\u0000"}'::json], ROW(NULL, '["\u0000", null, {"x": null}]'), NULL)`)
	r := build(t, db, dbcontents.Config{Tables: []string{"test_table"}}, httpapi.Options{})
	const object = `{"doc":{"a":"\u0000"},"list":[{"b":"\u0000"}],"pair":{"doc":["\u0000",null,{}]}}`
	for accept, want := range map[string]string{
		"application/vnd.pgrst.array+json;nulls=stripped": "[" + object + "]\n", "application/vnd.pgrst.object+json;nulls=stripped": object + "\n", "application/x-ndjson;nulls=stripped": object + "\n",
	} {
		if a := r.get("/dbcontents", "Accept", accept); a.StatusCode != 200 || a.body != want {
			t.Errorf("%s: %s %s", accept, a.Status, a.body)
		}
	}
}
