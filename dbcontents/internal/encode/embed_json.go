package encode

// AppendJSON appends the JSON of one of the columns of m, whose values are the first of values.
// It returns nil if one is malformed. cut tells that an Embed has left records out. With the value that
// takes it beyond most bytes it stops, as [Writer.Row] does; 0 is no limit.
func (m *Member) AppendJSON(dst []byte, column int, values [][]byte, most int) (out []byte, cut bool) {
	p := &pass{end: endOf(dst, most)}
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
	end   int  // how long what the row is appended to may become
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
				if dst = c.array(dst, v, c.path, p); dst == nil || len(dst) > p.end {
					return dst
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
		if len(dst) > p.end {
			return dst
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
	list := elementList{records: ReadRecords(src), most: e.Most}
	for list.next() {
		dst = list.separate(dst)
		s := source{record: list.record, isRecord: true}
		if dst = e.object(dst, &s, p); dst == nil || len(dst) > p.end {
			return dst
		}
		if !s.record.OK() {
			return nil
		}
	}
	return list.end(dst, p)
}

// array appends an array of what c is in the records of src, to which path leads.
func (c *column) array(dst, src []byte, path []step, p *pass) []byte {
	here := &path[0]
	if src == nil && here.optional {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	list := elementList{records: ReadRecords(src), most: here.most}
	for list.next() {
		dst = list.separate(dst)
		s := source{record: list.record, isRecord: true}
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
		if dst == nil || len(dst) > p.end {
			return dst
		}
		if s.record.Len() != here.rest || here.rest == 0 && !s.record.OK() {
			return nil
		}
	}
	return list.end(dst, p)
}

// An elementList is the records that become the elements of an array. (A function for each
// element would do as well, but would be allocated for each array.)
type elementList struct {
	records Records
	record  Record // the present one
	n       int64  // how many there were, with the present one
	most    int64  // see Embed.Most
	cut     bool   // there are more
}

// next goes on to the next record, and reports whether there is one to write.
func (l *elementList) next() (ok bool) {
	if l.record, ok = l.records.Next(); !ok {
		return false
	}
	if l.cut = l.most > 0 && l.n == l.most; l.cut {
		return false
	}
	l.n++
	return true
}

// separate appends what comes before an element.
func (l *elementList) separate(dst []byte) []byte {
	if l.n > 1 {
		dst = append(dst, ',')
	}
	return dst
}

// end appends what comes after the last element. It returns nil if the records are malformed.
func (l *elementList) end(dst []byte, p *pass) []byte {
	switch {
	case l.cut:
		p.cut = true
	case !l.records.OK():
		return nil
	}
	return append(dst, ']')
}
