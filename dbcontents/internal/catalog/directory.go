package catalog

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
	found []found   // in the order in which names are looked for
	names []string  // of these, for callers without an allow-list
	asOf  time.Time // when the names were asked for; zero: they are not known
	asked time.Time // when a look-up last took the question along

	functions     []Name    // that can be called
	functionsAsOf time.Time // as asOf
}

// found is an exposed table that there is.
type found struct {
	Name
	readable bool
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

// Names are the names by which tables can be read without naming a schema, those
// of the configuration first. The first one is empty if the default table can be
// read. The list is as the last look-up of a table found it, or, before there was
// one, what the configuration says. It is not to be changed.
func (c *Catalog) Names() []string {
	d := c.directory()
	d.mu.Lock()
	list, names, asOf := d.found, d.names, d.asOf // which are replaced, and not changed
	d.mu.Unlock()
	switch {
	case asOf.IsZero() && c.caller.Grants == nil:
		return c.Exposure.configuredNames()
	case asOf.IsZero():
		return slices.DeleteFunc(c.Exposure.configuredNames(), func(name string) bool {
			if name != "" {
				return len(c.candidates("", name)) == 0
			}
			t := c.Exposure.DefaultTable()
			return len(c.candidates(t.Schema, t.Name)) == 0
		})
	case c.caller.Grants == nil:
		return names
	}
	return c.Exposure.names(slices.DeleteFunc(slices.Clone(list), func(f found) bool { return !c.caller.grants(f.Schema, f.Name.Name) }))
}

// directory is that of the caller's role.
func (c *Catalog) directory() *directory { return c.directoryOf(c.caller.Role) }

func (c *shared) directoryOf(role string) *directory {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.directories.Get(role)
	if !ok {
		d = &directory{}
		c.directories.Put(role, d, sizeOfDirectory)
	}
	return d
}

// learn takes in all tables that there are under the exposed names, in the
// order in which names are looked for, as they were at asOf.
func (c *Catalog) learn(tables []*Table, asOf time.Time) {
	d := c.directory()
	c.keep(c.caller.Role, d, d.learn(&c.Exposure, tables, asOf))
}

// learnFunctions takes in all functions that a role can call, as they were at asOf.
func (c *shared) learnFunctions(role string, names []Name, asOf time.Time) {
	d := c.directoryOf(role)
	d.mu.Lock()
	if asOf.After(d.functionsAsOf) {
		d.functions, d.functionsAsOf = names, asOf
	}
	bytes := d.bytes()
	d.mu.Unlock()
	c.keep(role, d, bytes)
}

// keep remembers a directory by what it takes now.
func (c *shared) keep(role string, d *directory, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now, ok := c.directories.Get(role); ok && now != d {
		return // d was forgotten, and another one has taken its place
	}
	c.directories.Put(role, d, bytes)
}

// due returns the present time if a look-up should take the question along, else zero.
func (d *directory) due() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if now.Sub(d.asOf) < Fresh || now.Sub(d.asked) < Absent {
		return time.Time{}
	}
	d.asked = now
	return now
}

// learn is Catalog.learn. It returns the bytes that d takes now.
func (d *directory) learn(x *Exposure, tables []*Table, asOf time.Time) (bytes int) {
	var list []found
	for _, t := range tables {
		if x.Admits(t) {
			list = append(list, found{Name{t.Schema, t.Name}, t.Readable()})
		}
	}
	names := x.names(list)
	d.mu.Lock()
	defer d.mu.Unlock()
	if asOf.After(d.asOf) {
		d.found, d.names, d.asOf = list, names, asOf
	}
	return d.bytes()
}

// bytes is what d takes. The lock is held.
func (d *directory) bytes() int {
	n := sizeOfDirectory + sizeOfString*len(d.names)
	for i := range d.found {
		n += sizeOfFound + len(d.found[i].Schema) + len(d.found[i].Name.Name)
	}
	for _, f := range d.functions {
		n += 2*sizeOfString + len(f.Schema) + len(f.Name)
	}
	return n
}

// names are those by which tables, in the order in which names are looked for,
// can be read.
func (x *Exposure) names(list []found) []string {
	readable, order := map[string]bool{}, []string{}
	wanted := x.DefaultTable()
	var byDefault *found
	for i := range list {
		t := &list[i]
		name := t.Name.Name
		if byDefault == nil && name == wanted.Name && (wanted.Schema == "" || wanted.Schema == t.Schema) {
			byDefault = t
		}
		if _, behind := readable[name]; !behind {
			readable[name] = t.readable
			order = append(order, name)
		}
	}
	var names []string
	if byDefault != nil && byDefault.readable {
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

// configuredNames are the names in x.Tables, after an empty one for the default table.
func (x *Exposure) configuredNames() (names []string) {
	for _, t := range x.Tables {
		if len(names) == 0 {
			names = append(names, "")
		}
		if !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// scope is where exposed tables can be: schemas, in the order in which a name
// is looked for, and names, nil for all.
func (x *Exposure) scope() (schemas, names []string) {
	schemas = slices.Clone(x.Schemas)
	for _, t := range x.Tables {
		names = append(names, t.Name)
		if t.Schema != "" && !slices.Contains(schemas, t.Schema) {
			schemas = append(schemas, t.Schema)
		}
	}
	if x.All {
		names = nil
	}
	return schemas, names
}

// directoryStatement is directorySQL for everything that is exposed.
func (x *Exposure) directoryStatement() wire.Statement {
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
		if CheckName(t.Name) == nil { // no statement could hold another name
			tables = append(tables, t)
		}
		return err
	})
	return tables, err
}
