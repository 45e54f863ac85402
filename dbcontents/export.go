package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Export says what [Store.Export] writes, and how.
type Export struct {
	// Query says what: its Format is required. Pages, After, Count and Output.Object are
	// refused. With Limit or Offset, a Function, aggregates or Config.MaxRows the rows are not divided.
	Query Query
	// Writer gets everything as one document in the Query's format. It gets blocks of about
	// 128 KiB, one at a time. Either Writer or Part is set.
	Writer io.Writer
	// Part is called once for each [Range] that is begun, at once for as many as are read, by
	// goroutines of Export. It calls write once, which writes the range as a document of its own, with its
	// own header. The range is whole only if write returned nil; Part must then return nil
	// once it has it safe, and an error otherwise. With one connection in all it must return within a minute of
	// write, after which PostgreSQL ends a transaction that is not used.
	Part func(r Range, write func(io.Writer) error) error
	// Parallel is how many connections read at once. One more holds the state that all of
	// them see, so a pool must have Parallel+1, or Export fails with [ErrInvalid]. 0 and 1 mean one
	// connection in all.
	Parallel int
	// Ordered lets Writer have the ranges in their order, which is that of the table's blocks.
	// It costs 4 MiB of memory for each connection, and a connection that is ahead waits. With
	// Query.Order it is always so.
	Ordered bool
	// Skip tells which ranges are not read because an earlier Export with the same Query and
	// Parallel has finished them. It is called by one goroutine at a time. It is for Part, for rows that are divided by blocks, and with Mixed only.
	Skip func(Range) bool
	// Mixed accepts that what Skip leaves out is of another state of the database than the rest: a row
	// that was changed between the two may be there twice or be missing. Ranges that Skip was
	// not asked for are not of this Export, and what there is of them must be thrown away.
	Mixed bool
	// Progress, if it is not nil, is told how far the Export is, after each block and by one goroutine at a time.
	Progress func(Exported)
}

// Exported is what an [Export] has written.
type Exported struct {
	Rows, Bytes int64
	// Ranges is into how many the rows were divided, and Finished how many of them are written, those skipped included.
	// How many there are tells how large a table is, with what a [Session] does not see of it.
	Ranges, Finished int
	// Undivided says why there is but one range, if that is not because one connection or a small table needs no more.
	Undivided string
	// Truncated reports whether Config.MaxRows cut the export short, see [Rows.Truncated].
	Truncated bool
}

// Range is a part of what an [Export] reads: the rows in some blocks of the table, the
// rows with some values of a column, or all. It can be compared, and kept as JSON.
type Range struct {
	// Column has the values; it is empty for blocks.
	Column string
	// From is the first block or value of the range, To the first one behind it. Empty is no bound.
	From, To string
	// Null tells that the rows are those without a value in Column.
	Null bool
}

// String is the range for people.
func (r Range) String() string {
	switch {
	case r == Range{}:
		return "all rows"
	case r.Null:
		return fmt.Sprintf("the rows without %q", r.Column)
	}
	text := "blocks"
	if r.Column != "" {
		text = fmt.Sprintf("%q", r.Column)
	}
	if r.From != "" {
		text += " from " + r.From
	}
	if r.To != "" {
		text += " to before " + r.To
	}
	return text
}

// Export writes the rows of a Query, as several connections read them at once. All of
// them see one state of the database, whatever is written meanwhile, so that the result is what one
// read gives. What is read is locked against changes of its shape, and against TRUNCATE, until the end. If that
// came too late, or a table was attached meanwhile, it fails with [ErrInterrupted], Code "plan_changed". A standby
// cannot keep its primary from such changes. It ends an export that is in their way, with [ErrInterrupted] as well.
//
// Without Query.Order, the rows of a table, a partitioned table or a materialized view are
// divided by blocks of about 8 MB, and come in any order. With Query.Order, they are
// divided by the values of its first column, if that is of an integer type, and come in this
// order. What cannot be divided, such as a view without such an order, or foreign tables, is read by one connection; [Exported]
// says so. If no index leads to the values, as with a view, every connection reads all rows to find its own.
//
// It reads on behalf of the Store's session, within the limits of Config: QueryTimeout and
// MaxCost bound the whole and every range, FirstRowTimeout every range. ctx ends it: all queries end at the server, all
// connections go back. A Write under way is waited for, as it cannot be ended.
//
// The first error ends all, and names the range in its Detail. What was written is then not the whole,
// and JSON of it does not parse; rename a file only after nil. With Part and Parallel > 1, a range whose connection was lost,
// or ended in a conflict, is read a second time in the same state, and Part is called for it again.
//
// A pooler, or a list of hosts, must lead all connections to one server; else
// it fails with [ErrUnavailable], Code "snapshot_not_shared".
func (s *Store) Export(ctx context.Context, x Export) (Exported, error) {
	if err := s.usable("export"); err != nil {
		return Exported{}, err
	}
	if err := s.checkExport(&x); err != nil {
		return Exported{}, err
	}
	limit := newError("export", "", "query_timeout", "no end after "+s.config.QueryTimeout.String(), nil)
	limited, cancel := context.WithTimeoutCause(ctx, s.config.QueryTimeout, limit)
	defer cancel()
	e := &exporting{Export: x, store: s}
	err := e.run(limited)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), limit) {
		tooLong := *limit // which those who still end a read may be reading
		tooLong.Table = e.table
		err = &tooLong
	}
	return e.done, err
}

// checkExport refuses what can be refused without a connection.
func (s *Store) checkExport(x *Export) error {
	q, bad := &x.Query, ""
	most := s.pool.Stats().Max
	switch {
	case (x.Writer == nil) == (x.Part == nil):
		bad = "set Writer or Part, and not both"
	case q.Format == "":
		bad = "Query.Format is empty; an export needs a format"
	case q.Format == Wire:
		bad = "Query.Format is wire, in which nothing is written"
	case q.Pages || q.After != "" || q.Count != "" || q.Output.Object:
		bad = "Query.Pages, After, Count and Output.Object are not for an export"
	case x.Parallel < 0:
		bad = "Parallel is negative"
	case x.Parallel > 1 && x.Parallel >= most:
		bad = fmt.Sprintf("Parallel is %d, which takes %d connections, and the pool has at most %d; make Parallel smaller or the pool larger", x.Parallel, x.Parallel+1, most)
	case x.Skip != nil && x.Part == nil:
		bad = "Skip is for Part; a Writer gets everything"
	case x.Skip != nil && !x.Mixed:
		bad = "this export sees a later state of the database than that of which Skip leaves ranges out; set Mixed to accept that rows may be missing or there twice"
	}
	if bad != "" {
		return newError("export", q.subject(), "query_invalid", bad, nil)
	}
	return s.Validate(*q)
}

// ofRange says in which range err came up.
func ofRange(err error, r Range) error {
	var e *Error
	if !errors.As(err, &e) {
		e = classify("export", "", diagnosis.Reading, err)
	}
	named := *e
	text := e.Detail
	if text == "" && e.Err != nil {
		text = e.Err.Error()
	} else if text == "" {
		text = e.Code
	}
	named.Op, named.Detail = "export", r.String()+": "+text
	return &named
}
