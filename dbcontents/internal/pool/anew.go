package pool

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// resetAllSQL gives each setting, custom ones too, the value that the session began with. It is no query, so the
// transaction may still be given its isolation after it. It must be undone by a rollback.
const resetAllSQL = "RESET ALL"

// origins are the settings that decide who reads and what names mean. They are set to what the connection
// string says, else to what the session began with. The order matters: a new session user ends the role.
var origins = []string{"session_authorization", "role", "search_path", "row_security"}

// tempLastSQL has names mean what they mean without the temporary tables of others, which come first otherwise: in code of
// the database, and in types of a cast such as name.
const tempLastSQL = "pg_catalog.set_config('search_path', pg_catalog.concat_ws(', '," +
	" CASE WHEN NOT pg_catalog.texteq(pg_catalog.current_setting('search_path'), '') THEN pg_catalog.current_setting('search_path') END, 'pg_temp'), true)"

// anew appends what makes the rest of the transaction independent of what another client of a pooler has left on the
// session. That of a read is undone with the read, and includes the settings that code of the database may ask for. A
// look-up runs no such code and is not rolled back, so it leaves these alone.
func (p *preamble) anew(statements []wire.Statement, pg *pgconn.PgConn, lookup bool) []wire.Statement {
	s := wire.Statement{}
	var calls []string
	set := func(name string, value []byte) {
		s.Params, s.Types = append(s.Params, value), append(s.Types, pgtype.TextOID)
		calls = append(calls, "pg_catalog.set_config('"+name+"', $"+strconv.Itoa(len(s.Params))+", true)")
	}
	for i, name := range origins {
		value, said := p.own[name]
		switch {
		case said:
			set(name, []byte(value))
		case lookup || i < 2: // RESET ALL leaves the first two alone
			set(name, nil)
		}
	}
	if !lookup {
		statements = append(statements, wire.Statement{SQL: resetAllSQL})
		set("application_name", []byte(pg.ParameterStatus("application_name")))
	}
	calls = append(calls, tempLastSQL)
	key := uint64(1) << 62 // there are fewer settings
	if lookup {
		key <<= 1
	}
	sql, ok := p.sql.Load(key)
	if !ok {
		sql = setSQL(strings.Join(append(calls, p.calls(1<<len(p.settings)-1)...), ", "))
		p.sql.Store(key, sql)
	}
	s.SQL = sql.(string)
	return append(statements, s)
}
