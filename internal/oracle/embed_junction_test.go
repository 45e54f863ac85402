package oracle

import (
	"fmt"
)

// junction makes a table between two others.
func (w *world) junction() {
	r := &relation{name: w.name()}
	r.base = r
	ends := []*relation{w.target(), w.target()}
	var filled []filling
	var keys []*foreignKey
	seen := map[string]bool{}
	var rows [][][]string
	for range 16 {
		var row [][]string
		for _, to := range ends {
			if len(to.rows) > 0 {
				row = append(row, to.rows[w.IntN(len(to.rows))])
			}
		}
		if id := fmt.Sprint(row); len(row) == 2 && !seen[id] {
			seen[id] = true
			rows = append(rows, row)
		}
	}
	for e, to := range ends {
		k := &foreignKey{from: r, to: to, toCols: to.key}
		for i, name := range to.key {
			c := randomColumn{name: w.localName(r), kind: to.column(name).kind}
			r.columns = append(r.columns, c)
			f := filling{column: c}
			for _, row := range rows {
				f.values = append(f.values, row[e][i])
			}
			filled = append(filled, f)
			k.fromCols = append(k.fromCols, c.name)
		}
		r.key = append(r.key, k.fromCols...)
		keys = append(keys, k)
	}
	more := randomColumn{name: w.localName(r), kind: &keyKinds[0]}
	r.columns = append(r.columns, more)
	f := filling{column: more}
	for range rows {
		f.values = append(f.values, more.keyValue(w.IntN(3)))
	}
	filled = append(filled, f)
	if w.IntN(2) == 0 {
		r.key = append(r.key, more.name)
	}
	k := &kindsOfColumns[w.IntN(len(kindsOfColumns))]
	last := randomColumn{name: w.localName(r), kind: k}
	r.columns = append(r.columns, last)
	filled = append(filled, filling{last, w.values(k, len(rows))})
	w.create(r, filled, keys)
}
