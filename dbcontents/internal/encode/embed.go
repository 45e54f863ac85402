package encode

import "sync"

// A Member is one item of a row or of a record: a column, or the rows of a
// related table.
type Member struct {
	Name   string
	Encode Encoder // of its value; without one if it embeds rows
	OID    uint32  // type that its first value must have in a record; 0 is any
	// Source tells what a value is that the server has converted to JSON: the type whose text
	// the JSON holds, or json if it is more than a text. It is 0 if nothing was converted.
	Source uint32
	Embed  *Embed // the rows of a related table, else nil
}

// An Embed is how the rows of a related table lie in a row. One row takes a
// marker, which is null if there is no related row, and then the values of its
// members. Many take one value, see [Records], whose records hold the
// values of the members; null is no rows. An Embed must not be changed or copied
// once it has been used, and may be used by several goroutines.
type Embed struct {
	Many bool
	// Spread, of many rows, makes each member of them a member of the row itself,
	// as an array that has one element per related row.
	Spread bool
	// Optional, of many rows, writes null as null. No rows are then an empty array.
	Optional bool
	// Most is the most records of many that are written; 0 is all. The rest are left out.
	Most    int64
	Members []Member

	once    sync.Once
	values  int      // of all members
	keys    [][]byte // of the members: "a":
	columns []column // the members of a spread, with those of spreads in it
}

// A column is one member of the rows of a spread.
type column struct {
	key    []byte
	path   []step // one step for each spread that it lies in, the outermost first
	member *Member
}

// A step leads to one member of a record.
type step struct {
	skip int    // how many values precede it
	rest int    // how many values follow it
	oid  uint32 // its type, 0 is any
	most int64  // how many records are written, 0 is all
	// optional: the records may be null, see Embed.
	optional bool
}

// Values is how many values of the row or record m takes.
func (m *Member) Values() int {
	if m.Embed == nil || m.Embed.Many {
		return 1
	}
	m.Embed.prepare()
	return 1 + m.Embed.values
}

func countValues(members []Member) (n int) {
	for i := range members {
		n += members[i].Values()
	}
	return n
}

func (m *Member) spread() bool { return m.Embed != nil && m.Embed.Many && m.Embed.Spread }

// Columns is how many members of a row m is: one, or those of a spread.
func (m *Member) Columns() int {
	if !m.spread() {
		return 1
	}
	m.Embed.prepare()
	return len(m.Embed.columns)
}

// prepare makes once what writing would otherwise make for each row.
func (e *Embed) prepare() { e.once.Do(e.makeKeys) }

func (e *Embed) makeKeys() {
	e.values = countValues(e.Members)
	e.keys = make([][]byte, len(e.Members))
	skip := 0
	for i := range e.Members {
		m := &e.Members[i]
		if m.Embed != nil {
			m.Embed.prepare()
		}
		here := step{skip: skip, rest: e.values - skip - m.Values(), oid: m.OID, most: e.Most, optional: e.Optional}
		skip += m.Values()
		if !m.spread() {
			e.keys[i] = append(jsonString(nil, []byte(m.Name)), ':')
			e.columns = append(e.columns, column{key: e.keys[i], path: []step{here}, member: m})
			continue
		}
		for _, c := range m.Embed.columns {
			c.path = append([]step{here}, c.path...)
			e.columns = append(e.columns, c)
		}
	}
}

// Bytes is about how much memory m takes beside itself.
func (m *Member) Bytes() int {
	if m.Embed == nil {
		return 0
	}
	m.Embed.prepare()
	n := m.Embed.bytes()
	for i := range m.Embed.Members {
		n += m.Embed.Members[i].Bytes()
	}
	return n
}

// bytes is about how much memory e takes, without what its members embed.
func (e *Embed) bytes() int {
	n := 128
	for i := range e.Members {
		n += 48 + 24 + len(e.keys[i])
	}
	for i := range e.columns {
		n += 64 + 32*len(e.columns[i].path)
	}
	return n
}
