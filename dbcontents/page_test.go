package dbcontents_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// pagedTable has nulls, ties and values of many kinds to sort by.
const pagedTable = `
CREATE TABLE test_table (a int, b text, PRIMARY KEY (b, a), n numeric, f float8, at timestamptz, doc jsonb, day date NOT NULL, tags text[]);
INSERT INTO test_table SELECT i, 'k' || i % 3, CASE WHEN i % 4 = 0 THEN NULL ELSE (i % 5) * 1.50 END,
	CASE i % 6 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' WHEN 2 THEN NULL ELSE i / 3.0 END,
	CASE WHEN i % 7 > 0 THEN '2020-01-01Z'::timestamptz + i % 9 * interval '1 hour 1 microsecond' END,
	CASE WHEN i % 3 > 0 THEN jsonb_build_object('k', i % 4) END, '2020-01-01'::date + i % 5,
	CASE WHEN i % 5 > 0 THEN ARRAY['x' || i % 2, NULL, '"'] END
	FROM generate_series(1, 40) i;
CREATE FUNCTION label(test_table) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT nullif($1.a % 3, 0)::text $$;
CREATE VIEW keyless AS SELECT * FROM test_table; CREATE TABLE other (LIKE test_table INCLUDING ALL)`

// walk reads page after page, from the token, in one direction.
func walk(t *testing.T, store *dbcontents.Store, q dbcontents.Query, follow func(*dbcontents.Rows) string) (pages [][]int, tokens []string) {
	t.Helper()
	for {
		rows := query(t, store, q)
		page, err := dbcontents.Collect[int](rows)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
		if q.After = follow(rows); q.After == "" {
			return pages, tokens
		}
		if tokens = append(tokens, q.After); len(tokens) > 1000 {
			t.Fatal("the pages have no end")
		}
	}
}

// Pages follow each other through the whole order, forwards and backwards,
// whatever is sorted by.
func TestPages(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{AllTables: true}, pagedTable)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	type order = dbcontents.Order
	for _, tt := range []struct {
		order []order
		sql   string
	}{
		{nil, `b, a`},
		{[]order{{Column: "a"}}, `a`},
		{[]order{{Column: "b", Desc: true}}, `b DESC, a DESC`},
		{[]order{{Column: "day"}}, `day, b, a`},
		{[]order{{Column: "day", Desc: true}, {Column: "a"}}, `day DESC, a, b`},
		{[]order{{Column: "n"}}, `n, b, a`},
		{[]order{{Column: "n", Desc: true}}, `n DESC, b DESC, a DESC`},
		{[]order{{Column: "n", Nulls: dbcontents.NullsFirst}, {Column: "day", Desc: true}}, `n NULLS FIRST, day DESC, b DESC, a DESC`},
		{[]order{{Column: "n", Desc: true, Nulls: dbcontents.NullsLast}, {Column: "f"}}, `n DESC NULLS LAST, f, b, a`},
		{[]order{{Column: "f"}}, `f, b, a`},
		{[]order{{Column: "at"}, {Column: "n", Desc: true}}, `at, n DESC, b DESC, a DESC`},
		{[]order{{Column: "doc", Path: []any{"k"}}}, `doc->'k', b, a`},
		{[]order{{Column: "doc", Path: []any{"k"}, Text: true, Desc: true}}, `doc->>'k' DESC, b DESC, a DESC`},
		{[]order{{Column: "tags"}}, `tags, b, a`},
		{[]order{{Column: "label", Desc: true}, {Column: "label"}}, `label(test_table) DESC, b, a`},
	} {
		var want []int
		rows, err := conn.Query(t.Context(), "SELECT a FROM test_table WHERE a <> 5 ORDER BY "+tt.sql)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var a int
			if err := rows.Scan(&a); err != nil {
				t.Fatal(err)
			}
			want = append(want, a)
		}
		for _, limit := range []int64{1, 7, 13, 39, 100} {
			name := fmt.Sprintf("order by %s, pages of %d", tt.sql, limit)
			q := dbcontents.Query{
				Select: dbcontents.Columns("a"), Where: where("a", "neq", 5), Order: tt.order, Limit: limit, Pages: true,
				TimeZone: []string{"", "Asia/Kathmandu"}[limit%2],
			}
			pages, tokens := walk(t, store, q, (*dbcontents.Rows).NextPage)
			if !slices.Equal(slices.Concat(pages...), want) {
				t.Errorf("%s: %v, want %v", name, pages, want)
			}
			if n := (len(want) + int(limit) - 1) / int(limit); len(pages) != n {
				t.Errorf("%s: %d pages, want %d", name, len(pages), n)
			}
			if len(tokens) == 0 {
				continue
			}
			q.After = tokens[len(tokens)-1]
			back, _ := walk(t, store, q, (*dbcontents.Rows).PrevPage)
			slices.Reverse(back)
			if !slices.Equal(slices.Concat(back...), want) {
				t.Errorf("%s, backwards: %v, want %v", name, back, want)
			}
		}
	}
}

// A page knows its neighbours: none before the first, none after the last, and
// from a page reached backwards one comes forwards again.
func TestPageNeighbours(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{}, pagedTable)
	q := dbcontents.Query{Select: dbcontents.Columns("a"), Order: []dbcontents.Order{{Column: "a"}}, Limit: 20, Pages: true}
	read := func(after string) (page []int, prev, next string) {
		t.Helper()
		q.After = after
		rows := query(t, store, q)
		prev = rows.PrevPage()
		if rows.NextPage() != "" {
			t.Error("the next page is known before the last row")
		}
		page, err := dbcontents.Collect[int](rows)
		if err != nil {
			t.Fatal(err)
		}
		return page, prev, rows.NextPage()
	}
	first, before, to2 := read("")
	second, to1, after := read(to2)
	again, before1, to2again := read(to1)
	secondAgain, _, _ := read(to2again)
	if before != "" || before1 != "" || after != "" {
		t.Errorf("there is a page before the first, %q %q, or after the last, %q", before, before1, after)
	}
	if !slices.Equal(first, again) || !slices.Equal(second, secondAgain) || len(first) != 20 || len(second) != 20 {
		t.Errorf("forwards %v %v, and again %v %v", first, second, again, secondAgain)
	}
	// The rows of a page written are those of a page read as values, without the keys.
	for _, after := range []string{to2, to1} {
		q.After, q.Format = after, dbcontents.CSV
		got := write(t, store, q)
		if want := "a\r\n21\r\n22\r\n"; after == to2 && got[:len(want)] != want {
			t.Errorf("as CSV: %q", got)
		}
		q.Format = dbcontents.JSON
		if got, want := write(t, store, q), "[{\"a\":1},\n{\"a\":2}"; after == to1 && got[:len(want)] != want {
			t.Errorf("as JSON: %q", got)
		}
	}
	q.Format = ""
	// A page that Config.MaxRows cut has a next one all the same.
	small := openOn(t, dbcontents.Config{ConnString: db.DSN, MaxRows: 15})
	pages, _ := walk(t, small, dbcontents.Query{Select: dbcontents.Columns("a"), Pages: true}, (*dbcontents.Rows).NextPage)
	if len(pages) != 3 || len(slices.Concat(pages...)) != 40 {
		t.Errorf("with MaxRows: %v", pages)
	}
}

func TestPageTokens(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true}, pagedTable)
	q := dbcontents.Query{Table: "test_table", Order: []dbcontents.Order{{Column: "n"}}, Limit: 3, Pages: true}
	rows := query(t, store, q)
	skip(t, rows, 3)
	for rows.Next() {
	}
	token := rows.NextPage()
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) < 20 {
		t.Fatalf("%q, %v", token, err)
	}
	changed := func(f func(text []byte) []byte) string {
		return base64.RawURLEncoding.EncodeToString(f(slices.Clone(text)))
	}
	for _, tt := range []struct {
		reason string
		change func(q *dbcontents.Query)
		code   string
	}{
		{"another table", func(q *dbcontents.Query) { q.Table = "other" }, "page_token_invalid"},
		{"another order", func(q *dbcontents.Query) { q.Order = nil }, "page_token_invalid"},
		{"another direction", func(q *dbcontents.Query) { q.Order[0].Desc = true }, "page_token_invalid"},
		{"not base64", func(q *dbcontents.Query) { q.After += "!" }, "page_token_invalid"},
		{"not one of ours", func(q *dbcontents.Query) { q.After = "YWJj" }, "page_token_invalid"},
		{"cut short", func(q *dbcontents.Query) { q.After = changed(func(b []byte) []byte { return b[:len(b)-1] }) }, "page_token_invalid"},
		{"a value less", func(q *dbcontents.Query) { q.After = changed(func(b []byte) []byte { return b[:14] }) }, "page_token_invalid"},
		{"a value more", func(q *dbcontents.Query) { q.After = changed(func(b []byte) []byte { return append(b, 0) }) }, "page_token_invalid"},
		{"a length beyond all", func(q *dbcontents.Query) {
			q.After = changed(func(b []byte) []byte { return append(b[:14], 255, 255, 255, 255, 255, 255, 255, 255, 127) })
		}, "page_token_invalid"},
		{"a value that is no number", func(q *dbcontents.Query) {
			q.After = changed(func(b []byte) []byte { return append(append(b[:14], 2, 'x'), b[16:]...) })
		}, ""},
		{"no primary key", func(q *dbcontents.Query) { q.Table, q.After = "keyless", "" }, "page_unordered"},
	} {
		q := q
		q.Order = slices.Clone(q.Order)
		q.After = token
		tt.change(&q)
		rows, err := store.Query(t.Context(), q)
		if tt.code != "" {
			wantCode(t, tt.reason, err, dbcontents.ErrInvalid, tt.code, "")
		} else if err == nil {
			for rows.Next() {
			}
			rows.Close()
		}
	}
	// Values that were changed are parameters still.
	q.After = changed(func(b []byte) []byte {
		values := b[:14]
		for _, v := range []string{"0); DROP TABLE test_table; --", "k0' OR 'a' = 'a", "1"} {
			values = append(append(values, byte(len(v)+1)), v...)
		}
		return values
	})
	_, err = store.Query(t.Context(), q)
	wantCode(t, "SQL for a value", err, dbcontents.ErrInvalid, "value_refused", "22P02")
}
