package catalog

import (
	"strconv"
	"strings"
)

// An origin is the column of a table or view that a column of a view shows as it is: its
// table's object id, and its number. The zero origin is none.
type origin struct {
	rel uint32
	num int16
}

// viewColumns reads the origins of a view's columns, in their order, from the
// text of the query that PostgreSQL keeps for the view (pg_rewrite.ev_action). In
//
//	({QUERY :commandType 1 ... :targetList ({TARGETENTRY :expr {VAR ...} :resno 1
//	:resname id ... :resorigtbl 16385 :resorigcol 1 :resjunk false} ...) ...})
//
// the fields of a node come in an order that depends on PostgreSQL's version, as does
// which of them there are. PostgreSQL has looked through subqueries, joins and CTEs when it made
// the origins. What cannot be read has no origins.
func viewColumns(tree string) (columns []origin) {
	r := nodeReader{rest: tree}
	if r.next() != "(" || r.next() != "{" || r.next() != "QUERY" {
		return nil
	}
	for r.field() {
		if r.name != "targetList" || r.peek() != "(" {
			r.skip()
			continue
		}
		r.next()
		for r.peek() == "{" {
			column, num, ok := r.targetEntry()
			if !ok {
				return nil
			}
			for len(columns) < num {
				columns = append(columns, origin{})
			}
			if num > 0 {
				columns[num-1] = column
			}
		}
		return columns
	}
	return nil
}

// maxColumns is PostgreSQL's MaxTupleAttributeNumber, which is how many entries a target list has at most.
const maxColumns = 1664

// targetEntry reads a TARGETENTRY. num is the column's number, 0 if it is none of the view's.
func (r *nodeReader) targetEntry() (column origin, num int, ok bool) {
	r.next()
	if r.next() != "TARGETENTRY" {
		return column, 0, false
	}
	junk := false
	for r.field() {
		switch r.name {
		case "resno":
			num, _ = strconv.Atoi(r.next())
		case "resorigtbl":
			rel, _ := strconv.ParseUint(r.next(), 10, 32)
			column.rel = uint32(rel)
		case "resorigcol":
			n, _ := strconv.ParseInt(r.next(), 10, 16)
			column.num = int16(n)
		case "resjunk":
			junk = r.next() == "true"
		default:
			r.skip()
		}
	}
	if junk {
		return column, 0, true
	}
	return column, num, 0 < num && num <= maxColumns
}

// A nodeReader reads PostgreSQL's text for a tree of nodes: tokens, of which {, }, ( and )
// stand alone and others end at a space. A backslash takes its meaning from what follows it.
type nodeReader struct {
	rest string
	name string // of the field that was met last
}

// field goes to the next field of a node, and reports whether there is one. Otherwise
// the node has ended.
func (r *nodeReader) field() bool {
	for {
		switch token := r.peek(); {
		case token == "":
			return false
		case token == "}":
			r.next()
			return false
		case token[0] == ':':
			r.name = r.next()[1:]
			return true
		}
		r.skip() // the bytes of a constant follow its length
	}
}

// skip passes over a value, which may be a node or a list.
func (r *nodeReader) skip() {
	for depth := 0; ; {
		switch r.next() {
		case "":
			return
		case "{", "(":
			depth++
		case "}", ")":
			depth--
		}
		if depth <= 0 {
			return
		}
	}
}

// peek is the token that next returns.
func (r *nodeReader) peek() string {
	before := r.rest
	token := r.next()
	r.rest = before
	return token
}

// next takes the next token, which is empty at the end.
func (r *nodeReader) next() string {
	r.rest = strings.TrimLeft(r.rest, " \n\t")
	n := 0
	for n < len(r.rest) && !endsToken(r.rest[n]) {
		if r.rest[n] == '\\' {
			n++
		}
		n++
	}
	if n == 0 && r.rest != "" {
		n = 1
	}
	n = min(n, len(r.rest))
	token := r.rest[:n]
	r.rest = r.rest[n:]
	return token
}

func endsToken(c byte) bool {
	switch c {
	case ' ', '\n', '\t', '(', ')', '{', '}':
		return true
	}
	return false
}
