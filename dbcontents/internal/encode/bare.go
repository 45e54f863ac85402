package encode

// Bare changes w for the result of a function. With single there is one row at most, and it
// is not written as an array. With value a row is written as its only value.
func (w *Writer) Bare(f Format, o Options, single, value bool) {
	object := jsonObject
	switch {
	case value:
		object = bareValue
	case w.embeds != nil:
		object = embedsObject
	case o.StripNulls:
		object = strippedObject
	}
	switch f {
	case JSON:
		if single && !o.Object {
			w.begin, w.row, w.end, w.none = nil, lines(object), "", "null\n"
		} else if o.Object {
			w.row = lines(object)
		} else {
			w.row = elements(object)
		}
	case NDJSON:
		w.row = lines(object)
	case CSV:
		if value {
			w.begin = csvHeader([]string{"pgrst_scalar"}, o)
		}
	}
}

// None appends what comes after the beginning if there is no row.
func (w *Writer) None(dst []byte) []byte {
	if w.none != "" {
		return append(dst, w.none...)
	}
	return w.End(dst)
}

// bareValue is the first value of a row.
func bareValue(dst []byte, w *Writer, values [][]byte) []byte {
	if values[0] == nil {
		return append(dst, "null"...)
	}
	return w.encode[0](dst, values[0])
}
