package encode

// useEmbeds makes w one for rows that hold more than columns.
func (w *Writer) useEmbeds(f Format) {
	switch f {
	case JSON, NDJSON:
		w.useObjects(f, embedsObject)
	case CSV:
		w.begin, w.row = csvHeader(w.embeds.names(), w.options), embedsRecord
	case Text:
		w.row = embedsLine
	}
}

// names are those of the members as a row shows them, with spreads in their place.
func (e *Embed) names() []string {
	var names []string
	for i := range e.columns {
		names = append(names, e.columns[i].member.Name)
	}
	return names
}

func embedsObject(dst []byte, w *Writer, values [][]byte) []byte {
	return w.embeds.object(dst, &source{values: values}, w.pass)
}

func embedsRecord(dst []byte, w *Writer, values [][]byte, _ bool) []byte {
	first := true
	for i := range w.embeds.Members {
		m := &w.embeds.Members[i]
		n := m.Values()
		if len(values) < n {
			return nil
		}
		for column := range m.Columns() {
			if !first {
				dst = append(dst, w.separator)
			}
			first = false
			if m.absent(values) {
				continue
			}
			if dst = w.field(dst, m, column, values); dst == nil || len(dst) > w.pass.end {
				return dst
			}
		}
		values = values[n:]
	}
	return append(dst, "\r\n"...)
}

func embedsLine(dst []byte, w *Writer, values [][]byte, _ bool) []byte {
	if len(values) == 0 {
		return nil
	}
	start := len(dst)
	if m := &w.embeds.Members[0]; m.Columns() > 0 && !m.absent(values) {
		if dst = m.columnJSON(dst, 0, values, w.pass); dst == nil || len(dst) > w.pass.end {
			return dst
		}
	}
	oneLine(dst[start:])
	return append(dst, '\n')
}

// absent tells whether m is null, which many rows are only if they are optional.
func (m *Member) absent(values [][]byte) bool {
	return values[0] == nil && (m.Embed == nil || !m.Embed.Many || m.Embed.Optional)
}

// field appends m as a field of CSV, or if it is a spread one of its columns.
func (w *Writer) field(dst []byte, m *Member, column int, values [][]byte) []byte {
	if m.Embed == nil {
		return m.Encode(dst, values[0])
	}
	start := len(dst)
	if dst = m.columnJSON(dst, column, values, w.pass); dst == nil || len(dst) > w.pass.end {
		return dst
	}
	// The field is written behind its text and then moved to where that begins.
	end := len(dst)
	if dst = w.options.csvField(dst, dst[start:]); dst == nil {
		return nil
	}
	return dst[:start+copy(dst[start:], dst[end:])]
}
