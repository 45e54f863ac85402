package dbcontents

import (
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A directory remembers the names by which tables can be read. It is for hints:
// what strangers get wrong asks the database nothing. It is brought up to date
// by look-ups of tables, which are made for other reasons.
type directory struct {
	mu    sync.Mutex
	names []string
	asOf  time.Time // when the names were asked for; zero: they are not known
	asked time.Time // when a look-up last took the question along
}

// directorySQL lists tables by name alone, in the order in which names are
// looked for. $1 are schemas, $2 the names or null for all.
const directorySQL = `
SELECT n.nspname::text, c.relname::text, c.relispartition, coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT')), false)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]::name[]) AND ($2::text[] IS NULL OR c.relname = ANY ($2::text[]::name[]))
  AND c.relkind = ANY ('{r,p,v,m,f}'::"char"[])
ORDER BY pg_catalog.array_position($1::text[], n.nspname::text), c.relname
LIMIT 10000`

// Names are the names by which tables can be read without naming a schema, at
// most 10,000, those of Config.Tables first. The first one is empty if the
// default table can be read. It asks nobody: the list is as the last look-up of a
// table found it, or, before there was one, what Config.Tables says. Do not change it.
func (s *Store) Names() []string {
	if s == nil || s.catalog == nil {
		return nil
	}
	d := &s.catalog.directory
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asOf.IsZero() {
		return s.catalog.exposure.configuredNames()
	}
	return d.names
}

// due returns the present time if a look-up should take the question along, else zero.
func (d *directory) due() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if now.Sub(d.asOf) < fresh || now.Sub(d.asked) < absent {
		return time.Time{}
	}
	d.asked = now
	return now
}

// learn takes in all tables that there are under the exposed names, in the
// order in which names are looked for, as they were at asOf.
func (d *directory) learn(x *exposure, tables []*Table, asOf time.Time) {
	names := x.names(tables)
	d.mu.Lock()
	defer d.mu.Unlock()
	if asOf.After(d.asOf) {
		d.names, d.asOf = names, asOf
	}
}

// names are those by which tables, in the order in which names are looked for,
// can be read.
func (x *exposure) names(tables []*Table) []string {
	readable, order := map[string]bool{}, []string{}
	wanted := x.defaultTable()
	var byDefault *Table
	for _, t := range tables {
		if !x.admits(t) {
			continue
		}
		if byDefault == nil && t.Name == wanted.name && (wanted.schema == "" || wanted.schema == t.Schema) {
			byDefault = t
		}
		if _, behind := readable[t.Name]; !behind {
			readable[t.Name] = t.readable()
			order = append(order, t.Name)
		}
	}
	var names []string
	if byDefault != nil && byDefault.readable() {
		names = append(names, "")
	}
	for _, name := range slices.Concat(x.configuredNames(), order) {
		if name != "" && readable[name] {
			names = append(names, name)
			readable[name] = false // once
		}
	}
	return names
}

// configuredNames are the names in Config.Tables, after an empty one for the default table.
func (x *exposure) configuredNames() (names []string) {
	for _, t := range x.tables {
		if len(names) == 0 {
			names = append(names, "")
		}
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	return names
}

// scope is where exposed tables can be: schemas, in the order in which a name
// is looked for, and names, nil for all.
func (x *exposure) scope() (schemas, names []string) {
	schemas = slices.Clone(x.schemas)
	for _, t := range x.tables {
		names = append(names, t.name)
		if t.schema != "" && !slices.Contains(schemas, t.schema) {
			schemas = append(schemas, t.schema)
		}
	}
	if x.all {
		names = nil
	}
	return schemas, names
}

// directoryStatement is directorySQL for everything that is exposed.
func (x *exposure) directoryStatement() wire.Statement {
	schemas, names := x.scope()
	return wire.Statement{
		SQL:    directorySQL,
		Params: [][]byte{wire.TextArray(schemas), wire.TextArray(names)},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}
}

// receiveNames takes the result of directorySQL from statement n of a flight: of
// each table no more than it takes to know whether it can be read.
func receiveNames(f *wire.Flight, n int) (tables []*Table, err error) {
	err = f.ScanEach(n, func(scan func(dest ...any) error) error {
		t := &Table{}
		err := scan(&t.Schema, &t.Name, &t.partition, &t.usage)
		t.grant = t.usage
		if checkName(t.Name) == nil { // no statement could hold another name
			tables = append(tables, t)
		}
		return err
	})
	return tables, err
}
