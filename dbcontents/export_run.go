package dbcontents

import (
	"context"
	"sync"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// holdEvery is how often the connection that holds the state is used, which else would
// be taken for one that its owner has left. It is well below idleInTransaction of package pool.
const holdEvery = 20 * time.Second

// exporting is an Export under way.
type exporting struct {
	Export
	store  *Store
	table  string
	base   *request // of all rows, of which each range makes its own
	ranges ranges
	state  state
	locked locked  // at the beginning
	output *output // of Writer, if the rows are divided

	skipping sync.Mutex // Skip is called
	mu       sync.Mutex
	next     int // the range that is taken next
	done     Exported
	err      error // the first one
	panicked any
	cancel   context.CancelFunc
}

func (e *exporting) run(ctx context.Context) error {
	ctx, e.cancel = context.WithCancel(ctx)
	defer e.cancel()
	holder, err := e.store.snapshot(ctx, &e.state)
	if err != nil {
		return err
	}
	defer holder.Release()
	p, err := e.prepare(ctx, holder)
	if err != nil {
		return err
	}
	if e.ranges.count == 1 {
		return e.alone(ctx, holder)
	}
	if e.Writer != nil {
		e.output = newOutput(ctx, e, p)
		defer e.output.stop()
	}
	if e.Parallel <= 1 {
		e.working(func() error { return e.work(ctx, holder, nil) })
	} else {
		e.workAll(ctx, holder)
	}
	if e.panicked != nil {
		panic(e.panicked)
	}
	if e.err != nil {
		return e.err
	}
	if err := e.whole(ctx, holder); err != nil || e.output == nil {
		return err
	}
	return e.output.end()
}

// prepare finds out what is read and how it is divided, and locks the tables.
func (e *exporting) prepare(ctx context.Context, holder *Snapshot) (*compile.Plan, error) {
	x := &request{store: e.store, snapshot: holder, query: e.Query.compiled()}
	x.asked.allowed = x.query.Allowed
	if err := x.query.Check(e.store.config.Aggregates); err != nil {
		return nil, classify("export", e.Query.subject(), diagnosis.Reading, err)
	}
	entry, p, err := x.planned(ctx)
	if err != nil {
		return nil, err
	}
	e.base, e.table = x, p.Table.String()
	if e.locked, err = holder.lock(ctx, x.tables); err != nil {
		return nil, err
	}
	if e.store.config.MaxCost > 0 {
		// What all ranges cost together, which must not be got by asking for each of them.
		if err := x.price(ctx, entry, p); err != nil {
			return nil, err
		}
	}
	why, err := e.divide(ctx, holder, x.tables[0].table, p)
	if err != nil {
		return nil, err
	}
	if e.Skip != nil && e.ranges.blocks == 0 {
		return nil, newError("export", e.table, "query_invalid", "Skip is for rows that are divided by blocks, which are the same in a later export; these are not", nil)
	}
	e.done.Ranges, e.done.Undivided = e.ranges.count, why
	return p, nil
}

// alone reads all rows by the connection that holds the state.
func (e *exporting) alone(ctx context.Context, holder *Snapshot) error {
	r := e.ranges.at(0)
	if e.skips(r) {
		return nil
	}
	rows, err := e.begin(ctx, holder, 0)
	if err != nil {
		return err
	}
	defer rows.Close()
	if e.Part != nil {
		err = e.part(r, rows)
	} else {
		_, err = rows.WriteTo(&counted{exporting: e, from: rows, w: e.Writer})
	}
	e.done.Truncated = rows.Truncated()
	if err == nil {
		e.finished()
	}
	return err
}

// workAll lets several connections work, and holds the state for them.
func (e *exporting) workAll(ctx context.Context, holder *Snapshot) {
	var workers sync.WaitGroup
	for range min(e.Parallel, e.ranges.count) {
		workers.Go(func() {
			e.working(func() error {
				snapshot, err := e.store.snapshot(ctx, &e.state)
				if err != nil {
					return err
				}
				return e.work(ctx, snapshot, holder)
			})
		})
	}
	all := make(chan struct{})
	go func() { workers.Wait(); close(all) }()
	tick := time.NewTicker(holdEvery)
	defer tick.Stop()
	for {
		select {
		case <-all:
			return
		case <-tick.C:
			if err := holder.hold(ctx); err != nil {
				e.fail(err) // without the lock, ranges that are read from now on may lack rows
			}
		}
	}
}

// whole is an error if what was locked at the beginning is not locked still, or is not all that later
// ranges have read: to attach a table to another one is possible while that is read.
func (e *exporting) whole(ctx context.Context, holder *Snapshot) error {
	locked, err := holder.lock(ctx, e.base.tables)
	if err == nil && locked != e.locked {
		err = newError("export", e.table, "plan_changed", "a table was attached to what was read", nil)
	}
	return err
}

// working runs the work of one connection, and ends the others if it fails. A panic
// is that of Export's caller, when all have ended.
func (e *exporting) working(work func() error) {
	ended := false
	defer func() {
		switch panicked := recover(); {
		case panicked != nil:
			e.mu.Lock()
			e.panicked = panicked
			e.mu.Unlock()
			e.cancel()
		case !ended: // runtime.Goexit
			e.fail(newError("export", e.table, "writer_failed", "the function that takes a range has ended its goroutine", nil))
		}
	}()
	if err := work(); err != nil {
		e.fail(err)
	}
	ended = true
}

// fail keeps the first error, and ends all.
func (e *exporting) fail(err error) {
	e.mu.Lock()
	if e.err == nil {
		e.err = err
	}
	e.mu.Unlock()
	e.cancel()
}

// take gives the next range, or none.
func (e *exporting) take() (n int, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.next == e.ranges.count || e.err != nil || e.panicked != nil {
		return 0, false
	}
	e.next++
	return e.next - 1, true
}

// work writes ranges until there are no more. With a holder the snapshot can be had again, and is
// released at the end.
func (e *exporting) work(ctx context.Context, snapshot, holder *Snapshot) error {
	if holder != nil {
		defer func() { snapshot.Release() }()
	}
	again := func() error {
		snapshot.Release()
		fresh, err := e.store.snapshot(ctx, &e.state)
		if err == nil {
			snapshot = fresh
		}
		return err
	}
	var kept []byte // what is held back, made once
	for began := time.Now(); ; {
		n, ok := e.take()
		if !ok {
			return nil
		}
		r := e.ranges.at(n)
		if e.skips(r) {
			continue
		}
		var err error
		if holder != nil && time.Since(began) > holdEvery {
			// The last range may have been read long before its Part or its turn came to an
			// end, and the server ends the transaction of a connection that is not used.
			err = again()
		}
		began = time.Now()
		if err == nil {
			err = e.read(ctx, snapshot, n, r, &kept)
		}
		if err != nil && holder != nil && e.Part != nil && ctx.Err() == nil && diagnosis.ByCode(codeOf(err)).Retry && again() == nil {
			err = e.read(ctx, snapshot, n, r, &kept)
		}
		if err != nil {
			return ofRange(err, r)
		}
		e.finished()
	}
}

// read writes range number n.
func (e *exporting) read(ctx context.Context, snapshot *Snapshot, n int, r Range, kept *[]byte) error {
	rows, err := e.begin(ctx, snapshot, n)
	if err != nil {
		return err
	}
	defer rows.Close()
	if e.Part != nil {
		return e.part(r, rows)
	}
	out := rangeOutput{output: e.output, n: n, kept: (*kept)[:0]}
	defer func() { *kept = out.kept }()
	if err := rows.encode(true, func(block []byte) error { return out.write(ctx, block, rows) }); err != nil {
		return err
	}
	return out.finish(ctx, rows)
}

// begin begins to read range number n.
func (e *exporting) begin(ctx context.Context, snapshot *Snapshot, n int) (*Rows, error) {
	x := *e.base
	x.snapshot = snapshot
	e.ranges.narrow(&x.query, n)
	e.store.counters.reads.Add(1)
	of := x.tables[0]
	p, err := x.plan(ctx, of.entry, of.table)
	if err != nil {
		err = classify("export", e.table, diagnosis.Reading, err)
	} else {
		x.rows, err = x.begin(ctx, of.entry, p)
	}
	return x.begun(err)
}
