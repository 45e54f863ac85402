package dbcontents

import (
	"context"
	"sync"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// heldBack is how much of a range waits in memory for those before it.
const heldBack = 4 << 20

// An output makes one document of the blocks of several ranges. One at a time
// writes; who waits for that gives up when the export ends.
type output struct {
	*exporting
	plan *compile.Plan
	stop func() bool // to look at ctx

	turn  sync.Cond
	busy  bool // somebody writes
	at    int  // the range whose turn it is, if they are ordered
	begun bool
}

func newOutput(ctx context.Context, e *exporting, p *compile.Plan) *output {
	o := &output{exporting: e, plan: p}
	o.turn.L = new(sync.Mutex)
	o.stop = context.AfterFunc(ctx, func() {
		o.turn.L.Lock()
		defer o.turn.L.Unlock()
		o.turn.Broadcast()
	})
	return o
}

// enter waits until range n may be written, for as long as the export goes on. ctx is the
// one that newOutput was given.
func (o *output) enter(ctx context.Context, n int) error {
	o.turn.L.Lock()
	defer o.turn.L.Unlock()
	for ctx.Err() == nil {
		if !o.busy && (!o.Ordered || o.at == n) {
			o.busy = true
			return nil
		}
		o.turn.Wait()
	}
	return classify("export", o.table, diagnosis.Reading, diagnosis.Context(ctx))
}

// leave lets the next one write.
func (o *output) leave() {
	o.turn.L.Lock()
	defer o.turn.L.Unlock()
	o.busy = false
	o.turn.Broadcast()
}

// write writes blocks of rows, for whoever has entered, and counts bytes.
func (o *output) write(blocks ...[]byte) (bytes int64, err error) {
	for _, block := range blocks {
		if len(block) == 0 {
			continue
		}
		if !o.begun {
			o.begun = true
			begin := o.plan.Writer.Begin(nil)
			if block = block[len(o.plan.Writer.Between()):]; len(begin) > 0 {
				block = append(begin, block...) // so that nothing is written before there are rows
			}
		}
		n, err := writeAll(o.Writer, block)
		bytes += int64(n)
		if err != nil {
			return bytes, err
		}
	}
	return bytes, nil
}

// end writes what comes after the last row.
func (o *output) end() error {
	var block []byte
	if !o.begun {
		block = o.plan.Writer.None(o.plan.Writer.Begin(block))
	} else {
		block = o.plan.Writer.End(block)
	}
	if len(block) == 0 {
		return nil
	}
	n, err := writeAll(o.Writer, block)
	o.progress(0, int64(n), 0)
	if err != nil {
		return newError("write", o.table, "writer_failed", err.Error(), err)
	}
	return nil
}

// A rangeOutput is where the rows of one range go.
type rangeOutput struct {
	*output
	n     int
	kept  []byte // what waits for the turn of the range
	given int64  // rows that were written
}

// write takes a block of whole rows.
func (o *rangeOutput) write(ctx context.Context, block []byte, rows *Rows) error {
	if o.Ordered && !o.first() && len(o.kept)+len(block) <= heldBack {
		o.kept = append(o.kept, block...)
		return nil
	}
	return o.pass(ctx, block, rows)
}

// first reports whether the ranges before this one are written.
func (o *rangeOutput) first() bool {
	o.turn.L.Lock()
	defer o.turn.L.Unlock()
	return o.at == o.n
}

// pass writes what is kept, and then a block.
func (o *rangeOutput) pass(ctx context.Context, block []byte, rows *Rows) error {
	if err := o.enter(ctx, o.n); err != nil {
		return rows.fail(err)
	}
	defer o.leave()
	bytes, err := o.output.write(o.kept, block)
	o.progress(rows.count-o.given, bytes, 0)
	o.kept, o.given = o.kept[:0], rows.count
	if err != nil {
		return rows.writeFailed(err)
	}
	return nil
}

// finish writes what is kept, and lets the next range have its turn.
func (o *rangeOutput) finish(ctx context.Context, rows *Rows) error {
	if !o.Ordered {
		return nil
	}
	if err := o.pass(ctx, nil, rows); err != nil {
		return err
	}
	o.turn.L.Lock()
	defer o.turn.L.Unlock()
	o.at++
	o.turn.Broadcast()
	return nil
}
