package dbcontents

import (
	"context"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
)

// An Operation is something that a Store does at the database, as [Config].Trace is told of it. It
// has no value of a Query, and no name that the database does not have.
type Operation struct {
	// Kind is "read" for a read, "connect" for making a connection of an owned pool, and
	// "catalog" for a look-up of what a name means.
	Kind string
	// Schema, and Table or Function, are the names of what is read, as the catalog has them. A
	// name that does not exist, or is not exposed, never gets here. They are empty for other kinds.
	Schema, Table, Function string
	// SQL is the statement of a read. Its values are parameters, and question marks stand for
	// other constants, such as keys in JSON documents. Empty for other kinds.
	SQL string
	// Shape is a hash of SQL, the same in every process. Zero for other kinds.
	Shape uint64
	// Host, Port and Database are those of the connection string, or of the borrowed pool: of several hosts the
	// first. Host may be a directory of sockets, and Database is empty if it is left out there.
	Host     string
	Port     uint16
	Database string
}

// An Outcome is how an [Operation] ended.
type Outcome struct {
	// Code is the stable name of what went wrong, as in [Error], and SQLState what the database
	// called it. Both are empty for a success, also if the caller closed the Rows early.
	Code, SQLState string
	// Rows were given to the caller. Bytes are those of the values of rows that arrived.
	Rows, Bytes int64
	// FirstRow is when the first row had arrived, or zero if none did.
	FirstRow time.Time
	// Waited is how long the read waited for a connection.
	Waited time.Duration
	// Retries is the number of further attempts, and Retried when the last of them began.
	Retries int
	Retried time.Time
	// Early is true if the caller closed the Rows before the last one.
	Early bool
}

// A trace is a read that Config.Trace was told of.
type trace struct {
	ctx context.Context // what Trace returned
	end func(Outcome)
	Outcome
}

// traced calls Config.Trace for an operation other than a read. end is never nil.
func (c *Config) traced(ctx context.Context, op Operation) (traced context.Context, end func(error)) {
	if c.Trace == nil {
		return ctx, func(error) {}
	}
	traced, ended := c.Trace(ctx, op)
	if traced == nil {
		traced = ctx
	}
	return traced, func(err error) {
		if ended == nil {
			return
		}
		var o Outcome
		o.failed(err)
		ended(o)
	}
}

// connecting traces an attempt to make a connection.
func (c *Config) connecting(ctx context.Context, at pool.Endpoint) (context.Context, func(error)) {
	ctx, end := c.traced(ctx, Operation{Kind: "connect", Host: at.Host, Port: at.Port, Database: at.Database})
	return ctx, func(err error) {
		if err != nil {
			err = classify("connect", "", diagnosis.Connecting, err)
		}
		end(err)
	}
}

// lookingUp traces a look-up in the catalog.
func (s *Store) lookingUp(ctx context.Context) (traced context.Context, end func(error)) {
	at := s.pool.Endpoint()
	return s.config.traced(ctx, Operation{Kind: "catalog", Host: at.Host, Port: at.Port, Database: at.Database})
}

// failed takes over what is known of an error.
func (o *Outcome) failed(err error) {
	if e, ok := err.(*Error); ok {
		o.Code, o.SQLState = e.Code, e.SQLState
	}
}

// traced begins an attempt of x to read by p, with at most limit rows, and returns the context for
// it. Trace is called for the first attempt only, when the names are known.
func (x *request) traced(ctx context.Context, p *compile.Plan, limit int64) context.Context {
	if t := x.trace; t != nil {
		t.Retries++
		t.Retried = time.Now()
		t.Bytes, t.FirstRow = 0, time.Time{}
		return t.ctx
	}
	at := x.store.pool.Endpoint()
	op := Operation{Kind: "read", Schema: p.Table.Schema, Host: at.Host, Port: at.Port, Database: at.Database}
	if p.Table.Call != nil {
		op.Function = p.Table.Name
	} else {
		op.Table = p.Table.Name
	}
	op.SQL, op.Shape = p.Text(&x.query, limit)
	x.trace = &trace{}
	if x.trace.ctx, x.trace.end = x.store.config.Trace(ctx, op); x.trace.ctx == nil {
		x.trace.ctx = ctx
	}
	return x.trace.ctx
}

// arrived counts the values of a row.
func (t *trace) arrived(values [][]byte) {
	if t.FirstRow.IsZero() {
		t.FirstRow = time.Now()
	}
	for _, v := range values {
		t.Bytes += int64(len(v))
	}
}

// finished takes note that the connection of r is free again. ended tells that the database was
// made to end the read.
func (t *trace) finished(r *Rows, ended bool) {
	if t == nil {
		return
	}
	t.Early = ended && r.err == nil
	if r.begun {
		t.over(r, r.err)
	}
}

// over ends the trace of a read, which Query does if it fails or there are no rows, and Rows do later.
func (t *trace) over(r *Rows, err error) {
	if t == nil || t.end == nil {
		return
	}
	if r != nil {
		t.Rows = r.count
	}
	t.failed(err)
	t.end(t.Outcome)
}
