package attacks

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// orderedTables have keys of types whose operators the role's search path does
// not find: they are in the schema ext.
const orderedTables = `
CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO public;
CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext;
CREATE TYPE public.pair AS (a int, b text);
CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN ext.handle AS ext.citext;
CREATE TABLE words (word ext.citext PRIMARY KEY, n int NOT NULL);
INSERT INTO words VALUES ('a', 1), ('B', 2), ('c', 3), ('D', 4), ('e', 5), ('F', 6);
CREATE TABLE mixed (word ext.citext NOT NULL, n int NOT NULL, PRIMARY KEY (word, n));
INSERT INTO mixed SELECT chr(65 + i % 3 + 32 * (i % 2)), i FROM generate_series(1, 12) i;
CREATE TABLE things (id int PRIMARY KEY, word ext.citext, handle ext.handle, tags ext.citext[], pair pair, attributes ext.hstore, path ext.ltree,
	mood mood, kind regclass, label varchar(9), code char(4), span int4range, amount numeric, at timestamptz);
INSERT INTO things SELECT i, chr(65 + i % 3 + 32 * (i % 2)), chr(65 + i % 4 + 32 * (i % 2)), ARRAY[chr(65 + i % 3 + 32 * (i % 2))]::ext.citext[],
	CASE WHEN i = 5 THEN ROW(NULL, NULL)::pair WHEN i = 10 THEN ROW(NULL, 'z')::pair WHEN i % 4 > 0 THEN ROW(i % 3, 'x' || i % 2)::pair END, ('k=>' || i % 3)::ext.hstore, ('top.' || i % 3)::ext.ltree,
	(enum_range(NULL::mood))[1 + i % 3], CASE i % 3 WHEN 0 THEN 'words'::regclass WHEN 1 THEN 'mixed' ELSE 'pg_catalog.pg_class' END,
	'l' || i % 3, 'c' || i % 3, int4range(i % 3, 5), i % 3 * 1.50, '2020-01-01Z'::timestamptz + i % 4 * interval '1 h'
	FROM generate_series(1, 12) i;
CREATE FUNCTION shape(things) RETURNS record IMMUTABLE LANGUAGE sql AS $$ SELECT $1.id % 3, 'x' $$;`

// follow reads a table page by page, by the links alone, in the direction that
// rel names, and gives the ids of each page and the last page's address.
func (r *rig) follow(path, rel, column string) (pages [][]string, last string) {
	r.Helper()
	for range 50 {
		a := r.get(path)
		if a.StatusCode != 200 {
			r.Fatalf("GET %s: %s", path, a.text())
		}
		var rows []map[string]any
		if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
			r.Fatalf("GET %s: %v", path, err)
		}
		page := []string{}
		for _, row := range rows {
			page = append(page, fmt.Sprint(row[column]))
		}
		pages = append(pages, page)
		next := linkTo(a.Header.Get("Link"), rel)
		if next == "" {
			return pages, path
		}
		base, _, _ := strings.Cut(path, "?")
		path = base + next
	}
	r.Fatalf("the pages of %s have no end", path)
	return nil, ""
}

func linkTo(header, rel string) string {
	for link := range strings.SplitSeq(header, ", ") {
		if address, ok := strings.CutSuffix(link, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(address, "<")
		}
	}
	return ""
}

func orderRig(t *testing.T, options httpapi.Options) *rig {
	db := pgtest.New(t, orderedTables)
	return build(t, db, dbcontents.Config{AllTables: true, MaxRows: 1000}, options)
}

// Pages hold every row once, forwards and backwards, whatever the type of the
// key is and wherever its operators are.
func TestAttack06_PagesHoldEveryRowOnce(t *testing.T) {
	begin(t, 6)
	r := orderRig(t, httpapi.Options{})
	conn := r.db.Conn()
	for _, tt := range []struct{ table, column, order, sql string }{
		{"words", "word", "", "word"},
		{"words", "word", "word.desc", "word DESC"},
		{"mixed", "n", "", "word, n"},
		{"mixed", "n", "word.desc", "word DESC, n DESC"},
		{"mixed", "n", "n,word", "n, word"},
		{"things", "id", "word", "word, id"},
		{"things", "id", "word.desc.nullslast,mood", "word DESC NULLS LAST, mood, id"},
		{"things", "id", "handle", "handle, id"},
		{"things", "id", "tags", "tags, id"},
		{"things", "id", "pair", "pair, id"},
		{"things", "id", "pair.desc.nullslast", "pair DESC NULLS LAST, id DESC"},
		{"things", "id", "pair.nullsfirst", "pair NULLS FIRST, id"},
		{"things", "id", "pair.desc,word", "pair DESC, word, id"},
		{"things", "id", "attributes", "attributes, id"},
		{"things", "id", "path.desc", "path DESC, id DESC"},
		{"things", "id", "mood", "mood, id"},
		{"things", "id", "kind", "kind, id"},
		{"things", "id", "label", "label, id"},
		{"things", "id", "code", "code, id"},
		{"things", "id", "span.desc", "span DESC, id DESC"},
		{"things", "id", "amount", "amount, id"},
		{"things", "id", "at", "at, id"},
	} {
		var want []string
		rows, err := conn.Query(t.Context(), "SELECT "+tt.column+"::text AS v FROM "+tt.table+" ORDER BY "+tt.sql)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			want = append(want, s)
		}
		for _, limit := range []int{1, 5} {
			path := fmt.Sprintf("/dbcontents/%s?select=%s&order=%s&limit=%d", tt.table, tt.column, tt.order, limit)
			if tt.order == "" {
				path = strings.Replace(path, "&order=", "", 1)
			}
			pages, last := r.follow(path, "next", tt.column)
			if !slices.Equal(slices.Concat(pages...), want) {
				t.Errorf("%s: %v, want %v", path, pages, want)
			}
			back, _ := r.follow(last, "prev", tt.column)
			slices.Reverse(back)
			if got := slices.Concat(back...); !slices.Equal(got, want) {
				t.Errorf("%s backwards: %v, want %v", path, got, want)
			}
		}
	}
}

// Filters compare as the column's own type does.
func TestAttack06_FiltersUseTheTypesOperators(t *testing.T) {
	begin(t, 6)
	r := orderRig(t, httpapi.Options{})
	for _, tt := range []struct{ query, want string }{
		{"words?word=eq.b", "2"},
		{"words?word=neq.b", "1 3 4 5 6"},
		{"words?word=in.(b,d)", "2 4"},
		{"words?word=gt.b", "3 4 5 6"},
		{"words?word=lte.b", "1 2"},
		{"words?word=eq(any).{b,f}", "2 6"},
		{"words?word=gt(all).{b,d}", "5 6"},
		{"words?word=isdistinct.b", "1 3 4 5 6"},
		{"words?word=not.isdistinct.b", "2"},
		{"words?word=like.b*", "2"},
		{"words?word=ilike.b*", "2"},
		{"words?word=match.^b", "2"},
		{"words?word=like(any).{b*,d*}", "2 4"},
		{"things?select=n:id&handle=eq.a", "4 8 12"},
		{"things?select=n:id&tags=eq.{a}", "3 6 9 12"},
		{"things?select=n:id&attributes=eq.k=>1", "1 4 7 10"},
		{"things?select=n:id&attributes=neq.k=>1&id=lt.4", "2 3"},
		{"things?select=n:id&attributes=cs.k=>1", "1 4 7 10"},
		{"things?select=n:id&path=cd.top&id=lt.4", "1 2 3"},
		{"things?select=n:id&mood=gt.sad&id=lt.4", "1 2"},
		{"things?select=n:id&mood=in.(ok)", "1 4 7 10"},
		{"things?select=n:id&label=in.(l1)", "1 4 7 10"},
		{"things?select=n:id&code=eq.c1", "1 4 7 10"},
		{"things?select=n:id&span=eq.[1,5)", "1 4 7 10"},
	} {
		path, query, _ := strings.Cut(tt.query, "?")
		query = strings.NewReplacer(" ", "%20", "{", "%7B", "}", "%7D", ">", "%3E", "^", "%5E", "[", "%5B").Replace(query)
		if !strings.Contains(query, "select=") {
			query += "&select=n"
		}
		order := map[bool]string{true: "&order=n", false: "&order=id"}[path == "words"]
		a := r.get("/dbcontents/" + path + "?" + query + order)
		var rows []struct{ N int }
		if err := json.Unmarshal([]byte(a.body), &rows); err != nil || a.StatusCode != 200 {
			t.Errorf("%s: %s %.300s", tt.query, a.Status, a.body)
			continue
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.N))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.query, got, tt.want)
		}
	}
}

// An order from which no token can lead on gives no link, and no failure. A
// library that asks for pages is told.
func TestAttack06_NoLinkWhereNoneCanBe(t *testing.T) {
	begin(t, 6)
	db := pgtest.New(t, orderedTables, "REVOKE USAGE ON SCHEMA ext FROM public")
	r := build(t, db, dbcontents.Config{AllTables: true}, httpapi.Options{})
	for _, order := range []string{"shape", "word", "attributes"} {
		before := r.store.Stats().Errors
		a := r.get("/dbcontents/things?limit=3&select=id&order=" + order)
		if a.StatusCode != 200 || a.Header.Get("Link") != "" {
			t.Errorf("order %s: %s", order, a.text())
		}
		if n := r.store.Stats().Errors; n != before {
			t.Errorf("order %s counts as %d failures", order, n-before)
		}
		rows, err := r.store.Query(t.Context(), dbcontents.Query{Table: "things", Order: []dbcontents.Order{{Column: order}}, Limit: 3, Pages: true})
		if err == nil {
			rows.Close()
		}
		if !isCode(err, "page_unordered") {
			t.Errorf("order %s in Go: %v", order, err)
		}
	}
	for _, order := range []string{"id", "mood", "pair", "tags"} {
		if a := r.get("/dbcontents/things?limit=3&select=id&order=" + order); a.StatusCode != 200 || a.Header.Get("Link") == "" {
			t.Errorf("order %s: %s", order, a.text())
		}
	}
}

// A token is no way to ask for the names of hidden things.
func TestAttack06_TokenIsNoOracle(t *testing.T) {
	begin(t, 6)
	r := orderRig(t, httpapi.Options{})
	a := r.get("/dbcontents/things?limit=1&select=id&order=kind")
	next := linkTo(a.Header.Get("Link"), "next")
	query, err := url.ParseQuery(strings.TrimPrefix(next, "?"))
	if err != nil || next == "" {
		t.Fatal(a.text())
	}
	r.db.Exec("CREATE SCHEMA hidden; CREATE TABLE hidden.canary (id int)")
	answer := func(name string) string {
		query.Set("after", tokenWith(t, query.Get("after"), name))
		got := r.get("/dbcontents/things?" + query.Encode())
		return strings.ReplaceAll(fmt.Sprint(got.StatusCode, got.Header.Get("Dbcontents-Rows"), r.problem(got).Code), name, "NAME")
	}
	if there, not := answer("hidden.canary"), answer("hidden.canarx"); there != not || strings.HasPrefix(there, "200") {
		t.Errorf("a table that exists: %s, one that does not: %s", there, not)
	}
}
