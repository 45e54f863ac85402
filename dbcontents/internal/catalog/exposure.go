package catalog

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// An Exposure is what may be read, as configured. It is never changed.
type Exposure struct {
	Schemas []string // in the order in which a name without one is looked for
	Tables  []Name   // by name, the default table first
	All     bool     // whatever the role may read in Schemas, too
}

// DefaultTable is the table of a Query that names none.
func (x *Exposure) DefaultTable() Name {
	if len(x.Tables) > 0 {
		return x.Tables[0]
	}
	return Name{Name: "test_table"}
}

// listed reports whether schema.name was exposed by name.
func (x *Exposure) listed(schema, name string) bool {
	return slices.ContainsFunc(x.Tables, func(t Name) bool {
		return t.Name == name && (t.Schema == schema || t.Schema == "" && slices.Contains(x.Schemas, schema))
	})
}

// candidates are the schemas in which a table asked for may be, in order; none
// if it is not exposed whatever the database holds.
func (x *Exposure) candidates(schema, name string) []string {
	var found []string
	try := func(s string) {
		if (schema == "" || s == schema) && !slices.Contains(found, s) &&
			(x.listed(s, name) || x.All && slices.Contains(x.Schemas, s)) {
			found = append(found, s)
		}
	}
	for _, s := range x.Schemas {
		try(s)
	}
	for _, t := range x.Tables {
		if t.Schema != "" {
			try(t.Schema)
		}
	}
	return found
}

// Admits reports whether a table that the catalog holds is exposed. What the
// role may not read is exposed only if it was named, so that the error can say
// why; a partition likewise, as its rows are in the partitioned table.
func (x *Exposure) Admits(t *Table) bool {
	if x.listed(t.Schema, t.Name) {
		return true
	}
	return x.All && slices.Contains(x.Schemas, t.Schema) && t.Readable() && !t.partition
}

// guardSQL is what row-level security does for the table $1.$2 when the present role
// reads it: its kind, whether it is on, forced, and active for the role, and
// whether a view applies that of its tables to whoever reads it.
const guardSQL = `
SELECT c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, pg_catalog.row_security_active(c.oid),
  coalesce(c.reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1,security_invoker=yes}'::text[], false)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text::name AND c.relname = $2::text::name`

// Guard says in words whether row-level security guards a table when the caller reads it.
func (c *Catalog) Guard(ctx context.Context, a Asker, name Name) (guard string, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		_, err := exchange([]wire.Statement{{
			SQL: guardSQL, Params: [][]byte{[]byte(name.Schema), []byte(name.Name)}, Types: []uint32{pgtype.TextOID, pgtype.TextOID}, Sync: true,
		}}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				var kind string
				var on, forced, active, invoker bool
				err := scan(&kind, &on, &forced, &active, &invoker)
				guard = guardOf(kind, on, forced, active, invoker)
				return err
			})
		})
		return err
	})
	return guard, err
}

func guardOf(kind string, on, forced, active, invoker bool) string {
	switch {
	case kind == "m":
		return "never, as a materialized view has none"
	case kind == "v" && invoker:
		return "that of its tables, for the role that reads (security_invoker is on)"
	case kind == "v":
		return "that of its tables, but for the owner of the view and not for the role that reads (security_invoker is off)"
	case !on:
		return "off"
	case !active && forced:
		return "on and forced, but not for the role that reads, which bypasses it"
	case !active:
		return "on, but not for the role that reads, which owns the table or bypasses it"
	case forced:
		return "on and forced"
	}
	return "on"
}
