package attacks

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const hiddenNamesSeed = `
CREATE TABLE shown (id int PRIMARY KEY, value text, n int); INSERT INTO shown VALUES (1, '1', 1), (2, '(1,2)', 2);
CREATE TABLE payroll (canary_column int, other int);
CREATE SCHEMA hidden; CREATE TABLE hidden.accounts (canary_column int);
CREATE DOMAIN hidden.amount AS int; CREATE TYPE hidden.colour AS ENUM ('canary_label'); CREATE TYPE hidden.span AS RANGE (subtype = text);
CREATE TYPE pair AS (canary_column int, b int); CREATE DOMAIN paired AS pair; CREATE DOMAIN many AS payroll[];
CREATE TYPE paired_range AS RANGE (subtype = pair); CREATE DOMAIN watched AS regclass; CREATE DOMAIN of_role AS regrole[];
CREATE DOMAIN few AS int CHECK (VALUE < 10); CREATE DOMAIN fewer AS few; CREATE TYPE mood AS ENUM ('1', 'low'); CREATE TYPE words AS RANGE (subtype = text);
CREATE DOMAIN tags AS text[]; CREATE EXTENSION citext; CREATE DOMAIN loose AS citext`

// Whatever type a request casts to: one that would tell names is answered as
// one that does not exist, in the same words and with as many questions to the catalog.
func TestAttack03_Casts(t *testing.T) {
	begin(t, 3)
	db := pgtest.New(t, hiddenNamesSeed)
	r := build(t, db, dbcontents.Config{Tables: []string{"shown"}, Aggregates: true}, httpapi.Options{})
	rows, err := db.Conn().Query(t.Context(), "SELECT DISTINCT typname::text FROM pg_type ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 400 {
		t.Fatalf("%d types, %v", len(names), err)
	}
	ask := func(query string) (text string, status int, lookups int64) {
		before := r.store.Stats().Lookups
		a := r.get("/dbcontents?" + query)
		if strings.Contains(a.text(), "canary") || a.StatusCode >= 500 || a.StatusCode == 404 {
			t.Errorf("%s: %s", query, a.text())
		}
		return a.text(), a.StatusCode, r.store.Stats().Lookups - before
	}
	r.get("/dbcontents")
	r.get("/dbcontents?select=value::no_such_type") // what is kept of the table is as old for all
	castable := map[string]bool{}
	for _, name := range names {
		name := url.QueryEscape(name)
		for i, pattern := range []string{"select=value::T", "select=count()::T"} {
			if i > 0 && len(name)%8 != 0 {
				continue // some will do
			}
			query := strings.ReplaceAll(pattern, "T", name)
			text, status, lookups := ask(query)
			if !strings.Contains(text, `"type_unknown"`) {
				castable[name] = true
				continue
			}
			ghost := strings.Repeat("z", len(name))
			want, wantStatus, wantLookups := ask(strings.ReplaceAll(pattern, "T", ghost))
			strip := func(text, name string) string {
				_, body, _ := strings.Cut(text, "\n\n")
				before, after, _ := strings.Cut(body, `"request_id":"`)
				return strings.ReplaceAll(before+after[strings.IndexByte(after, '"'):], `\"`+name+`\"`, "T")
			}
			// The table itself is looked at again at most once a second.
			if status != wantStatus || strip(text, name) != strip(want, ghost) || max(lookups, wantLookups)-min(lookups, wantLookups) > 1 {
				t.Errorf("%s: %d, %d look-ups, %s; of no type: %d, %d look-ups, %s", query, status, lookups, text, wantStatus, wantLookups, want)
			}
		}
	}
	for _, name := range []string{"few", "fewer", "mood", "words", "tags", "citext", "loose", "_citext", "_mood", "text", "int4", "_int8", "uuid", "oid", "jsonb", "int4range"} {
		if !castable[name] {
			t.Errorf("%s is refused", name)
		}
	}
	for _, name := range []string{
		"regclass", "regrole", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regnamespace", "regconfig", "regdictionary", "regcollation",
		"_regclass", "_regrole", "aclitem", "_aclitem", "pg_class", "pg_authid", "_pg_authid", "shown", "_shown", "payroll", "_payroll", "pair", "_pair", "paired",
		"many", "paired_range", "watched", "of_role", "accounts", "_accounts", "amount", "_amount", "colour", "span", "record", "_record", "anyelement",
		"anyarray", "anyenum", "cstring", "void", "trigger", "internal", "unknown", "any", "sql_identifier", "pg_node_tree",
	} {
		if castable[name] {
			t.Errorf("%s may be cast to", name)
		}
	}
}

// A Go program's casts are the same, and through a snapshot too.
func TestAttack03_CastsInGo(t *testing.T) {
	begin(t, 3)
	r := build(t, pgtest.New(t, hiddenNamesSeed), dbcontents.Config{Tables: []string{"shown"}, Aggregates: true}, httpapi.Options{})
	snapshot, err := r.store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	for _, cast := range []string{"regclass", "payroll", "anyelement", "nothing", "RegRole", " regtype "} {
		for _, f := range []dbcontents.Field{{Column: "value", Cast: cast}, {Aggregate: "count", AggregateCast: cast}} {
			q := dbcontents.Query{Select: []dbcontents.Field{f}}
			_, err1 := r.store.Query(t.Context(), q)
			_, err2 := snapshot.Query(t.Context(), q)
			want := fmt.Sprintf("query public.shown: type %q does not exist", cast)
			if err1 == nil || err2 == nil || err1.Error() != want || err2.Error() != want {
				t.Errorf("%+v: %v, %v", f, err1, err2)
			}
		}
	}
}

// A value compared with a column that holds object identifiers is not looked up
// as a name: a table or role that exists is found no more than one that does not.
func TestAttack03_ValuesOfIdentifiers(t *testing.T) {
	begin(t, 3)
	db := pgtest.New(t, hiddenNamesSeed, `CREATE TABLE watch (rel regclass PRIMARY KEY, owner regrole, rels regclass[], dom watched, kind regtype, acl aclitem[]);
		INSERT INTO watch VALUES ('shown', 'postgres', '{shown}', 'shown', 'int', NULL), ('pg_class', 'postgres', '{pg_class,pg_type}', 'pg_class', 'text', NULL)`)
	dsn := db.Role("", "GRANT SELECT ON watch TO ROLE", "GRANT USAGE ON SCHEMA hidden TO ROLE")
	r := build(t, db, dbcontents.Config{ConnString: dsn, Tables: []string{"watch"}}, httpapi.Options{})
	for _, tt := range []struct{ there, absent string }{
		{"hidden.accounts", "hidden.xccounts"},
		{"payroll", "xayroll"},
		{"pg_authid", "pg_authxx"},
		{"postgres", "pxstgres"},
		{"pg_read_all_data", "pg_read_all_dxxx"},
		{"colour", "coloxx"},
	} {
		for _, pattern := range []string{
			"rel=eq.X", "rel=neq.X", "rel=gt.X", "rel=in.(X)", "rel=eq(any).{X}", "rel=isdistinct.X", "owner=eq.X", "owner=not.in.(X)", "owner=like.X",
			"rels=eq.{X}", "rels=cs.{X}", "rels=ov.{X}", "rels=cd.{X}", "dom=eq.X", "dom=in.(X,X)", "kind=eq.X", "kind=lt.X", "acl=cs.{X=r/X}", "acl=eq.{X=r/X}",
			"order=rel&limit=1&after=TOKEN",
		} {
			ask := func(name string) string {
				query := strings.ReplaceAll(pattern, "X", url.QueryEscape(name))
				if strings.Contains(query, "TOKEN") {
					query = strings.ReplaceAll(query, "TOKEN", r.tokenWith("/dbcontents?order=rel&limit=1", name))
				}
				a := r.get("/dbcontents?" + query)
				if a.StatusCode >= 500 {
					t.Errorf("%s: %s", query, a.text())
				}
				return fmt.Sprint(a.StatusCode) + strings.ReplaceAll(strings.ReplaceAll(a.body, name, "X"), a.Header.Get("X-Request-Id"), "")
			}
			if there, absent := ask(tt.there), ask(tt.absent); there != absent {
				t.Errorf("%s tells %s from %s: %s; %s", pattern, tt.there, tt.absent, there, absent)
			}
		}
	}
	// What is stored is still found, and sorted and paged as before.
	for query, want := range map[string]string{
		"select=rel&rel=eq.1259":       `[{"rel":"pg_class"}]`,
		"select=rel&rel=in.(1259,1)":   `[{"rel":"pg_class"}]`,
		"select=rel&rels=cs.{pg_type}": `[{"rel":"pg_class"}]`,
		"select=rel&dom=eq.1259":       `[{"rel":"pg_class"}]`,
		"select=rel&kind=eq.23":        `[{"rel":"shown"}]`,
		"select=rel&order=rel":         `[{"rel":"pg_class"},` + "\n" + `{"rel":"shown"}]`,
		"select=rel&order=rels.desc":   `[{"rel":"shown"},` + "\n" + `{"rel":"pg_class"}]`,
	} {
		if a := r.get("/dbcontents?" + query); a.body != want+"\n" {
			t.Errorf("%s: %s", query, a.text())
		}
	}
	for _, query := range []string{"?select=rel&limit=1", "?select=rel&limit=1&order=rels"} {
		_, next, _ := strings.Cut(r.get("/dbcontents"+query).Header.Get("Link"), "<")
		next, _, _ = strings.Cut(next, ">")
		if a := r.get("/dbcontents" + next); a.body != `[{"rel":"shown"}]`+"\n" {
			t.Errorf("the page after %s, %s: %s", query, next, a.text())
		}
	}
}

// tokenWith is the token in the link of a page, with another value in it.
func (r *rig) tokenWith(path, value string) string {
	r.Helper()
	_, token, _ := strings.Cut(r.get(path).Header.Get("Link"), "after=")
	token, _, _ = strings.Cut(token, ">")
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) < 14 {
		r.Fatalf("no token: %q, %v", token, err)
	}
	text = binary.AppendUvarint(slices.Clone(text[:14]), uint64(len(value))+1)
	return base64.RawURLEncoding.EncodeToString(append(text, value...))
}

// What a function behind a view misses is not told, and is no mistake of the request.
func TestAttack03_MissingInsideAView(t *testing.T) {
	begin(t, 3)
	r := build(t, pgtest.New(t, hiddenNamesSeed, `
		CREATE FUNCTION broken(what int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN
			RETURN CASE what WHEN 1 THEN canary_function(1) WHEN 2 THEN (SELECT canary FROM shown) END; END $$;
		CREATE FUNCTION gone() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT 1 FROM canary_table); END $$;
		CREATE VIEW one AS SELECT id, broken(1) AS value FROM shown; CREATE VIEW two AS SELECT id, broken(2) AS value FROM shown;
		CREATE VIEW three AS SELECT id, gone() AS value FROM shown`), dbcontents.Config{Tables: []string{"one", "two", "three"}}, httpapi.Options{})
	for _, path := range []string{"one", "two", "three", "one?id=eq.1", "two?id=eq.1&select=value::text", "three?value=gt.1"} {
		a := r.get("/dbcontents/" + path)
		r.keepsCanaries(path, a, "canary")
		if p := r.problem(a); a.StatusCode != 500 || p.Cause != "view_broken" {
			t.Errorf("%s: %s", path, a.text())
		}
	}
}
