package dbcontents

import (
	"context"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

const (
	// rangeBlocks is the size of a range: 8 MB of blocks of 8 KiB. A question for it costs
	// little beside its rows, and the connection that comes last does not keep the others waiting for long.
	rangeBlocks = 1024
	// orderedBlocks is that of ranges that are written in their order: its rows fit into what
	// a connection may hold back, so that it is not the next one alone that works.
	orderedBlocks = 128
	fewestBlocks  = 16
	mostByKey     = 4096 // ranges of values
)

// ranges are those of an export. They are counted and not kept, as there may be millions.
type ranges struct {
	count  int
	blocks uint32 // in a range, 0 if it is not divided by blocks
	key    *keyRanges
}

// keyRanges are ranges of the values of a column, and one of the rows without a value. NOT NULL is no
// proof that there are none: a foreign table, or a table that inherits, can have them all the same.
type keyRanges struct {
	column   string
	min      int64
	width    uint64
	values   int // how many ranges of values there are, beside that of nulls
	desc     bool
	nullsTop bool // nulls come first
}

// divide finds the ranges, and says why there is but one.
func (e *exporting) divide(ctx context.Context, snapshot *Snapshot, t *catalog.Table, p *compile.Plan) (why string, err error) {
	e.ranges = ranges{count: 1}
	q := &e.base.query
	switch {
	case e.Parallel <= 1 && e.Part == nil:
		return "", nil
	case q.Function != "":
		return "a function is called once", nil
	case q.Limit != 0 || q.Offset != 0:
		return "a limit or an offset is one of all rows", nil
	case e.store.config.MaxRows > 0:
		return "Config.MaxRows is a limit of all rows", nil
	case p.Grouped:
		return "aggregates are of all rows", nil
	case e.Parallel > 1 && e.locked.foreign:
		return "foreign tables have a state for each connection", nil
	}
	extent, err := e.store.catalog.Extent(ctx, snapshotAsker{snapshot}, catalog.Name{Schema: t.Schema, Name: t.Name})
	if err != nil {
		return "", classify("export", e.table, diagnosis.Naming, err)
	}
	switch {
	case len(q.Order) > 0:
		return e.divideByKey(ctx, snapshot, t, extent)
	case !extent.Heap:
		return "a " + t.Kind + " has no blocks; an Order by a column of an integer type divides it", nil
	case !extent.Whole:
		return "the role may read some columns of the table only, and so not where its rows lie; an Order by a column of an integer type divides it", nil
	}
	e.ranges.blocks = e.blocksInRange(extent)
	if e.ranges.count = int((extent.Blocks + int64(e.ranges.blocks) - 1) / int64(e.ranges.blocks)); e.ranges.count == 0 {
		e.ranges.count = 1
	}
	return "", nil
}

// blocksInRange is a power of two, so that the ranges of a table that has grown a little are the same.
func (e *exporting) blocksInRange(x catalog.Extent) uint32 {
	size := int64(rangeBlocks)
	if e.Ordered {
		size = orderedBlocks
	}
	size = min(size, x.All/int64(4*max(e.Parallel, 1)))
	if x.All > 0 { // the same blocks of all files are one range
		size = size * x.Blocks / x.All
	}
	power := int64(fewestBlocks)
	for power*2 <= size {
		power *= 2
	}
	return uint32(power)
}

// divideByKey divides by the values of the first column of the order.
func (e *exporting) divideByKey(ctx context.Context, snapshot *Snapshot, t *catalog.Table, x catalog.Extent) (why string, err error) {
	o := e.base.query.Order[0]
	column := t.Column(o.Column)
	if o.Embed != "" || len(o.Path) > 0 || column == nil || column.Function != "" || column.Declared != column.OID || !isInteger(column.OID) {
		return "the rows are sorted by what is not a column of an integer type", nil
	}
	k := &keyRanges{column: o.Column, desc: o.Desc, nullsTop: o.Nulls == compile.NullsFirst || o.Nulls == "" && o.Desc}
	var ends [2]int64
	for i, desc := range [...]bool{false, true} {
		found, err := e.outermost(ctx, snapshot, o.Column, desc)
		if err != nil || found == nil {
			return "", err
		}
		ends[i] = *found
	}
	n := int64(e.Parallel)
	if len(t.PrimaryKey) > 0 && t.PrimaryKey[0] == o.Column {
		n = min(max(n, x.All/orderedBlocks), mostByKey)
	}
	k.min = ends[0]
	k.width = (uint64(ends[1])-uint64(ends[0]))/uint64(max(n, 1)) + 1
	if k.width == 0 { // one range of all values of bigint
		k.width = math.MaxUint64
	}
	k.values = int((uint64(ends[1])-uint64(ends[0]))/k.width) + 1
	e.ranges.key, e.ranges.count = k, k.values+1
	e.Ordered = true
	return "", nil
}

func isInteger(oid uint32) bool {
	return oid == pgtype.Int2OID || oid == pgtype.Int4OID || oid == pgtype.Int8OID
}

// outermost is the smallest value of a column that the session sees, or with desc the greatest; nil if there is none.
func (e *exporting) outermost(ctx context.Context, snapshot *Snapshot, column string, desc bool) (*int64, error) {
	rows, err := snapshot.Query(ctx, Query{
		Schema: e.Query.Schema, Table: e.Query.Table, Allowed: e.Query.Allowed, Select: Columns(column),
		Where: Not(Where(column, OpIs, nil)), Order: []Order{{Column: column, Desc: desc}}, Limit: 1,
	})
	if err != nil {
		return nil, err
	}
	found, err := Collect[int64](rows)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// at is range number n.
func (r *ranges) at(n int) Range {
	switch {
	case r.key != nil:
		return r.key.at(n)
	case r.blocks == 0:
		return Range{}
	}
	of := r.blocksOf(n)
	found := Range{From: strconv.FormatUint(uint64(of.From), 10)}
	if of.To != compile.AllBlocks {
		found.To = strconv.FormatUint(uint64(of.To), 10)
	}
	return found
}

// blocksOf are the blocks of range number n.
func (r *ranges) blocksOf(n int) *compile.Blocks {
	of := &compile.Blocks{From: uint32(n) * r.blocks, To: compile.AllBlocks}
	if n+1 < r.count {
		of.To = of.From + r.blocks
	}
	return of
}

func (k *keyRanges) at(n int) Range {
	r := Range{Column: k.column}
	last := k.values
	if k.nullsTop {
		last, n = -1, n-1
	}
	if n == last {
		r.Null = true
		return r
	}
	if k.desc {
		n = k.values - 1 - n
	}
	edge := func(n int) string { return strconv.FormatInt(int64(uint64(k.min)+uint64(n)*k.width), 10) }
	if n > 0 {
		r.From = edge(n)
	}
	if n+1 < k.values {
		r.To = edge(n + 1)
	}
	return r
}

// narrow lets q read the rows of range number n only.
func (r *ranges) narrow(q *compile.Query, n int) {
	if r.blocks > 0 {
		q.Blocks = r.blocksOf(n)
	}
	if r.key == nil {
		return
	}
	found := r.key.at(n)
	filters := []Filter{{q.Where}}
	if found.Null {
		filters = append(filters, Where(found.Column, OpIs, nil))
	}
	if found.From != "" {
		filters = append(filters, Where(found.Column, OpGte, found.From))
	}
	if found.To != "" {
		filters = append(filters, Where(found.Column, OpLt, found.To))
	}
	if found.From == "" && found.To == "" && !found.Null {
		filters = append(filters, Not(Where(found.Column, OpIs, nil)))
	}
	if q.Where == nil {
		filters = filters[1:]
	}
	q.Where = And(filters...).root
}
