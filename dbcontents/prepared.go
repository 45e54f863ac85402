package dbcontents

import (
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// connMemory is what the Store remembers with a connection.
type connMemory struct {
	source   *source // of a connection that is ours, else nil, as is pacer
	pacer    *pacer
	session  session
	types    *pgtype.Map // of our own, see typeMap
	prepared map[string]*prepared
	names    int      // given so far
	stale    []string // to be closed with the next flight
}

// A prepared statement is described once, when the server parses it.
type prepared struct {
	name      string
	known     bool // the server has it under this name
	signature uint64
	fields    []pgconn.FieldDescription
}

const (
	memoryKey = "github.com/dbcontents/dbcontents-go"
	// maxPrepared bounds the statements kept on a connection. Strangers choose
	// columns and orders, and each statement costs the server some 20 KB.
	maxPrepared = 64
)

func memoryOf(pg *pgconn.PgConn) *connMemory {
	if m, ok := pg.CustomData()[memoryKey].(*connMemory); ok {
		return m
	}
	m := &connMemory{prepared: map[string]*prepared{}}
	pg.CustomData()[memoryKey] = m
	return m
}

// gives reports whether the result's columns have the wanted types.
func (p *prepared) gives(want []uint32) bool {
	return want == nil || slices.EqualFunc(want, p.fields, func(oid uint32, d pgconn.FieldDescription) bool { return oid == 0 || oid == d.DataTypeOID })
}

// forget drops all statements, because there are too many or the server said
// that they do not hold any more.
func (m *connMemory) forget() {
	for _, p := range m.prepared {
		m.stale = append(m.stale, p.name)
	}
	clear(m.prepared)
}
