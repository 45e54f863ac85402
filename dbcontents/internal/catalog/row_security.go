package catalog

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// rowSecuritySQL is what row-level security does for the table $1.$2 when the present role
// reads it: its kind, whether it is on, forced, and active for the role, and
// whether a view applies that of its tables to whoever reads it.
const rowSecuritySQL = `
SELECT c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, pg_catalog.row_security_active(c.oid),
  EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker'::text AND o.option_value::bool)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text::name AND c.relname = $2::text::name`

// RowSecurity says in words whether row-level security guards a table when the caller reads it.
func (c *Catalog) RowSecurity(ctx context.Context, a Asker, name Name) (words string, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		_, err := exchange([]wire.Statement{{
			SQL: rowSecuritySQL, Params: [][]byte{[]byte(name.Schema), []byte(name.Name)}, Types: []uint32{pgtype.TextOID, pgtype.TextOID}, Sync: true,
		}}, func(f *wire.Flight, first int) error {
			return f.ScanEach(first, func(scan func(dest ...any) error) error {
				var kind string
				var on, forced, active, invoker bool
				err := scan(&kind, &on, &forced, &active, &invoker)
				words = rowSecurityOf(kind, on, forced, active, invoker)
				return err
			})
		})
		return err
	})
	return words, err
}

func rowSecurityOf(kind string, on, forced, active, invoker bool) string {
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
