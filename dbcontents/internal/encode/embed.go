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
// members. Many take one value, a record[] in binary form whose records hold the
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

// AppendJSON appends the JSON of one of the columns of m, whose values are the first of values.
// It returns nil if one is malformed. cut tells that an Embed has left records out.
func (m *Member) AppendJSON(dst []byte, column int, values [][]byte) (out []byte, cut bool) {
	p := &pass{}
	if m.Embed != nil {
		m.Embed.prepare()
	}
	out = m.columnJSON(dst, column, values, p)
	return out, p.cut
}

// columnJSON is AppendJSON for a member that is prepared.
func (m *Member) columnJSON(dst []byte, column int, values [][]byte, p *pass) []byte {
	if m.spread() {
		c := &m.Embed.columns[column]
		return c.array(dst, values[0], c.path, p)
	}
	return m.json(dst, &source{values: values}, p)
}

// A pass is one use of a Writer.
type pass struct {
	strip bool // members that are null are left out of objects
	cut   bool // records were left out, see Embed.Most
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

// bytes is about how much memory e takes.
func (e *Embed) bytes() int {
	n := 128
	for i := range e.Members {
		n += 48 + 24 + len(e.keys[i])
		if e.Members[i].Embed != nil {
			n += e.Members[i].Embed.bytes()
		}
	}
	for i := range e.columns {
		n += 64 + 32*len(e.columns[i].path)
	}
	return n
}

// A source gives one value after the other, of a row or of a record.
type source struct {
	values   [][]byte
	record   Record
	isRecord bool
}

// next returns the next value, which is nil if it is null. ok is false if there
// is none, or if it is one of a record and malformed or not of type oid.
func (s *source) next(oid uint32) (value []byte, ok bool) {
	if s.isRecord {
		got, value, ok := s.record.Next()
		return value, ok && (oid == 0 || got == oid)
	}
	if len(s.values) == 0 {
		return nil, false
	}
	value, s.values = s.values[0], s.values[1:]
	return value, true
}

func (s *source) skip(n int) (ok bool) {
	for range n {
		if _, ok = s.next(0); !ok {
			return false
		}
	}
	return true
}

// json appends the JSON of m, whose values are the next of s.
func (m *Member) json(dst []byte, s *source, p *pass) []byte {
	v, ok := s.next(m.OID)
	switch {
	case !ok:
		return nil
	case v == nil && m.Embed != nil && m.Embed.Optional:
		return append(dst, "null"...)
	case m.Embed != nil && m.Embed.Many:
		return m.Embed.array(dst, v, p)
	case v == nil:
		if m.Embed != nil && !s.skip(m.Embed.values) {
			return nil
		}
		return append(dst, "null"...)
	case m.Embed != nil:
		return m.Embed.object(dst, s, p)
	}
	return m.Encode(dst, v)
}

// object appends an object of the members of e, whose values are the next of s;
// those that are null are left out if p says so.
func (e *Embed) object(dst []byte, s *source, p *pass) []byte {
	separator := byte('{')
	for i := range e.Members {
		m := &e.Members[i]
		if m.spread() {
			v, ok := s.next(m.OID)
			if !ok {
				return nil
			}
			if v == nil && m.Embed.Optional && p.strip {
				continue
			}
			for j := range m.Embed.columns {
				c := &m.Embed.columns[j]
				dst = append(append(dst, separator), c.key...)
				if dst = c.array(dst, v, c.path, p); dst == nil {
					return nil
				}
				separator = ','
			}
			continue
		}
		member := len(dst)
		dst = append(append(dst, separator), e.keys[i]...)
		start := len(dst)
		if dst = m.json(dst, s, p); dst == nil {
			return nil
		}
		if p.strip && string(dst[start:]) == "null" {
			dst = dst[:member]
			continue
		}
		separator = ','
	}
	if separator == '{' {
		dst = append(dst, '{')
	}
	return append(dst, '}')
}

// array appends an array of the records of src as objects.
func (e *Embed) array(dst, src []byte, p *pass) []byte {
	dst = append(dst, '[')
	records := ReadRecords(src)
	for n := int64(0); ; n++ {
		record, ok := records.Next()
		if !ok {
			break
		}
		if e.Most > 0 && n == e.Most {
			p.cut = true
			return append(dst, ']')
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		s := source{record: record, isRecord: true}
		if dst = e.object(dst, &s, p); dst == nil || !s.record.OK() {
			return nil
		}
	}
	if !records.OK() {
		return nil
	}
	return append(dst, ']')
}

// array appends an array of what c is in the records of src, to which path leads.
func (c *column) array(dst, src []byte, path []step, p *pass) []byte {
	here := &path[0]
	if src == nil && here.optional {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	records := ReadRecords(src)
	for n := int64(0); ; n++ {
		record, ok := records.Next()
		if !ok {
			break
		}
		if here.most > 0 && n == here.most {
			p.cut = true
			return append(dst, ']')
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		s := source{record: record, isRecord: true}
		if !s.skip(here.skip) {
			return nil
		}
		if len(path) == 1 {
			dst = c.member.json(dst, &s, p)
		} else if v, ok := s.next(here.oid); ok {
			dst = c.array(dst, v, path[1:], p)
		} else {
			return nil
		}
		if dst == nil || s.record.Len() != here.rest || here.rest == 0 && !s.record.OK() {
			return nil
		}
	}
	if !records.OK() {
		return nil
	}
	return append(dst, ']')
}
