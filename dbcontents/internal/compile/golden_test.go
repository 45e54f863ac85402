package compile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

var update = flag.Bool("update", false, "write the golden SQL anew")

// books is a table with columns of all sorts.
var books = &catalog.Table{
	Schema: "public", Name: "books", Kind: "table", Plain: true, PrimaryKey: []string{"id"},
	Columns: []catalog.Column{
		plainColumn("id", "integer", pgtype.Int4OID, true),
		plainColumn("title", "text", pgtype.TextOID, true),
		plainColumn("price", "numeric(10,2)", pgtype.NumericOID, false),
		plainColumn("sold", "boolean", pgtype.BoolOID, false),
		plainColumn("published", "timestamp with time zone", pgtype.TimestamptzOID, false),
		plainColumn("cover", "bytea", pgtype.ByteaOID, false),
		plainColumn("doc", "jsonb", pgtype.JSONBOID, false),
		plainColumn("big", "bigint", pgtype.Int8OID, false),
		{Name: "tags", Type: "text[]", OID: pgtype.TextArrayOID, IsJSON: true, Comparison: catalog.Comparison{Kind: "a"}},
		{Name: "sizes", Type: "bigint[]", OID: pgtype.Int8ArrayOID, IsJSON: true, Comparison: catalog.Comparison{Kind: "a"}},
		{Name: "words", Type: "tsvector", OID: 3614, Comparison: base},
		{Name: "part", Type: "pair", OID: 20001, IsJSON: true, Comparison: catalog.Comparison{Kind: catalog.CompositeKind, Row: "public.pair"}},
		{Name: "mail", Type: "ext.citext", OID: 20002, Comparison: catalog.Comparison{Kind: catalog.BaseKind, Operators: map[string]string{
			"=": "OPERATOR(ext.=)", "<": "OPERATOR(ext.<)", ">": "OPERATOR(ext.>)", "~~*": "OPERATOR(ext.~~*)",
		}}},
		{Name: "code", Type: "public.code", OID: pgtype.TextOID, ToJSON: `public."code_json"`, FromText: `public."code_text"`, Comparison: base},
		{Name: "class", Type: "regclass", OID: 2205, Comparison: base},
	},
	Computed: []catalog.Column{{Name: "age", Type: "interval", OID: pgtype.IntervalOID, Function: `public.age`, Comparison: base}},
}

// odd is a table whose names have to be quoted, and that has no primary key.
var odd = &catalog.Table{Schema: `s"1`, Name: `odd "table`, Columns: []catalog.Column{plainColumn(`a"b`, "text", pgtype.TextOID, false), plainColumn("select", "integer", pgtype.Int4OID, true)}}

// pairs has a primary key of two columns.
var pairs = &catalog.Table{
	Schema: "public", Name: "pairs", PrimaryKey: []string{"a", "b"},
	Columns: []catalog.Column{plainColumn("a", "integer", pgtype.Int4OID, true), plainColumn("b", "text", pgtype.TextOID, true), plainColumn("c", "date", pgtype.DateOID, false)},
}

var base = catalog.Comparison{Kind: catalog.BaseKind}

func plainColumn(name, typ string, oid uint32, notNull bool) catalog.Column {
	return catalog.Column{Name: name, Type: typ, OID: oid, NotNull: notNull, Comparison: base}
}

var casts = map[string]*catalog.CastType{
	"text": {SQL: "pg_catalog.text", OID: pgtype.TextOID}, "int[]": {SQL: "pg_catalog._int4", OID: pgtype.Int4ArrayOID, IsJSON: true},
	"mood": {SQL: "public.mood", OID: 20003},
}

// TestGolden compares the SQL, the values and the types of each query with what is
// kept in testdata/golden. To write it anew:
//
//	go test ./dbcontents/internal/compile -run TestGolden -update
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, group := range goldenQueries {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for _, g := range group.queries {
				fmt.Fprintf(&b, "=== %s\n", g.name)
				table := g.table
				if table == nil {
					table = books
				}
				writeCompiled(&b, table, g.query)
				b.WriteString("\n")
			}
			file := filepath.Join("testdata", "golden", group.name+".sql")
			if *update {
				if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// writeCompiled writes what q is compiled to against a table.
func writeCompiled(b *strings.Builder, t *catalog.Table, q Query) {
	p, err := compiledFor(t, &q)
	if err != nil {
		var f *diagnosis.Finding
		if !errors.As(err, &f) {
			f = diagnosis.New("database_error", err.Error(), nil)
		}
		fmt.Fprintf(b, "refused: %s: %s\nhint: %s\n", f.Code, f.Detail, f.Hint)
		return
	}
	read := p.Read(&q, q.Limit)
	fmt.Fprintf(b, "%s\n", read.SQL)
	writeValues(b, read.Params)
	if p.Nested() {
		writeNested(b, p)
	} else {
		for i, c := range p.Columns {
			fmt.Fprintf(b, "-- column %s: type %d as %s\n", c.Name, p.Types[i], formName(p.Formats[i]))
		}
	}
	if q.Count != "" {
		for _, s := range p.Counting(&q, 1000) {
			fmt.Fprintf(b, "count: %s\n", s.SQL)
			writeValues(b, s.Params)
		}
	}
	if p.HasInput || !p.Plain {
		fmt.Fprintf(b, "-- input %v, plain %v\n", p.HasInput, p.Plain)
	}
}

func formName(form int16) string {
	if form == encode.BinaryForm {
		return "binary"
	}
	return "text"
}

func compiledFor(t *catalog.Table, q *Query) (*Plan, error) {
	if err := q.Check(true); err != nil {
		return nil, err
	}
	if q.Allowed != nil {
		t = t.Only(q.Allowed)
	}
	return newPlan(t, casts, q)
}

func writeValues(b *strings.Builder, values [][]byte) {
	for i, v := range values {
		text := "NULL"
		if v != nil {
			text = "'" + string(v) + "'"
		}
		fmt.Fprintf(b, "-- $%d = %s\n", i+1, text)
	}
}

// What is kept for the shape of a query must not depend on its values and limits.
func TestShapeLeavesValuesOut(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, group := range goldenQueries {
		for _, g := range group.queries {
			q := g.query
			if err := q.Check(true); err != nil {
				continue
			}
			table := books
			if g.table != nil {
				table = g.table
			}
			shape := table.Name + " " + string(q.shape(nil))
			p, err := compiledFor(table, &q)
			if err != nil {
				continue
			}
			sql := p.sql(3) + fmt.Sprint(p.Types, p.Formats, p.count, p.explain)
			if other, ok := seen[shape]; ok && other != sql {
				t.Errorf("%s/%s has the shape of another query, and not its SQL:\n%s\n%s", group.name, g.name, sql, other)
			}
			seen[shape] = sql
		}
	}
}
