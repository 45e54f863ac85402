package wire

import (
	"crypto/rand"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/cache"
)

// Memory is what is remembered with a connection. It is used by whoever holds the
// connection, but for Kept.
type Memory struct {
	Home     any     // whose statistics count it
	source   *source // of a connection that is ours, else nil, as is pacer
	pacer    *pacer
	Session  Session
	Flown    bool        // something was sent
	types    *pgtype.Map // of our own, see typeMap
	prepared *cache.LRU[preparedKey, *prepared]
	prefix   string   // of the names, which no other connection has: behind a pooler they may meet
	names    int      // given so far
	Lost     bool     // a kept statement was not there
	stale    []string // to be closed with the next flight
	Kept     *Kept
}

// A preparedKey is what a kept statement is found by.
type preparedKey struct{ sql, role string }

func (s *Statement) key() preparedKey { return preparedKey{s.SQL, s.Role} }

// A prepared statement is described once, when the server parses it.
type prepared struct {
	name      string
	known     bool // the server has it under this name
	signature uint64
	types     []uint32                  // of the result's columns
	described []pgconn.FieldDescription // of these, for pgx; nil until asked for
}

// Kept is how many statements are kept on a connection, and about how many bytes
// they take at the server. It may be read at any time.
type Kept struct{ Statements, Bytes atomic.Int64 }

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
func (s *Statement) serverBytes() int { return 16<<10 + 64*len(s.SQL) + 192*s.Width }

// MemoryOf is what is remembered with pg.
func MemoryOf(pg *pgconn.PgConn) *Memory {
	if m, ok := pg.CustomData()[memoryKey].(*Memory); ok {
		return m
	}
	m := &Memory{prepared: cache.New[preparedKey, *prepared](maxPreparedBytes), prefix: "dbcontents_" + strings.ToLower(rand.Text()[:12]) + "_", Kept: &Kept{}}
	m.prepared.Forgotten = func(_ preparedKey, p *prepared) { m.stale = append(m.stale, p.name) }
	pg.CustomData()[memoryKey] = m
	return m
}

// describe takes in the types of the result's columns.
func (p *prepared) describe(msg *pgproto3.RowDescription) {
	same := func(oid uint32, field pgproto3.FieldDescription) bool { return oid == field.DataTypeOID }
	if p.types != nil && slices.EqualFunc(p.types, msg.Fields, same) {
		return
	}
	p.types, p.described = make([]uint32, len(msg.Fields)), nil
	for i := range msg.Fields {
		p.types[i] = msg.Fields[i].DataTypeOID
	}
}

// gives reports whether the result's columns have the wanted types.
func (p *prepared) gives(want []uint32) bool {
	return want == nil || slices.EqualFunc(want, p.types, func(want, oid uint32) bool { return want == 0 || want == oid })
}

// fields describes the columns of p, which come as text, to pgx.
func (p *prepared) fields() []pgconn.FieldDescription {
	if p.described == nil {
		p.described = make([]pgconn.FieldDescription, len(p.types))
		for i, oid := range p.types {
			p.described[i].DataTypeOID = oid
		}
	}
	return p.described
}

// keep remembers p, which the server has now.
func (m *Memory) keep(s *Statement, p *prepared) {
	m.prepared.Put(s.key(), p, s.serverBytes())
	m.count()
}

// drop forgets a statement, because it does not hold any more.
func (m *Memory) drop(key preparedKey, p *prepared) {
	m.prepared.Drop(key)
	m.stale = append(m.stale, p.name)
	m.count()
}

// forget drops all statements, because the server said that they do not hold any more.
func (m *Memory) forget() {
	for key, item := range m.prepared.Items {
		m.prepared.Drop(key)
		m.stale = append(m.stale, item.Value.name)
	}
	m.count()
}

func (m *Memory) count() {
	m.Kept.Statements.Store(int64(len(m.prepared.Items)))
	m.Kept.Bytes.Store(int64(m.prepared.Bytes))
}
