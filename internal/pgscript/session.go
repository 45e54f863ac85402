package pgscript

import (
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// session is one connection.
type session struct {
	server     *Server
	conn       net.Conn
	back       *pgproto3.Backend
	statements map[string]string // name -> SQL
	bound      string            // SQL of the portal
	skipping   bool              // after an error, up to the next Sync
}

func (c *session) run() {
	if !c.startup() {
		return
	}
	for {
		msg, err := c.back.Receive()
		if err != nil {
			return
		}
		if _, sync := msg.(*pgproto3.Sync); sync {
			c.skipping = false
			c.back.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
			if c.back.Flush() != nil {
				return
			}
			continue
		}
		if c.skipping {
			continue
		}
		if c.answer(msg) != nil {
			return
		}
	}
}

// startup welcomes the client and reports whether the session goes on.
func (c *session) startup() bool {
	for {
		msg, err := c.back.ReceiveStartupMessage()
		if err != nil {
			return false
		}
		switch msg := msg.(type) {
		case *pgproto3.StartupMessage:
			c.server.mu.Lock()
			c.server.started++
			c.server.mu.Unlock()
			if fault := c.server.faultAt(Startup); fault != nil {
				c.fail(fault) //nolint:errcheck // it is over either way
				return false
			}
			return c.welcome(msg.Parameters) == nil
		case *pgproto3.SSLRequest, *pgproto3.GSSEncRequest:
			if _, err := c.conn.Write([]byte{'N'}); err != nil {
				return false
			}
		default: // a cancel request
			return false
		}
	}
}

// welcome confirms all parameters as if they were settings of a real server.
func (c *session) welcome(parameters map[string]string) error {
	c.back.Send(&pgproto3.AuthenticationOk{})
	for name, value := range parameters {
		c.back.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	c.back.Send(&pgproto3.ParameterStatus{Name: "server_version", Value: "17.0"})
	c.back.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	c.back.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return c.back.Flush()
}

// fail does what the fault says. Its error ends the session.
func (c *session) fail(f *Fault) error {
	switch {
	case f.Error != nil:
		c.back.Send(f.Error)
		c.skipping = true
		if err := c.back.Flush(); err != nil || f.Error.Severity == "FATAL" {
			return errEnd
		}
		return nil
	case f.Silent:
		if err := c.back.Flush(); err != nil {
			return err
		}
		io.Copy(io.Discard, c.conn) //nolint:errcheck // until the client gives up
	case f.Raw != nil:
		if err := c.back.Flush(); err != nil {
			return err
		}
		c.conn.Write(f.Raw) //nolint:errcheck // the session ends anyway
	default:
		c.back.Flush() //nolint:errcheck // what came before the fault has been sent
	}
	return errEnd
}

func (c *session) answer(msg pgproto3.FrontendMessage) error {
	if f := c.server.faultAt(Begun); f != nil {
		return c.fail(f)
	}
	switch msg := msg.(type) {
	case *pgproto3.Parse:
		c.statements[msg.Name] = msg.Query
		c.back.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Describe:
		c.back.Send(&pgproto3.ParameterDescription{})
		c.back.Send(resultOf(c.statements[msg.Name]).description())
	case *pgproto3.Bind:
		c.bound = c.statements[msg.PreparedStatement]
		c.back.Send(&pgproto3.BindComplete{})
	case *pgproto3.Execute:
		return c.execute(resultOf(c.bound))
	case *pgproto3.Close:
		delete(c.statements, msg.Name)
		c.back.Send(&pgproto3.CloseComplete{})
	case *pgproto3.Query: // that of target_session_attrs: this is no standby
		c.back.Send(other.description())
		c.back.Send(&pgproto3.DataRow{Values: row("f")})
		c.back.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT")})
		c.back.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		return c.back.Flush()
	case *pgproto3.Terminate:
		return errEnd
	}
	return nil
}

func (c *session) execute(r result) error {
	for i, row := range r.rows {
		if i == 0 && r.point != 0 {
			if f := c.server.faultAt(r.point); f != nil {
				return c.fail(f)
			}
		}
		if i == len(r.rows)-1 && r.point == Read {
			if f := c.server.faultAt(Row); f != nil {
				return c.fail(f)
			}
		}
		c.back.Send(&pgproto3.DataRow{Values: row})
	}
	c.back.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT")})
	return nil
}

// A result is what a statement gives.
type result struct {
	point Point // of the fault in place of its rows
	types []uint32
	rows  [][][]byte
}

func (r result) description() *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{}
	for _, oid := range r.types {
		d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte("column"), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1})
	}
	return d
}

const (
	text = pgtype.TextOID
	yes  = pgtype.BoolOID
	int4 = pgtype.Int4OID
)

// The kinds of statements there are.
var (
	lookup = result{
		point: Lookup,
		types: []uint32{text, text, text, yes, text, yes, yes, text, text, yes, text, int4, int4, pgtype.OIDOID, pgtype.OIDOID, yes, text, text, text, yes, yes, text, text},
		// nil, nil: it has no primary key. Then come functions, whether it is plain and open, and what the type is.
		rows: [][][]byte{append(row("public", "test_table", "r", "f", "", "t", "t", "value", "text", "f", ""), nil, nil, []byte("25"), []byte("25"), []byte("f"), []byte{}, []byte{}, []byte{}, []byte("t"), []byte("t"), []byte("b"), []byte{})},
	}
	read  = result{point: Read, types: []uint32{text}, rows: [][][]byte{row("one"), row("two"), row("three")}}
	check = result{types: []uint32{text, yes}, rows: [][][]byte{row("none", "t")}} // of the session's settings
	other = result{types: []uint32{text}, rows: [][][]byte{row("1")}}
)

func row(values ...string) (r [][]byte) {
	for _, v := range values {
		r = append(r, []byte(v))
	}
	return r
}

func resultOf(sql string) result {
	switch {
	case strings.Contains(sql, "pg_catalog.pg_class"):
		return lookup
	case strings.Contains(sql, `"test_table"`):
		return read
	case strings.Contains(sql, "pg_catalog.texteq"):
		return check
	}
	return other
}
