package catalog

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A fakeDatabase answers look-ups from memory, in the protocol of PostgreSQL. It
// works inside synctest. Its fields may be changed while nobody asks.
type fakeDatabase struct {
	t *testing.T

	mu        sync.Mutex
	tables    []*Table
	operators map[uint32]string // of types, as an array
	delay     time.Duration     // between a question and the answer, which is of the time of the question
	err       error             // in place of an answer
	asked     int               // flights so far
	sql       []string          // of the last flight
	asOf      time.Time         // of a snapshot
}

// readable is a table that the role may read, with a column of each type.
func readable(schema, name string, oids ...uint32) *Table {
	t := &Table{Schema: schema, Name: name, usage: true, grant: true}
	for i, oid := range oids {
		t.Columns = append(t.Columns, Column{Name: "c" + strconv.Itoa(i), Type: "t" + strconv.Itoa(int(oid)), OID: oid, Comparison: Comparison{Kind: BaseKind}})
	}
	return t
}

// set changes what there is.
func (d *fakeDatabase) set(tables ...*Table) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tables = tables
}

// asks fails unless there were so many flights since the last call.
func (d *fakeDatabase) asks(want int) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asked != want {
		d.t.Errorf("the database was asked %d times, want %d", d.asked, want)
	}
	d.asked = 0
}

func (d *fakeDatabase) AsOf() time.Time { return d.asOf }
func (*fakeDatabase) PerCaller() bool   { return false }
func (d *fakeDatabase) Probed() error   { return nil }

func (d *fakeDatabase) Ask(ctx context.Context, look func(Exchange) error) error {
	return look(func(statements []wire.Statement, receive func(f *wire.Flight, first int) error) (more bool, err error) {
		d.mu.Lock()
		d.asked++
		d.sql = nil
		var answers []answer
		for _, s := range statements {
			d.sql = append(d.sql, s.SQL)
			answers = append(answers, d.answer(s))
		}
		delay, err := d.delay, d.err
		d.mu.Unlock()
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return false, diagnosis.Context(ctx)
		}
		if err != nil {
			return false, err
		}
		f := wire.Flight{Statements: statements}
		end := d.fly(&f, answers)
		defer end()
		return true, receive(&f, 0)
	})
}

// fly sends f to a server that has these answers. end ends the connection.
func (d *fakeDatabase) fly(f *wire.Flight, answers []answer) (end func()) {
	config, err := pgconn.ParseConfig("postgres://user@192.0.2.1/database?sslmode=disable")
	if err != nil {
		d.t.Error(err)
	}
	client, server := net.Pipe()
	pg, err := pgconn.Construct(&pgconn.HijackedConn{Conn: client, TxStatus: 'I', Config: config, CustomData: map[string]any{}})
	if err != nil {
		d.t.Error(err)
	}
	var served sync.WaitGroup
	served.Go(func() { serve(server, answers) })
	if err := f.Send(pg, false); err != nil {
		d.t.Error(err)
	}
	return func() {
		f.Drain()
		client.Close()
		served.Wait()
	}
}

// serve answers each statement in turn, and all that it has said at a sync.
func serve(conn net.Conn, answers []answer) {
	defer conn.Close()
	back := pgproto3.NewBackend(conn, conn)
	for n := 0; ; {
		msg, err := back.Receive()
		if err != nil {
			return
		}
		switch msg.(type) {
		case *pgproto3.Parse:
			back.Send(&pgproto3.ParseComplete{})
		case *pgproto3.Describe:
			back.Send(&pgproto3.ParameterDescription{})
			back.Send(answers[n].description())
		case *pgproto3.Bind:
			back.Send(&pgproto3.BindComplete{})
		case *pgproto3.Execute:
			for _, row := range answers[n].rows {
				back.Send(&pgproto3.DataRow{Values: row})
			}
			back.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT")})
			n++
		case *pgproto3.Sync:
			back.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
			if back.Flush() != nil {
				return
			}
		}
	}
}

// An answer is the result of a statement.
type answer struct {
	types []uint32
	rows  [][][]byte
}

func (a *answer) add(values ...any) {
	row := make([][]byte, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string:
			row[i] = []byte(v)
		case bool:
			row[i] = []byte(map[bool]string{true: "t", false: "f"}[v])
		case int:
			row[i] = strconv.AppendInt(nil, int64(v), 10)
		case uint32:
			row[i] = strconv.AppendUint(nil, uint64(v), 10)
		}
	}
	a.rows = append(a.rows, row)
}

func (a *answer) description() *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{}
	for _, oid := range a.types {
		d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte("column"), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1})
	}
	return d
}

const (
	text = pgtype.TextOID
	yes  = pgtype.BoolOID
	int4 = pgtype.Int4OID
)

// answer is what the tables of the moment say.
func (d *fakeDatabase) answer(s wire.Statement) answer {
	switch s.SQL {
	case lookupSQL:
		a := answer{types: []uint32{text, text, text, yes, text, yes, yes, text, text, yes, text, int4, int4, pgtype.OIDOID, pgtype.OIDOID, yes, text, text, text, yes, yes, text, text}}
		for _, t := range d.wanted(s) {
			a.addTable(t)
		}
		return a
	case directorySQL:
		a := answer{types: []uint32{text, text, yes, yes}}
		for _, t := range d.wanted(s) {
			a.add(t.Schema, t.Name, t.partition, t.Readable())
		}
		return a
	case operatorsSQL:
		a := answer{types: []uint32{pgtype.OIDOID, pgtype.TextArrayOID}}
		for _, oid := range list(s.Params[0]) {
			n, _ := strconv.Atoi(oid)
			a.add(oid, d.operators[uint32(n)])
		}
		return a
	}
	d.t.Errorf("unknown statement %s", s.SQL)
	return answer{}
}

// addTable adds the rows of a look-up of t: one for each column, or one with nulls.
func (a *answer) addTable(t *Table) {
	var keys any
	if len(t.PrimaryKey) > 0 {
		keys = len(t.PrimaryKey)
	}
	table := []any{t.Schema, t.Name, "r", t.partition, t.Comment, t.usage, t.grant}
	for i := range t.Columns {
		c := &t.Columns[i]
		var position any
		if k := slices.Index(t.PrimaryKey, c.Name); k >= 0 {
			position = k
		}
		a.add(append(slices.Clone(table), c.Name, c.Type, c.NotNull, c.Comment, position, keys, c.OID, c.Declared, c.IsJSON,
			c.Function, c.ToJSON, c.FromText, t.Plain, t.Open, string(c.Comparison.Kind), c.Comparison.Row)...)
	}
	if len(t.Columns) == 0 {
		a.add(append(table, nil, nil, nil, "", nil, keys, nil, nil, nil, "", "", "", t.Plain, t.Open, nil, nil)...)
	}
}

// wanted are the tables in the schemas and of the names that s asks for.
func (d *fakeDatabase) wanted(s wire.Statement) (tables []*Table) {
	for _, schema := range list(s.Params[0]) {
		for _, t := range d.tables {
			if t.Schema == schema && (s.Params[1] == nil || slices.Contains(list(s.Params[1]), t.Name)) {
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// list is an array of simple names.
func list(array []byte) []string {
	return strings.FieldsFunc(string(array), func(c rune) bool { return strings.ContainsRune(`{},"`, c) })
}
