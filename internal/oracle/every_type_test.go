package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/everytype"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A column is a type under test, with how PostgreSQL prints its values.
type column struct {
	everytype.Column
	references []reference
}

// A reference is how PostgreSQL itself prints one value.
type reference struct {
	json    *string // to_json; nil for null
	meaning *string // to_jsonb; nil for null and for json that jsonb cannot hold
	plain   string  // the type's output function
}

// TestEveryType reads values of every type that a column can have. In every
// format they must be what PostgreSQL itself prints.
func TestEveryType(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, everytype.SQL)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	var columns []*column
	for _, c := range everytype.Columns(t, conn) {
		columns = append(columns, &column{Column: *c})
	}
	mustExec(t, conn, "ALTER TYPE shrunk DROP ATTRIBUTE gone, ADD ATTRIBUTE late date")
	addReferences(t, conn, columns)
	tables := makeTables(t, conn, columns)

	store := open(t, dbcontents.Config{ConnString: db.DSN})
	got := readAll(t, store, tables)
	t.Run("JSON", func(t *testing.T) { compareJSON(t, conn, tables, got) })
	t.Run("NDJSON", func(t *testing.T) { compareLines(t, tables, got) })
	t.Run("CSV", func(t *testing.T) { compareCSV(t, tables, got) })
	t.Run("text", func(t *testing.T) { compareText(t, store, tables) })
	t.Run("Go values", func(t *testing.T) { compareValues(t, store, tables) })
	compareUnderHostileSettings(t, db, tables, got)
}

// addReferences asks PostgreSQL to print the values of every column.
func addReferences(t *testing.T, conn *pgx.Conn, columns []*column) {
	t.Helper()
	var sql strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&sql, "SELECT pg_catalog.to_json(v), reference.meaning(v), format('%%s', v) FROM %s ORDER BY id;\n", c.Table())
	}
	results, err := conn.PgConn().Exec(t.Context(), sql.String()).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", columns[len(results)-1].Type, err)
	}
	var values int
	for i, c := range columns {
		for _, row := range results[i].Rows {
			c.references = append(c.references, reference{text(row[0]), text(row[1]), string(row[2])})
			if row[0] != nil {
				values++
			}
		}
		hasValue := slices.ContainsFunc(c.references, func(r reference) bool { return r.json != nil })
		switch known := slices.Contains(everytype.OnlyNull, c.TypeName) || strings.HasPrefix(c.TypeName, "_"); {
		case hasValue:
		case known:
			t.Logf("%s has only null", c.Type)
		default:
			t.Errorf("%s has only null; add literals for it", c.Type)
		}
	}
	t.Logf("%d types with %d values", len(columns), values)
}

// text is a field of a result, nil for null.
func text(field []byte) *string {
	if field == nil {
		return nil
	}
	return new(string(field))
}

// A wideTable has a column for each of several types, padded with nulls. Reading
// one table per type would take longer.
type wideTable struct {
	name    string
	columns []*column
	rows    int
}

// makeTables makes the tables that the Store reads.
func makeTables(t *testing.T, conn *pgx.Conn, columns []*column) []*wideTable {
	t.Helper()
	sorted := slices.Clone(columns)
	slices.SortStableFunc(sorted, func(a, b *column) int { return len(a.references) - len(b.references) })
	var tables []*wideTable
	for chunk := range slices.Chunk(sorted, 40) {
		w := &wideTable{fmt.Sprintf("wide%d", len(tables)), chunk, len(chunk[len(chunk)-1].references)}
		var sql strings.Builder
		fmt.Fprintf(&sql, "CREATE TABLE %s AS SELECT id", w.name)
		for _, c := range chunk {
			fmt.Fprintf(&sql, ",\n(SELECT v FROM %s r WHERE r.id = i.id) AS %s", c.Table(), c.Name)
		}
		fmt.Fprintf(&sql, "\nFROM generate_series(1, %d) AS i (id)", w.rows)
		mustExec(t, conn, sql.String())
		tables = append(tables, w)
	}
	return tables
}

// query reads the whole table in the order of its id.
func (w *wideTable) query(format dbcontents.Format, columns ...string) dbcontents.Query {
	return dbcontents.Query{
		Table: w.name, Select: dbcontents.Columns(columns...),
		Order: []dbcontents.Order{{Column: "id"}}, Format: format,
	}
}

// contents is what the Store returned, by format and table.
type contents map[string]string

func readAll(t *testing.T, store *dbcontents.Store, tables []*wideTable) contents {
	t.Helper()
	all := contents{}
	for _, w := range tables {
		for _, f := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV} {
			all[string(f)+" "+w.name] = write(t, store, w.query(f))
		}
		all["Go values "+w.name] = fmt.Sprint(readValues(t, store, w))
	}
	return all
}

func readValues(t *testing.T, store *dbcontents.Store, w *wideTable) (all [][]any) {
	t.Helper()
	rows, err := store.Query(t.Context(), w.query(""))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		values, err := row.Values()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	return all
}
