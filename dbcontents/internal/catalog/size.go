package catalog

import (
	"reflect"
)

// Size is how many tables are remembered, for how many roles, and the bytes that they
// take together with the names kept for hints.
func (c *Catalog) Size() (tables, roles int, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known.Items), len(c.directories.Items), int64(c.known.Bytes + c.directories.Bytes)
}

// bytes is what e takes, if there is a table.
func (e *Entry) bytes() (n int, there bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.table == nil {
		return 0, false
	}
	n = e.table.Bytes()
	for name, t := range e.types {
		n += sizeOfCast + len(name) + len(t.SQL)
	}
	for key, t := range e.narrowed {
		n += len(key.allowed) + t.Bytes()
	}
	if e.related != nil {
		n += e.related.bytes
	}
	return n, true
}

// Sizes in bytes.
var (
	sizeOfTable     = int(reflect.TypeFor[Table]().Size())
	sizeOfColumn    = int(reflect.TypeFor[Column]().Size()) + sizeOfDescription
	sizeOfParam     = int(reflect.TypeFor[Param]().Size())
	sizeOfFound     = int(reflect.TypeFor[found]().Size())
	sizeOfDirectory = int(reflect.TypeFor[directory]().Size())
	sizeOfCast      = int(reflect.TypeFor[CastType]().Size()) + 4*sizeOfString // with its place in a map
	sizeOfRelated   = int(reflect.TypeFor[related]().Size())
	sizeOfRelation  = int(reflect.TypeFor[Relationship]().Size()) + sizeOfString // with its places in lists
	sizeOfJunction  = int(reflect.TypeFor[Junction]().Size())
)

const (
	sizeOfString = 16
	// sizeOfDescription is what describes a column to the outside, see Memo.
	sizeOfDescription = 4 * sizeOfString
)

// Bytes is what t takes.
func (t *Table) Bytes() int {
	n := sizeOfTable + len(t.Schema) + len(t.Name) + len(t.Comment) + len(t.full)
	for _, columns := range [...][]Column{t.Columns, t.Computed} {
		for i := range columns {
			c := &columns[i]
			n += sizeOfColumn + len(c.Name) + len(c.Type) + len(c.Comment) + len(c.Function) + len(c.ToJSON) + len(c.FromText)
		}
	}
	for _, name := range t.PrimaryKey {
		n += sizeOfString + len(name)
	}
	if t.Call != nil {
		for i := range t.Call.Params {
			p := &t.Call.Params[i]
			n += sizeOfParam + len(p.Name) + len(p.Type) + len(p.SQL)
		}
	}
	for _, o := range t.overloads {
		n += o.Bytes()
	}
	return n
}

// bytes is what r takes.
func (r *Relationship) bytes() int {
	n := sizeOfRelation + len(r.Target.Schema) + len(r.Target.Name) + len(r.Constraint) + len(r.Function) + len(r.FunctionName) + bytesOfPairs(r.Pairs)
	if j := r.Junction; j != nil {
		n += sizeOfJunction + len(j.Schema) + len(j.Name.Name) + len(j.SourceConstraint) + len(j.TargetConstraint) +
			bytesOfPairs(j.SourcePairs) + bytesOfPairs(j.TargetPairs)
	}
	return n
}

func bytesOfPairs(pairs [][2]string) (n int) {
	for _, p := range pairs {
		n += 2*sizeOfString + len(p[0]) + len(p[1])
	}
	return n
}
