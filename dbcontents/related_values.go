package dbcontents

import "errors"

// errNotJSON is for related rows that are not what their types say.
var errNotJSON = errors.New("related rows are not what their types say")

// columnValues are the values of the current row by column: of related rows it is their JSON.
func (r *Rows) columnValues() ([][]byte, error) {
	if !r.plan.Nested() {
		return r.values, nil
	}
	columns := make([][]byte, 0, len(r.plan.Columns))
	left := r.store.config.MaxRowBytes // for the JSON of related rows
	values := r.values
	for i := range r.plan.Members {
		m := &r.plan.Members[i]
		if m.Embed == nil {
			columns, values = append(columns, values[0]), values[1:]
			continue
		}
		for column := range m.Columns() {
			text, cut := m.AppendJSON(nil, column, values, max(left, 1))
			if r.cut = r.cut || cut; text == nil {
				r.dropRelated()
				return nil, newError("read", r.tableName(), "invalid_value", errNotJSON.Error(), errNotJSON)
			}
			if left -= len(text); left < 0 {
				return nil, r.tooLarge()
			}
			if string(text) == "null" {
				text = nil
			}
			columns = append(columns, text)
		}
		values = values[m.Values():]
	}
	return columns, nil
}

// dropRelated makes the next read look the related tables up again, after a value that is not
// what its type says. A column may have another type since the look-up, and PostgreSQL does not
// report that for what is in a record.
func (r *Rows) dropRelated() {
	for _, known := range r.related {
		known.entry.Drop(known.table)
	}
}
