package pool

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// Enter is the statement that gives the rest of the transaction these settings, pairs
// of a name and a value, and then this role, if it is not empty. All of them are
// parameters, so nothing that a stranger chooses becomes SQL. The role comes last, so that
// the settings are made with the rights of the role that connected. PostgreSQL evaluates
// arguments from left to right. The SQL depends on the number of settings only.
func Enter(role string, settings [][2]string) wire.Statement {
	if role != "" {
		settings = append(settings[:len(settings):len(settings)], [2]string{"role", role})
	}
	var calls strings.Builder
	s := wire.Statement{Params: make([][]byte, 0, 2*len(settings)), Types: make([]uint32, 0, 2*len(settings))}
	for i, pair := range settings {
		if i > 0 {
			calls.WriteString(", ")
		}
		calls.WriteString("pg_catalog.set_config($" + strconv.Itoa(2*i+1) + ", $" + strconv.Itoa(2*i+2) + ", true)")
		s.Params = append(s.Params, []byte(pair[0]), []byte(pair[1]))
		s.Types = append(s.Types, pgtype.TextOID, pgtype.TextOID)
	}
	s.SQL = setSQL(calls.String())
	return s
}
