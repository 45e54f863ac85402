package faults

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// oddities are values that are easily told wrong.
var oddities = []string{
	"'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float4", "'-0'::float8", "1e23::float8", "1e-320::float8", "0.1::float4", "'NaN'::numeric", "1e400::numeric", "0.00::numeric",
	"9223372036854775807::int8", "(-32768)::int2", "'infinity'::date", "'-infinity'::timestamptz", "'infinity'::timestamp", "'4713-01-01 BC'::date", "'10000-01-01'::date",
	"'2020-01-02 03:04:05.678901Z'::timestamptz", "'294276-12-31 23:59:59'::timestamp", "'24:00'::time", "'12:00+05:30'::timetz", "'1 mon -3 days 04:05:06.7'::interval", "'-1234.5'::numeric::money",
	"'[1,5)'::int4range", "'empty'::int4range", "'[2:3]={1,NULL}'::int[]", "'{}'::text[]", `'{"a,b","c\"d",NULL,"NULL"}'::text[]`, "ARRAY[ARRAY[1,2],ARRAY[3,4]]", "'1e400'::jsonb", "'9007199254740993'::jsonb",
	`'{"b": 1, "a" :[1,2 ]}'::json`, `'{"b":1,"a":[null]}'::jsonb`, `'\x00ff'::bytea`, "'<a>&amp;</a>'::xml", `'a'::"char"`, `''::"char"`, "'192.0.2.1/24'::inet", "'(1,2)'::point", "B'101'", "'a b'::tsvector",
	"'00000000-0000-0000-0000-000000000001'::uuid", "true", "''::text", `E'\t"\\\n\x01'::text`, "'é€😀'::text", "'pg_class'::regclass", "ROW(1,NULL)::pair", "'1'::oid", "'x'::char(3)", "'0/16B3748'::pg_lsn", "NULL::text",
}

func TestRow57_OddValues(t *testing.T) {
	begin(t, 57)
	selected, asJSON, asText := make([]string, len(oddities)), make([]string, len(oddities)), make([]string, len(oddities))
	for i, value := range oddities {
		selected[i] = fmt.Sprintf("%s AS c%d", value, i)
		asJSON[i] = fmt.Sprintf("coalesce(to_json(c%d)::text, 'null')", i)
		asText[i] = fmt.Sprintf("format('%%s', c%d)", i) // a cast to text is another function for some types
	}
	db, dsn := database(t, "CREATE TYPE pair AS (a int, b text); CREATE VIEW odd AS SELECT "+strings.Join(selected, ", "))
	conn := db.Conn()
	if _, err := conn.Exec(t.Context(), "SET lc_monetary = 'C'; SET TimeZone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	var wantJSON, wantText []string
	if err := conn.QueryRow(t.Context(), "SELECT ARRAY["+strings.Join(asJSON, ", ")+"], ARRAY["+strings.Join(asText, ", ")+"] FROM odd").Scan(&wantJSON, &wantText); err != nil {
		t.Fatal(err)
	}
	r := rigOn(t, dsn, "test_table", "odd")
	var objects []map[string]json.RawMessage
	a := r.get("/dbcontents/odd")
	if err := json.Unmarshal([]byte(a.body), &objects); err != nil || a.StatusCode != 200 || len(objects) != 1 {
		t.Fatalf("HTTP: %s, %v: %s", a.Status, err, a.body)
	}
	records, err := csv.NewReader(strings.NewReader(r.get("/dbcontents/odd?format=csv").body)).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatalf("%v: %q", err, records)
	}
	for i, value := range oddities {
		if got := objects[0]["c"+strconv.Itoa(i)]; !sameJSON(got, wantJSON[i]) {
			t.Errorf("%s: JSON %s, want %s", value, got, wantJSON[i])
		}
		if got := records[1][i]; got != wantText[i] {
			t.Errorf("%s: CSV %q, want %q", value, got, wantText[i])
		}
	}
	r.healthy("odd")
}

// sameJSON compares without loss: numbers digit by digit, strings as they read.
func sameJSON(got json.RawMessage, want string) bool {
	decode := func(text string) (v any) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return nil
		}
		return v
	}
	return fmt.Sprintf("%T %v", decode(string(got)), decode(string(got))) == fmt.Sprintf("%T %v", decode(want), decode(want))
}

func TestRow58_OddNames(t *testing.T) {
	begin(t, 58)
	all := []string{
		`with "quotes"`, "it's", " spaces ", "😀", "select", "SELECT", "MixedCase", "mixedcase", "שלום עולם", "__proto__", "100%", "%00", "%2F", `back\slash`, "a.b", "a,b", "a;b", "semi;--", "tab\tline\n", "?x=1#y", "a+b",
		strings.Repeat("n", 63), strings.Repeat("é", 31), "$1", "{x}", "constructor", "../up", ".", "..", "a/b", "null", "1",
	}
	var sql, exposed []string
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	for _, name := range all {
		sql = append(sql, fmt.Sprintf("CREATE TABLE %s AS SELECT 'value'::text AS %s", quote(name), quote(name)))
		exposed = append(exposed, quote(name))
	}
	_, dsn := database(t, strings.Join(sql, ";"))
	r := rigOn(t, dsn, append([]string{"test_table"}, exposed...)...)
	for _, name := range all {
		path := "/dbcontents/" + url.PathEscape(name)
		if name == "." || name == ".." {
			path = "/dbcontents/" + strings.ReplaceAll(name, ".", "%2E") // else the client resolves it
		}
		a := r.raw("GET " + path + "?select=" + url.QueryEscape(`"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)+`"`) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		var objects []map[string]string
		if err := json.Unmarshal([]byte(a.body), &objects); err != nil || a.StatusCode != 200 || len(objects) != 1 || objects[0][name] != "value" {
			t.Errorf("%q: %s: %s", name, a.Status, a.body)
		}
		records, err := csv.NewReader(strings.NewReader(r.raw("GET " + path + "?format=csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").body)).ReadAll()
		if err != nil || len(records) != 2 || records[0][0] != name || records[1][0] != "value" {
			t.Errorf("%q: CSV %q, %v", name, records, err)
		}
		if err := r.read(name); err != nil {
			t.Errorf("%q: Go: %v", name, err)
		}
	}
	r.healthy("")
}

func TestRow59_InvalidText(t *testing.T) {
	begin(t, 59)
	db := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", `SET client_encoding = 'SQL_ASCII'`,
		`CREATE TABLE test_table AS SELECT 1 AS id, 'fine' AS value;
		CREATE TABLE early AS SELECT 1 AS id, E'not \xff UTF-8' AS value;
		CREATE VIEW late AS SELECT i AS id, CASE i WHEN 20000 THEN E'\xff' ELSE repeat('x', 100) END AS value FROM generate_series(1, 40000) AS i`)
	r := rigOn(t, reader(db), "test_table", "early", "late")
	// Which of the two sees it first depends on how the column is sent.
	r.fails(want{path: "early", status: 500, cause: "value_failed invalid_value"})
	r.breaksOff("late", want{cause: "value_failed invalid_value"}, nil)
	for _, format := range []string{"ndjson", "csv", "text"} {
		if a := r.get("/dbcontents/early?format=" + format); a.StatusCode != 500 {
			t.Errorf("%s: %s: %q", format, a.Status, a.body)
		}
	}
	r.healthy("")
}

func TestRow60_NothingAndVeryMuch(t *testing.T) {
	begin(t, 60)
	_, dsn := database(t, `CREATE TABLE no_rows (id int, value text); CREATE TABLE no_columns (); INSERT INTO no_columns SELECT FROM generate_series(1, 3);
		CREATE TABLE neither (); CREATE TABLE nulls AS SELECT NULL::int AS a, NULL::text AS b, NULL::float8[] AS c FROM generate_series(1, 2);
		CREATE VIEW millions AS SELECT generate_series(1, 10000000) AS id`)
	r := rigOn(t, dsn, "test_table", "no_rows", "no_columns", "neither", "nulls")
	for path, want := range map[string]string{
		"no_rows": "[]\n", "no_rows?format=csv": "id,value\r\n", "no_rows?format=ndjson": "", "no_columns": "[{},\n{},\n{}]\n", "neither": "[]\n", "neither?format=ndjson": "",
		"nulls": `[{"a":null,"b":null,"c":null},` + "\n" + `{"a":null,"b":null,"c":null}]` + "\n", "nulls?format=csv": "a,b,c\r\n,,\r\n,,\r\n",
	} {
		if a := r.get("/dbcontents/" + path); a.StatusCode != 200 || a.body != want {
			t.Errorf("%s: %s: %q, want %q", path, a.Status, a.body, want)
		}
	}
	r.healthy("")
	memoryOfMillions(t, dsn)
}

// memoryOfMillions downloads ten million rows from the real program and watches its memory.
func memoryOfMillions(t *testing.T, dsn string) {
	t.Helper()
	s := start(t, "DATABASE_URL="+dsn, "DBCONTENTS_TABLES=test_table,millions", "DBCONTENTS_DRAIN=0s")
	if status, body := s.get("/dbcontents"); status != 200 {
		t.Fatalf("%d: %s", status, body)
	}
	const most = 32 << 20
	before := s.memory()
	response, err := http.Get(s.url + "/dbcontents/millions?format=csv")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	watched := time.NewTicker(200 * time.Millisecond)
	defer watched.Stop()
	var lines int
	buffer := make([]byte, 1<<20)
	for err == nil {
		var n int
		n, err = response.Body.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n"))
		select {
		case <-watched.C:
			if now := s.memory(); now > before+most {
				t.Fatalf("after %d rows the server's memory has grown from %d to %d MB", lines, before>>20, now>>20)
			}
		default:
		}
	}
	if err != io.EOF || lines != 10_000_001 || response.Trailer.Get("Dbcontents-Rows") != "10000000" {
		t.Errorf("%d lines, %v, trailer %v", lines, err, response.Trailer)
	}
	s.stop()
}

// memory is how much of the process is in memory, in bytes.
func (s *service) memory() int {
	s.t.Helper()
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(s.pid)).Output()
	if err != nil {
		s.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		s.t.Fatal(err)
	}
	return n << 10
}
