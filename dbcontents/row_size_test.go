package dbcontents_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// blocksOf counts what is written, and keeps the size of the largest block.
type blocksOf struct{ largest, total int }

func (w *blocksOf) Write(b []byte) (int, error) {
	w.largest, w.total = max(w.largest, len(b)), w.total+len(b)
	return len(b), nil
}

// swelling has rows that are small on the wire and large as they are written: a numeric of 10 bytes has
// 131,072 digits.
const swelling = `CREATE TABLE parent (id int PRIMARY KEY, plain text); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, amount numeric, control text, bytes bytea);
	INSERT INTO parent VALUES (1, 'x'), (2, 'y'), (3, repeat('p', 1000000));
	INSERT INTO child SELECT i, 2, '1e131071', repeat(E'\x01', 200000), decode(repeat('00', 600000), 'hex') FROM generate_series(1, 100) i`

// What is written of a row is bounded as the row on the wire is, also where a pool's
// owner has set no bound on the wire.
func TestMaxRowBytesWritten(t *testing.T) {
	t.Parallel()
	wide := make([]dbcontents.Field, 1500)
	for i := range wide {
		wide[i] = dbcontents.Field{Column: "amount", Alias: fmt.Sprint("a", i)}
	}
	amounts, spread := dbcontents.Embed("child", dbcontents.Columns("amount")...), dbcontents.Embed("child", dbcontents.Columns("amount")...)
	spread.Embed.Spread = true
	bothPools(t, func(t *testing.T, kind poolKind) {
		config := dbcontents.Config{Tables: []string{"parent", "child"}, MaxRowBytes: 1 << 20}
		_, db := open(t, config, swelling)
		store := kind.open(t, config, db.DSN, 1)
		id := dbcontents.Field{Column: "id"}
		parents := dbcontents.Query{Table: "parent", Order: []dbcontents.Order{{Column: "id"}}}
		for _, tt := range []struct {
			name, table string
			fields      []dbcontents.Field
			formats     []dbcontents.Format
		}{
			{"records", "parent", []dbcontents.Field{id, amounts}, []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV}},
			{"records alone", "parent", []dbcontents.Field{amounts}, []dbcontents.Format{dbcontents.Text}},
			{"a spread", "parent", []dbcontents.Field{id, spread}, []dbcontents.Format{dbcontents.JSON, dbcontents.CSV}},
			{"many columns", "child", wide, []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV}},
			{"escapes of JSON", "child", dbcontents.Columns("control"), []dbcontents.Format{dbcontents.JSON}},
			{"digits of bytes", "child", dbcontents.Columns("bytes"), []dbcontents.Format{dbcontents.JSON, dbcontents.CSV, dbcontents.Text}},
		} {
			for _, format := range tt.formats {
				q := dbcontents.Query{Table: tt.table, Select: tt.fields, Format: format, Limit: 10, Order: []dbcontents.Order{{Column: "id"}}}
				var w blocksOf
				_, err := query(t, store, q).WriteTo(&w)
				diagnosed(t, tt.name+" as "+string(format), err, dbcontents.ErrTooLarge, "row_too_large")
				if w.total > 0 {
					t.Errorf("%s as %s: %d bytes were written before the error", tt.name, format, w.total)
				}
			}
		}
		one := parents
		one.Select, one.Format, one.Output.Object, one.Where = []dbcontents.Field{amounts}, dbcontents.JSON, true, where("id", "eq", 2)
		_, err := query(t, store, one).WriteTo(io.Discard)
		diagnosed(t, "one object", err, dbcontents.ErrTooLarge, "row_too_large")
		_, err = dbcontents.Collect[map[string]any](query(t, store, dbcontents.Query{Table: "child", Select: wide, Limit: 1}))
		diagnosed(t, "values", err, dbcontents.ErrTooLarge, "row_too_large")
		nested := parents
		nested.Select = []dbcontents.Field{id, amounts}
		_, err = dbcontents.Collect[map[string]any](query(t, store, nested))
		diagnosed(t, "values of records", err, dbcontents.ErrTooLarge, "row_too_large")
		type asJSON struct {
			ID    int
			Child json.RawMessage
		}
		_, err = dbcontents.Collect[asJSON](query(t, store, nested))
		diagnosed(t, "records as JSON in a struct", err, dbcontents.ErrTooLarge, "row_too_large")

		parents.Select, parents.Format = dbcontents.Columns("id", "plain"), dbcontents.JSON
		var b strings.Builder
		if _, err := query(t, store, parents).WriteTo(&b); err != nil || b.Len() < 1_000_000 {
			t.Errorf("a row within the bound: %d bytes, %v", b.Len(), err)
		}
		if s := store.Stats(); s.Conns != s.IdleConns {
			t.Errorf("connections are held: %+v", s)
		}
	})
}
