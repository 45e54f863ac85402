package dbcontents

import (
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// connMemory is what the Store remembers with a connection.
type connMemory struct {
	home     *Store  // whose Stats count it
	source   *source // of a connection that is ours, else nil, as is pacer
	pacer    *pacer
	session  session
	types    *pgtype.Map // of our own, see typeMap
	prepared *cache[string, *prepared]
	names    int      // given so far
	stale    []string // to be closed with the next flight
	kept     *kept
}

// A prepared statement is described once, when the server parses it.
type prepared struct {
	name      string
	known     bool // the server has it under this name
	signature uint64
	types     []uint32 // of the result's columns
}

// kept is how much of prepared there is, for whoever asks at any time.
type kept struct{ statements, bytes atomic.Int64 }

const (
	memoryKey = "github.com/dbcontents/dbcontents-go"
	// maxPreparedBytes bounds the statements kept on a connection, by the memory that
	// they take at the server. Strangers choose columns and orders.
	maxPreparedBytes = 8 << 20
)

// serverBytes is about what s takes at the server when it is kept: what its text
// was made into, and its plan. Measured on PostgreSQL 15: 12 KB for three
// columns, 2.4 MB for 1,600, 1.7 MB for 1,000 conditions, and 0.3 MB for any
// statement on a table of 1,600 columns.
func (s *statement) serverBytes() int { return 16<<10 + 64*len(s.sql) + 192*s.width }

func memoryOf(pg *pgconn.PgConn) *connMemory {
	if m, ok := pg.CustomData()[memoryKey].(*connMemory); ok {
		return m
	}
	m := &connMemory{prepared: newCache[string, *prepared](maxPreparedBytes), kept: &kept{}}
	m.prepared.forgotten = func(_ string, p *prepared) { m.stale = append(m.stale, p.name) }
	pg.CustomData()[memoryKey] = m
	return m
}

// gives reports whether the result's columns have the wanted types.
func (p *prepared) gives(want []uint32) bool {
	return want == nil || slices.EqualFunc(want, p.types, func(want, oid uint32) bool { return want == 0 || want == oid })
}

// fields describes the columns of p, which come as text, to pgx.
func (p *prepared) fields() []pgconn.FieldDescription {
	fields := make([]pgconn.FieldDescription, len(p.types))
	for i, oid := range p.types {
		fields[i].DataTypeOID = oid
	}
	return fields
}

// keep remembers p, which the server has now.
func (m *connMemory) keep(s *statement, p *prepared) {
	m.prepared.put(s.sql, p, s.serverBytes())
	m.count()
}

// drop forgets the statement for sql, because it does not hold any more.
func (m *connMemory) drop(sql string, p *prepared) {
	m.prepared.drop(sql)
	m.stale = append(m.stale, p.name)
	m.count()
}

// forget drops all statements, because the server said that they do not hold any more.
func (m *connMemory) forget() {
	for sql, item := range m.prepared.items {
		m.prepared.drop(sql)
		m.stale = append(m.stale, item.value.name)
	}
	m.count()
}

func (m *connMemory) count() {
	m.kept.statements.Store(int64(len(m.prepared.items)))
	m.kept.bytes.Store(int64(m.prepared.bytes))
}
