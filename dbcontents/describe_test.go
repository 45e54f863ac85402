package dbcontents_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A description has what Tables and Functions have, and of types only those of columns that the session may read.
func TestDescribe(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `
		CREATE SCHEMA other; CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN short AS varchar(7); CREATE DOMAIN shorter AS short;
		CREATE TYPE pair AS (a int, b mood[]); CREATE TABLE a (id int PRIMARY KEY, s shorter, p pair, ps pair[], whole oidvector);
		CREATE TABLE b (a_id int REFERENCES a, UNIQUE (a_id), hidden xml); CREATE TABLE other.b (a_id int REFERENCES a);
		CREATE FUNCTION shout(shorter) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT '{}'::json $$;
		CREATE FUNCTION f(x int, VARIADIC y uuid[]) RETURNS SETOF pair LANGUAGE sql STABLE AS 'SELECT NULL::pair'; CREATE FUNCTION g() RETURNS date LANGUAGE sql STABLE AS 'SELECT NULL::date'; CREATE FUNCTION v() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
	config := dbcontents.Config{ConnString: db.DSN, AllTables: true, Tables: []string{"b"}, Schemas: []string{"public", "other"}, Functions: []string{"f", "g", "v"}}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	describe := func(store *dbcontents.Store, schema string, names []string) (*dbcontents.Description, string) {
		t.Helper()
		d, err := store.Describe(t.Context(), schema, names)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, table := range slices.Concat(d.Tables, d.Functions) {
			list = append(list, table.String())
			for _, r := range d.ForeignKeys(table) {
				list = append(list, "-> "+r.Table.String())
			}
		}
		return d, strings.Join(list, " ")
	}
	d, list := describe(store, "", nil)
	if want := "public.a -> other.b -> public.b public.b -> public.a other.b -> public.a public.f() public.g()"; list != want || d.Default.String() != "public.b" {
		t.Errorf("got %s, default %s", list, d.Default)
	}
	if diff := cmp.Diff([]string{"", "b", "a"}, d.Names); diff != "" {
		t.Error(diff)
	}
	system := func(name string) *dbcontents.Type {
		return &dbcontents.Type{Schema: "pg_catalog", Name: name, Kind: "base"}
	}
	varchar := system("varchar")
	varchar.Length = 7
	want := map[string]*dbcontents.Type{
		"integer": system("int4"), "xml": system("xml"), "uuid": system("uuid"), "date": system("date"), "oid": system("oid"), "shorter": varchar,
		"mood": {Schema: "public", Name: "mood", Kind: "enum", Labels: []string{"sad", "ok"}}, "mood[]": {Schema: "public", Name: "_mood", Kind: "array", Element: "mood"},
		"pair":   {Schema: "public", Name: "pair", Kind: "composite", Fields: []dbcontents.Column{{Name: "a", Type: "integer"}, {Name: "b", Type: "mood[]"}}},
		"pair[]": {Schema: "public", Name: "_pair", Kind: "array", Element: "pair"}, "uuid[]": {Schema: "pg_catalog", Name: "_uuid", Kind: "array", Element: "uuid"},
		"oidvector": {Schema: "pg_catalog", Name: "oidvector", Kind: "array", Element: "oid"},
	}
	if diff := cmp.Diff(want, d.Types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	f, g := d.Functions[0], d.Functions[1]
	if !f.Set || f.Scalar || g.Set || !g.Scalar || len(f.Parameters) != 2 {
		t.Errorf("%+v %+v", f, g)
	}
	if r := d.ForeignKeys(d.Tables[0])[1]; !r.Inverse || !r.ToOne || r.Constraint != "b_a_id_fkey" || r.Columns[0] != [2]string{"id", "a_id"} {
		t.Errorf("%+v", r)
	}

	if d, list = describe(store, "other", nil); list != "other.b -> public.a" || d.Default.String() != "other.b" {
		t.Errorf("one schema: %s, default %s", list, d.Default)
	}
	if d, list = describe(store, "", []string{"a", "absent", "g()", "v()"}); list != "public.a -> other.b -> public.b public.g()" || d.Default != nil {
		t.Errorf("some: %s, default %s", list, d.Default)
	}
	if _, list = describe(store, "", []string{}); list != "" {
		t.Errorf("nothing: %s", list)
	}
	limited := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"public.a": {Columns: []string{"id", "s"}}, "public.b": {Columns: []string{"hidden"}}, "f()": {Columns: []string{"a"}}}})
	if d, list = describe(limited, "", nil); list != "public.a public.b public.f()" {
		t.Errorf("a session: %s", list)
	}
	if got := slices.Sorted(maps.Keys(d.Types)); !slices.Equal(got, []string{"integer", "shorter", "uuid", "uuid[]", "xml"}) {
		t.Errorf("its types: %q", got)
	}
	if _, err := store.Describe(t.Context(), "", []string{"a\x00"}); err == nil {
		t.Error("a name with NUL is looked up")
	}
	store.Close()
	if _, err := store.Describe(t.Context(), "", nil); err == nil {
		t.Error("a closed Store describes")
	}
}
