// Package everytype makes a column of every type that PostgreSQL has, and of every kind of type
// that users make, with values that are hard to write. It is for tests.
package everytype

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// SQL makes types of every kind that users make, and the functions that
// make the references.
//
//go:embed types.sql
var SQL string

// A Column is a type under test. The table reference.<Name> has its values, as the column v beside id.
type Column struct {
	OID              uint32 // 0 for a type with a modifier
	Schema, TypeName string
	Type             string // as SQL
	Kind             string // pg_type.typtype
	Element, Base    uint32 // of an array, of a domain
	Relation         string // of a row type: the table or view
	Defined          bool
	Name             string
	System           string // the type of pg_catalog that it is, or that it is a domain over
}

// listTypes lists all types of the database.
const listTypes = `
SELECT t.oid, n.nspname, t.typname, format('%I.%I', n.nspname, t.typname), t.typtype::text,
  coalesce((SELECT e.oid FROM pg_type e WHERE e.typarray = t.oid), 0), t.typbasetype,
  coalesce((SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c'), ''), t.typisdefined
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace ORDER BY t.oid`

// OnlyNull lists the types whose input functions reject every text. Their values
// exist only in indexes.
var OnlyNull = []string{"gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "ghstore", "ltree_gist"}

// Columns makes a column, and its table of values, for every type in the
// database. It logs the types that no column can have.
func Columns(t testing.TB, conn *pgx.Conn) []*Column {
	t.Helper()
	createExtensions(t, conn)
	rows, _ := conn.Query(t.Context(), listTypes)
	types, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Column, error) {
		c := new(Column)
		return c, row.Scan(&c.OID, &c.Schema, &c.TypeName, &c.Type, &c.Kind, &c.Element, &c.Base, &c.Relation, &c.Defined)
	})
	if err != nil {
		t.Fatal(err)
	}
	byOID := map[uint32]*Column{}
	for _, c := range types {
		byOID[c.OID] = c
	}
	for _, sql := range slices.Sorted(maps.Keys(modified)) {
		c := &Column{Type: sql, Kind: "b", Defined: true}
		if err := conn.QueryRow(t.Context(), "SELECT typname FROM pg_type WHERE oid = $1::text::regtype", sql).Scan(&c.System); err != nil {
			t.Fatal(err)
		}
		types = append(types, c)
	}
	for i, c := range types {
		c.Name = fmt.Sprintf("c%d", i)
	}
	// Arrays are made of the values of their elements.
	slices.SortStableFunc(types, func(a, b *Column) int { return min(int(a.Element), 1) - min(int(b.Element), 1) })
	excluded := map[string][]string{}
	types = slices.DeleteFunc(types, func(c *Column) bool {
		reason := fill(t, conn, c, byOID[c.Element])
		if reason != "" {
			excluded[reason] = append(excluded[reason], c.Type)
		}
		return reason != ""
	})
	for reason, names := range excluded {
		t.Logf("%d types excluded, %s: %s", len(names), reason, strings.Join(names, ", "))
	}
	for _, c := range types {
		base := c
		for base.Base != 0 {
			base = byOID[base.Base]
		}
		if base.Schema == "pg_catalog" {
			c.System = base.TypeName
		}
	}
	return types
}

// createExtensions adds the types of those extensions that are installed.
func createExtensions(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	for _, name := range []string{"hstore", "citext", "ltree", "cube"} {
		var available bool
		err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", name).Scan(&available)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("extension %s is installed: %t", name, available)
		if available {
			if _, err := conn.PgConn().Exec(t.Context(), "CREATE EXTENSION "+name).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// fill makes the table of a type's values, or returns why no column can have the type.
func fill(t testing.TB, conn *pgx.Conn, c, element *Column) (excluded string) {
	t.Helper()
	switch {
	case !c.Defined:
		return "a shell"
	case c.Kind == "p":
		return "a pseudo-type"
	}
	sql := "CREATE TABLE " + c.Table() + " (id int DEFAULT nextval('reference.ids'), v " + c.Type + ");\n" +
		"SELECT setval('reference.ids', 1, false);\n" +
		"INSERT INTO " + c.Table() + " (v) VALUES (NULL);\n" + insertValues(t, c, element)
	_, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42P16" {
		if _, pseudo, ok := strings.Cut(refused.Message, " has pseudo-type "); ok {
			return "contains the pseudo-type " + pseudo
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\nin: %.2000s", c.Type, err, sql)
	}
	return ""
}

// Table is the table of the values, as SQL.
func (c *Column) Table() string { return "reference." + c.Name }

// insertValues is the SQL that fills a type's table.
func insertValues(t testing.TB, c, element *Column) string {
	insert := "INSERT INTO " + c.Table() + " (v) "
	if values := literalsOf(t, c); len(values) > 0 {
		for i, v := range values {
			values[i] = "('" + strings.ReplaceAll(v, "'", "''") + "'::" + c.Type + ")"
		}
		return insert + "VALUES " + strings.Join(values, ", ")
	}
	switch {
	case element != nil:
		from := " FROM " + element.Table() + " WHERE octet_length(format('%s', v)) < 10000;\n"
		return insert + "VALUES ('{}');\n" +
			insert + "SELECT array_agg(v ORDER BY id)" + from +
			insert + "SELECT array_agg(ARRAY[v, NULL] ORDER BY id)" + from +
			insert + "SELECT array_fill(v, '{2,1}', '{-3,0}') FROM " + element.Table() + " WHERE id = 2"
	case c.Kind == "e":
		return insert + "SELECT unnest(enum_range(NULL::" + c.Type + "))"
	case c.Relation != "":
		// Some system views cannot be read on every server.
		return insert + "SELECT jsonb_populate_record(NULL::" + c.Type + ", '{}');\n" +
			"SELECT reference.attempt($sql$" + insert + "SELECT the_row FROM " + c.Relation + " AS the_row LIMIT 3$sql$)"
	default:
		return fmt.Sprintf("SELECT reference.guess('%s', %d)", c.Table(), c.OID)
	}
}

func literalsOf(t testing.TB, c *Column) []string {
	if c.OID == 0 {
		return slices.Clone(modified[c.Type])
	}
	name := c.TypeName
	if c.Schema != "pg_catalog" {
		name = c.Schema + "." + name
	}
	values := slices.Clone(literals[name])
	for version, more := range literalsSince {
		if pgtest.ServerVersion(t) >= version {
			values = append(values, more[name]...)
		}
	}
	return values
}
