package encode

import (
	"math"
	"slices"
)

// A Writer writes rows in one format. It may be used by several goroutines, of which each
// calls [Writer.ForOne] for its own.
type Writer struct {
	begin     []byte // before the first row
	row       rowWriter
	end       string   // after the last row
	none      string   // if not empty, it is there instead of end if there is no row
	between   string   // what a row begins with that is not the first
	keys      [][]byte // what precedes each value in JSON: {"a": or ,"b":
	encode    []Encoder
	separator byte // of CSV
	// Most is the most bytes of a row, see Row; 0 is no limit.
	Most int
	// embeds has the members of rows that hold more than columns, else it is nil.
	embeds  *Embed
	options Options
	pass    *pass // of rows with embeds
}

// ForOne is w for one use, after which Cut tells whether an Embed has left records out.
func (w *Writer) ForOne() *Writer {
	if w.embeds == nil {
		return w
	}
	one := *w
	one.pass = &pass{strip: w.options.StripNulls}
	return &one
}

// Cut reports whether records were left out, see [Embed].Most.
func (w *Writer) Cut() bool { return w.pass != nil && w.pass.cut }

// A rowWriter appends a row. It returns nil if a value is malformed, and stops in the middle of a
// row that is too large.
type rowWriter func(dst []byte, w *Writer, values [][]byte, first bool) []byte

// NewWriter returns the writer of a format for rows of these members, which come
// in the order of their values. In every format, what a member embeds is JSON,
// and the encoders in it must be those of JSON. Format Binary has no embeds.
func NewWriter(f Format, o Options, members []Member) Writer {
	w := Writer{separator: o.separator(), options: o}
	row := &Embed{Members: members}
	names := make([]string, len(members))
	w.encode = make([]Encoder, len(members))
	for i := range members {
		names[i], w.encode[i] = members[i].Name, members[i].Encode
		if members[i].Embed != nil {
			w.embeds = row
		}
	}
	if w.embeds != nil {
		w.embeds.prepare()
		w.pass = &pass{strip: o.StripNulls}
		w.useEmbeds(f)
		return w
	}
	object := jsonObject
	if o.StripNulls {
		object = strippedObject
	}
	switch f {
	case JSON, NDJSON:
		w.keys = jsonKeys(names)
		w.useObjects(f, object)
	case CSV:
		w.begin, w.row = csvHeader(names, o), csvRecord
	case Text:
		w.row = textLine
	case Binary:
		w.row = value
	}
	return w
}

// useObjects makes w one for rows that are objects.
func (w *Writer) useObjects(f Format, object objectWriter) {
	w.row = lines(object)
	if f == JSON && !w.options.Object {
		w.begin, w.row, w.end, w.between = openArray, elements(object), "]\n", betweenElements
	}
}

var openArray = []byte{'['}

const betweenElements = ",\n"

// Begin appends what comes before the first row.
func (w *Writer) Begin(dst []byte) []byte { return append(dst, w.begin...) }

// Row appends a row, of which nil values are null; first tells the first one. It
// returns nil if a value is not what its type says, or not UTF-8. With the value, of a column or
// of a record, that takes the row beyond Most bytes it stops: what it has appended is then longer, and no row.
func (w *Writer) Row(dst []byte, values [][]byte, first bool) []byte {
	if w.pass != nil {
		w.pass.end = endOf(dst, w.Most)
	}
	return w.row(dst, w, values, first)
}

// endOf is how long dst may become if no more than most bytes are appended; 0 is any number.
func endOf(dst []byte, most int) int {
	if most == 0 || most > math.MaxInt-len(dst) {
		return math.MaxInt
	}
	return len(dst) + most
}

// Between is what Row puts before the bytes of a row that is not the first.
func (w *Writer) Between() string { return w.between }

// End appends what comes after the last row.
func (w *Writer) End(dst []byte) []byte { return append(dst, w.end...) }

// Bytes is about how much memory w takes beside itself and its members.
func (w *Writer) Bytes() int {
	n := len(w.begin) + 8*len(w.encode)
	for _, key := range w.keys {
		n += 24 + len(key) // with its slice
	}
	if w.embeds != nil {
		n += w.embeds.bytes()
	}
	return n
}

// An objectWriter appends a row as a JSON object.
type objectWriter func(dst []byte, w *Writer, values [][]byte) []byte

func elements(object objectWriter) rowWriter {
	return func(dst []byte, w *Writer, values [][]byte, first bool) []byte {
		if !first {
			dst = append(dst, betweenElements...)
		}
		return object(dst, w, values)
	}
}

func lines(object objectWriter) rowWriter {
	return func(dst []byte, w *Writer, values [][]byte, _ bool) []byte {
		if dst = object(dst, w, values); dst == nil {
			return nil
		}
		return append(dst, '\n')
	}
}

func jsonObject(dst []byte, w *Writer, values [][]byte) []byte {
	if len(values) == 0 {
		return append(dst, "{}"...)
	}
	end := endOf(dst, w.Most)
	for i, v := range values {
		dst = append(dst, w.keys[i]...)
		if v == nil {
			dst = append(dst, "null"...)
		} else if dst = w.encode[i](dst, v); dst == nil {
			return nil
		}
		if len(dst) > end {
			return dst
		}
	}
	return append(dst, '}')
}

// strippedObject is jsonObject without the members that are null, be it SQL's or JSON's.
func strippedObject(dst []byte, w *Writer, values [][]byte) []byte {
	end := endOf(dst, w.Most)
	separator := byte('{')
	for i, v := range values {
		if v == nil {
			continue
		}
		member := len(dst)
		dst = append(append(dst, separator), w.keys[i][1:]...)
		start := len(dst)
		if dst = w.encode[i](dst, v); dst == nil {
			return nil
		}
		if string(dst[start:]) == "null" {
			dst = dst[:member]
			continue
		}
		if len(dst) > end {
			return dst
		}
		separator = ','
	}
	if separator == '{' {
		dst = append(dst, '{')
	}
	return append(dst, '}')
}

func csvRecord(dst []byte, w *Writer, values [][]byte, _ bool) []byte {
	end := endOf(dst, w.Most)
	for i, v := range values {
		if i > 0 {
			dst = append(dst, w.separator)
		}
		if v == nil {
			continue
		}
		if dst = w.encode[i](dst, v); dst == nil {
			return nil
		}
		if len(dst) > end {
			return dst
		}
	}
	return append(dst, "\r\n"...)
}

func value(dst []byte, w *Writer, values [][]byte, _ bool) []byte {
	if values[0] == nil {
		return dst
	}
	return w.encode[0](dst, values[0])
}

func textLine(dst []byte, w *Writer, values [][]byte, first bool) []byte {
	if dst = value(dst, w, values, first); dst == nil {
		return nil
	}
	return append(dst, '\n')
}

// jsonKeys are what precedes each value of a row.
func jsonKeys(names []string) [][]byte {
	var all []byte // in one piece
	ends := make([]int, len(names))
	for i, name := range names {
		all = append(jsonString(append(all, "{,"[min(i, 1)]), []byte(name)), ':')
		ends[i] = len(all)
	}
	all = slices.Clip(slices.Clone(all))
	keys := make([][]byte, len(names))
	start := 0
	for i, end := range ends {
		keys[i] = all[start:end:end]
		start = end
	}
	return keys
}

func csvHeader(names []string, o Options) []byte {
	var line []byte
	for i, name := range names {
		if i > 0 {
			line = append(line, o.separator())
		}
		line = o.csvField(line, []byte(name))
	}
	return append(line, "\r\n"...)
}
