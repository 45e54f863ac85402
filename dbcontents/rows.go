package dbcontents

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// Rows is the result of a read. It holds one connection until it has given its
// last row or is closed; every Rows must be closed, or read to its end by All,
// Collect or WriteTo, which close it. A Rows is used by one goroutine.
//
// It ends by itself when the context of the Query ends: the query is then
// cancelled at the server too, and Err says so. Rows is the one place where
// this package keeps a context.
type Rows struct {
	store    *Store
	snapshot *Snapshot // whose connection it is, else nil
	conn     *pgxpool.Conn
	types    *pgtype.Map // the connection's, for Go values
	query    *compile.Query
	entry    *catalog.Entry
	plan     *compile.Plan
	flight   wire.Flight
	// statements is where those of most flights lie: BEGIN, settings, those of the session, read and ROLLBACK.
	statements [5]wire.Statement
	read       int       // index of the read in the flight
	counts     int       // index of the first statement that counts
	estimates  int       // index of the last one
	guards     int       // the statements up to the one that tells of the server and refuses it if it is behind, 0 for none
	lagGuard   int       // those up to the one that refuses it if it is too far behind, 0 for none
	lagSample  int       // those up to the one that asks, after the read, how far it is behind, 0 for none
	lagAsked   time.Time // when either was sent
	watch      interrupt.Watch
	reader     reader

	values    [][]byte
	primed    bool // values hold a row that next has not given yet
	count     int64
	max       int64  // rows to give, 0 for all
	more      bool   // there are rows beyond the page
	capped    bool   // max is that of the Config
	cut       bool   // related rows were left out for the Config's maximum
	total     int64  // rows counted, if the Query asks for it
	lsn       string // see LSN
	primary   bool   // the server that is behind is a primary, and not a standby
	page      page
	released  bool
	settled   bool              // the watch is
	begun     bool              // Query has returned it
	used      bool              // Next, WriteTo or Close was called
	closed    bool              // by its user, All, Collect or WriteTo
	refresh   catalog.Refresh   // of the table, behind the read in the same flight
	related   []tableEntry      // the related tables that are read
	refreshes []catalog.Refresh // of these, as refresh
	hides     bool              // there may be rows that the session does not see
	err       error
	waited    time.Duration
	trace     *trace                    // nil if there is none
	described []pgconn.FieldDescription // for pgx, made when asked for
}

// Next advances to the next row and reports whether there is one. After the
// last row, or an error, the connection has been given back.
func (r *Rows) Next() bool {
	if r.usable("read") != nil {
		return false
	}
	r.used = true
	_, ok := r.next()
	return ok
}

// next gives the next row's raw values, which are valid until it is called again.
func (r *Rows) next() ([][]byte, bool) {
	if r.released {
		return nil, false
	}
	values := r.values
	if r.primed {
		r.primed = false
	} else if values = r.receive(); values == nil {
		return nil, false
	}
	if r.max > 0 && r.count == r.max {
		// One more than allowed was asked for, only to learn that it exists.
		r.more = true
		r.receive() // the end
		return nil, false
	}
	r.count++
	if r.plan.Paged() {
		r.pass(values)
		values = values[:r.plan.Values()]
	}
	r.values = values
	return values, true
}

// noColumns stands for a row without columns, as a nil row is none.
var noColumns = [][]byte{}

func (r *Rows) receive() [][]byte {
	if _, ended := r.watch.Ended(); ended {
		// Rows that are still in the buffers would look like a whole result.
		r.finish(errors.New("ended"))
		return nil
	}
	values, err := r.flight.Row(r.read)
	if err != nil || r.flight.Past(r.read) {
		r.finish(err)
		return nil
	}
	if values == nil {
		values = noColumns
	}
	if r.trace != nil {
		r.trace.arrived(values)
	}
	return values
}

// Close ends the read and gives the connection back. If rows are left, the
// query is cancelled at the server first, so Close does not wait for them. It
// may be called at any time and more than once, and returns what Err returns:
// nil after an early Close.
func (r *Rows) Close() error {
	if err := r.usable("close"); err != nil {
		return err
	}
	r.used, r.closed = true, true
	r.finish(nil)
	return r.err
}

// Err is the error that ended the read, nil while it goes on, after the last
// row and after an early Close.
func (r *Rows) Err() error {
	if err := r.usable("read"); err != nil {
		return err
	}
	return r.err
}

// Columns describes the columns of each row. It may be called at any time.
func (r *Rows) Columns() []Column {
	if r.usable("read") != nil {
		return nil
	}
	columns := make([]Column, len(r.plan.Columns))
	for i, c := range r.plan.Columns {
		columns[i] = describeColumn(c)
	}
	return columns
}

// Table is the table that is read, with what Query.Allowed and the session leave of it.
func (r *Rows) Table() *Table {
	if r.usable("read") != nil {
		return nil
	}
	return describe(r.plan.Table)
}

// Count is the number of rows given so far. For what Query.Count asks, see Total.
func (r *Rows) Count() int64 {
	if r.usable("read") != nil {
		return 0
	}
	return r.count
}

// Truncated reports, after the last row, whether Config.MaxRows cut the read short, or the
// related rows that one of the rows embeds.
func (r *Rows) Truncated() bool { return r != nil && (r.more && r.capped || r.cut) }

// Waited is how long the read waited for a connection.
func (r *Rows) Waited() time.Duration {
	if r.usable("read") != nil {
		return 0
	}
	return r.waited
}

func (r *Rows) usable(op string) error {
	if r == nil || r.store == nil {
		return newError(op, "", "rows_closed", "the rows were not opened", nil)
	}
	return nil
}

func (r *Rows) tableName() string { return r.plan.Table.String() }

// fail ends the read with an error of our own.
func (r *Rows) fail(err error) error {
	if r.usable("read") != nil {
		return err
	}
	if r.err == nil {
		r.err = err
		if r.released {
			r.store.counters.errors.Add(1) // else finish does
		}
	}
	r.finish(nil)
	return r.err
}
