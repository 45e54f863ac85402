package compile

import "strconv"

// Blocks are some blocks of a table's file, and of the files of its partitions and of what
// inherits from it: those from From on that are before To. Every row is in one block, so that
// reads of blocks that follow each other give every row once.
type Blocks struct{ From, To uint32 }

// AllBlocks is the To of the last of them: no block has this number.
const AllBlocks = 1<<32 - 1

// A bound is one of the two parameters of Blocks.
type bound int

const (
	lower bound = iota
	upper
)

// value is the first place in a block, where no row is.
func (b *Blocks) value(of bound) []byte {
	n := b.From
	if of == upper {
		n = b.To
	}
	return append(strconv.AppendUint([]byte{'('}, uint64(n), 10), ",0)"...)
}

// params appends the values of b's parameters.
func (b *Blocks) params(dst [][]byte) [][]byte {
	if b == nil {
		return dst
	}
	return append(dst, b.value(lower), b.value(upper))
}

// blocks is the condition that a row is in one of b. It says nothing of the row that a
// mandatory filter would have to guard, and nothing of it comes from the request.
func (c *composer) blocks(conditions []string, b *Blocks) []string {
	if b == nil {
		return conditions
	}
	hasInput := c.hasInput
	for of, operator := range [...]string{lower: ">=", upper: "<"} {
		conditions = append(conditions, c.quoted("ctid")+" OPERATOR(pg_catalog."+operator+") "+c.param(bound(of))+"::pg_catalog.tid")
	}
	c.hasInput = hasInput
	return conditions
}
