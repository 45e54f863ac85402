package dbcontents

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// errNotJSON is for related rows that are not what their types say.
var errNotJSON = errors.New("related rows are not what their types say")

// columnValues are the values of the current row by column: of related rows it is their JSON.
func (r *Rows) columnValues() ([][]byte, error) {
	if !r.plan.Nested() {
		return r.values, nil
	}
	columns := make([][]byte, 0, len(r.plan.Columns))
	values := r.values
	for i := range r.plan.Members {
		m := &r.plan.Members[i]
		if m.Embed == nil {
			columns, values = append(columns, values[0]), values[1:]
			continue
		}
		var err error
		if columns, err = r.appendEmbed(columns, m, values); err != nil {
			return nil, newError("read", r.tableName(), "invalid_value", err.Error(), err)
		}
		values = values[m.Values():]
	}
	return columns, nil
}

// appendEmbed appends the JSON of related rows: one value, or of a spread one for each column.
func (r *Rows) appendEmbed(columns [][]byte, m *encode.Member, values [][]byte) ([][]byte, error) {
	if !m.Embed.Spread {
		text, cut := m.AppendJSON(nil, values, r.query.Output)
		if r.cut = r.cut || cut; text == nil {
			return nil, errNotJSON
		}
		if string(text) == "null" {
			text = nil
		}
		return append(columns, text), nil
	}
	// The columns of a spread are members of what it lies in.
	object := encode.Member{Embed: &encode.Embed{Members: []encode.Member{*m}}}
	text, cut := object.AppendJSON(nil, append([][]byte{{1}}, values[0]), r.query.Output)
	r.cut = r.cut || cut
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := decoder.Token(); err != nil {
		return nil, errNotJSON
	}
	for decoder.More() {
		var column json.RawMessage
		if _, err := decoder.Token(); err != nil {
			return nil, errNotJSON
		}
		if err := decoder.Decode(&column); err != nil {
			return nil, errNotJSON
		}
		columns = append(columns, column)
	}
	return columns, nil
}
