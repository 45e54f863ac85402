package pool

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
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

// know finds out, once, whether a borrowed connection leads through a pooler. It may have what its owner's hooks have
// set, which is not to be reset where no pooler is; one of our own has nothing that is not set anew. A server that does not
// say is taken for a pooler.
func (p *Pool) know(ctx context.Context, pg *pgconn.PgConn) *diagnosis.Finding {
	session := &wire.MemoryOf(pg).Session
	if p.owned || session.Known() {
		return nil
	}
	result := pg.ExecParams(ctx, ownSQL, nil, nil, nil, nil).Read()
	var said *pgconn.PgError
	if err := result.Err; err != nil && !(errors.As(err, &said) && strings.HasPrefix(said.Code, "42")) {
		return diagnosis.Of(diagnosis.Reading, err) // it was not asked; class 42 is that of a function that is not there
	}
	var row [][]byte
	if len(result.Rows) == 1 {
		row = result.Rows[0]
	}
	session.Take(row, pg.PID())
	return nil
}
