package dbcontents

import (
	"io"
	"strconv"
)

// A layout is what a format puts around values.
type layout struct {
	begin func(dst []byte, p *plan) []byte
	row   rowWriter
	end   string
}

// A rowWriter appends a row. It returns nil if a value is malformed.
type rowWriter func(dst []byte, p *plan, values [][]byte, first bool) []byte

var layouts = map[Format]layout{
	JSON: {
		begin: func(dst []byte, _ *plan) []byte { return append(dst, '[') },
		row:   elements(jsonObject),
		end:   "]\n",
	},
	NDJSON: {begin: nothing, row: lines(jsonObject)},
	CSV: {
		begin: func(dst []byte, p *plan) []byte { return append(dst, p.header...) },
		row:   csvRecord,
	},
	Text:   {begin: nothing, row: textLine},
	Binary: {begin: nothing, row: value},
}

// layout is the one of q's format and output.
func (q *Query) layout() layout {
	l := layouts[q.Format]
	object := jsonObject
	if q.Output.StripNulls {
		object = strippedObject
	}
	switch {
	case q.Output.Object:
		l = layout{begin: nothing, row: lines(object)}
	case q.Output.StripNulls && q.Format == JSON:
		l.row = elements(object)
	case q.Output.StripNulls:
		l.row = lines(object)
	}
	return l
}

func nothing(dst []byte, _ *plan) []byte { return dst }

// An objectWriter appends a row as a JSON object.
type objectWriter func(dst []byte, p *plan, values [][]byte) []byte

func elements(object objectWriter) rowWriter {
	return func(dst []byte, p *plan, values [][]byte, first bool) []byte {
		if !first {
			dst = append(dst, ",\n"...)
		}
		return object(dst, p, values)
	}
}

func lines(object objectWriter) rowWriter {
	return func(dst []byte, p *plan, values [][]byte, _ bool) []byte {
		if dst = object(dst, p, values); dst == nil {
			return nil
		}
		return append(dst, '\n')
	}
}

func jsonObject(dst []byte, p *plan, values [][]byte) []byte {
	if len(values) == 0 {
		return append(dst, "{}"...)
	}
	for i, v := range values {
		dst = append(dst, p.keys[i]...)
		if v == nil {
			dst = append(dst, "null"...)
		} else if dst = p.encode[i](dst, v); dst == nil {
			return nil
		}
	}
	return append(dst, '}')
}

// strippedObject is jsonObject without the members that are null, be it SQL's or JSON's.
func strippedObject(dst []byte, p *plan, values [][]byte) []byte {
	separator := byte('{')
	for i, v := range values {
		if v == nil {
			continue
		}
		member := len(dst)
		dst = append(append(dst, separator), p.keys[i][1:]...)
		start := len(dst)
		if dst = p.encode[i](dst, v); dst == nil {
			return nil
		}
		if string(dst[start:]) == "null" {
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

func csvRecord(dst []byte, p *plan, values [][]byte, _ bool) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, p.separator)
		}
		if v == nil {
			continue
		}
		if dst = p.encode[i](dst, v); dst == nil {
			return nil
		}
	}
	return append(dst, "\r\n"...)
}

func value(dst []byte, p *plan, values [][]byte, _ bool) []byte {
	if values[0] == nil {
		return dst
	}
	return p.encode[0](dst, values[0])
}

func textLine(dst []byte, p *plan, values [][]byte, first bool) []byte {
	if dst = value(dst, p, values, first); dst == nil {
		return nil
	}
	return append(dst, '\n')
}

// writeOne is WriteTo for Output.Object. Nothing is written before all rows are
// counted; one row is kept.
func (r *Rows) writeOne(w io.Writer) (n int64, err error) {
	var object []byte
	values, ok := r.next()
	if ok {
		if object = r.plan.layout.row(nil, r.plan, values, true); object == nil {
			return 0, r.malformed()
		}
	}
	for ok {
		_, ok = r.next()
	}
	if err := r.Close(); err != nil {
		return 0, err
	}
	if r.count != 1 {
		return 0, r.fail(invalid(r.tableName(), "not_one_row", "The result contains "+strconv.FormatInt(r.count, 10)+" rows"))
	}
	m, err := writeAll(w, object)
	if err != nil {
		err = r.writeFailed(err)
	}
	return int64(m), err
}

func (r *Rows) malformed() error {
	return r.fail(newError("read", r.tableName(), "invalid_value", "a value is not what its type says, or not UTF-8", nil))
}
