package compile

import (
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
	"github.com/jackc/pgx/v5/pgtype"
)

// SetTimeZone is undone at the end of the transaction; in that of a snapshot
// the next read sets it back, as the server reports it.
const SetTimeZone = "SELECT pg_catalog.set_config('TimeZone', $1, true)"

var textTypes = []uint32{pgtype.TextOID}

// Zone is the statement that sets the time zone.
func Zone(zone string) wire.Statement {
	return wire.Statement{SQL: SetTimeZone, Params: [][]byte{[]byte(zone)}, Types: textTypes}
}
