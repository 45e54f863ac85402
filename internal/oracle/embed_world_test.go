package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A relation is a table or a view of a random schema, with the values of its key.
type relation struct {
	name     string
	columns  []randomColumn
	computed []randomColumn
	key      []string   // its columns
	rows     [][]string // of a table: the SQL of the key of each row
	view     bool
	shown    map[string]string // of a view: the column that shows one of the base
	base     *relation         // the table that a view shows in the end, which for a table is itself
	related  []*relationship
	allowed  string // SQL of the mandatory filter, for the alias "allowed"
}

// A foreignKey is one of a random schema.
type foreignKey struct {
	name             string
	from, to         *relation
	fromCols, toCols []string
	unique           bool
}

// A world is a random schema, and the SQL that makes it.
type world struct {
	*rand.Rand
	sql       strings.Builder
	tables    []*relation
	relations []*relation // the tables, and the views of them
	keys      []*foreignKey
	names     int
	made      map[string]int
}

// name is a new name. Some are those that statements of dbcontents use.
func (w *world) name() string {
	if w.IntN(4) == 0 {
		name := []string{"e1", "e2", "e3", "t", "r", "c1", "c2", "v", "found"}[w.IntN(9)]
		if w.made[name]++; w.made[name] == 1 {
			return name
		}
	}
	w.names++
	return fmt.Sprint(awkward[w.IntN(len(awkward))], w.names)
}

// localName is a name for a column that only r must not have twice.
func (w *world) localName(r *relation) string {
	name := []string{"id", "name", "e1", "t", "r", "c1", "c2", "Ref", "x y"}[w.IntN(9)]
	if w.IntN(2) == 0 || r.column(name) != nil {
		w.names++
		return fmt.Sprint(awkward[w.IntN(len(awkward))], w.names)
	}
	return name
}

func (r *relation) column(name string) *randomColumn {
	for i := range r.columns {
		if r.columns[i].name == name {
			return &r.columns[i]
		}
	}
	return nil
}

// all are the columns and the computed columns.
func (r *relation) all() []randomColumn { return slices.Concat(r.columns, r.computed) }

// makeWorld makes a random schema.
func makeWorld(seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1)), made: map[string]int{}}
	for range 3 + w.IntN(3) {
		w.table()
	}
	for range 1 + w.IntN(2) {
		w.junction()
	}
	for range 1 + w.IntN(3) {
		w.view()
	}
	for _, r := range w.relations {
		w.computedColumns(r)
	}
	w.relate()
	for range 4 {
		w.computedRelationship()
	}
	return w
}

// A filling is a column of a table with the SQL of its value in each row.
type filling struct {
	column randomColumn
	values []string
}

// table makes a table with foreign keys to some of those that there are, or to itself.
func (w *world) table() {
	r := &relation{name: w.name()}
	r.base = r
	n := w.IntN(16)
	var filled []filling
	add := func(k *kind, values []string) string {
		c := randomColumn{name: w.localName(r), kind: k}
		r.columns = append(r.columns, c)
		filled = append(filled, filling{c, values})
		return c.name
	}
	var keys []*foreignKey
	if to := w.target(); to != nil && w.IntN(5) == 0 { // its key is the key of another one
		n = min(n, len(to.rows))
		k := &foreignKey{from: r, to: to, toCols: to.key, unique: true}
		for i, name := range to.key {
			var values []string
			for j := range n {
				values = append(values, to.rows[j][i])
			}
			r.key = append(r.key, add(to.column(name).kind, values))
		}
		k.fromCols = r.key
		keys = append(keys, k)
	} else {
		for part := range 1 + w.IntN(4)/3 {
			kind := &keyKinds[w.IntN(len(keyKinds))]
			var values []string
			for j := range n {
				if part == 1 {
					j = w.IntN(4)
				}
				values = append(values, kind.keyValue(j))
			}
			r.key = append(r.key, add(kind, values))
		}
	}
	for j := range n {
		var key []string
		for i := range r.key {
			key = append(key, filled[i].values[j])
		}
		r.rows = append(r.rows, key)
	}
	w.tables = append(w.tables, r)
	for range w.IntN(3) {
		if to := w.target(); to != nil {
			k := &foreignKey{from: r, to: to, toCols: to.key, unique: w.IntN(4) == 0}
			rows := w.references(to, n, k.unique)
			for i, name := range to.key {
				var values []string
				for j := range n {
					values = append(values, rows[j][i])
				}
				k.fromCols = append(k.fromCols, add(to.column(name).kind, values))
			}
			keys = append(keys, k)
		}
	}
	for range 1 + w.IntN(5) {
		k := &kindsOfColumns[w.IntN(len(kindsOfColumns))]
		if w.IntN(3) == 0 {
			k = &moreKinds[w.IntN(len(moreKinds))]
		}
		add(k, w.values(k, n))
	}
	if w.IntN(3) == 0 { // rows that are null but for the key
		for j := range n / 3 {
			for i := range filled {
				if !slices.Contains(r.key, filled[i].column.name) {
					filled[i].values[j] = "NULL"
				}
			}
		}
	}
	w.create(r, filled, keys)
}

func (w *world) target() *relation {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[w.IntN(len(w.tables))]
}

func (w *world) values(k *kind, n int) (values []string) {
	for range n {
		value := "NULL"
		if w.IntN(4) > 0 {
			value = sqlText(k.values[w.IntN(len(k.values))])
		}
		values = append(values, value)
	}
	return values
}

// references are the values of n foreign keys to rows of a table.
func (w *world) references(to *relation, n int, unique bool) (rows [][]string) {
	order := w.Perm(len(to.rows))
	for range n {
		row := slices.Repeat([]string{"NULL"}, len(to.key))
		if len(order) > 0 && w.IntN(4) > 0 {
			row = slices.Clone(to.rows[order[w.IntN(len(order))]])
			if unique {
				row = slices.Clone(to.rows[order[0]])
				order = order[1:]
			}
			if len(row) > 1 && w.IntN(6) == 0 {
				row[w.IntN(len(row))] = "NULL" // then it refers to nothing
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// create writes the SQL of a table.
func (w *world) create(r *relation, filled []filling, keys []*foreignKey) {
	var list, values []string
	for _, f := range filled {
		list = append(list, sqlName(f.column.name)+" "+f.column.sql)
	}
	list = append(list, "PRIMARY KEY "+nameList(r.key))
	for _, k := range keys {
		w.names++
		k.name = fmt.Sprint(awkward[w.IntN(len(awkward))], w.names)
		if k.unique && !slices.Equal(k.fromCols, r.key) {
			list = append(list, "UNIQUE "+nameList(k.fromCols))
		}
		list = append(list, fmt.Sprintf("CONSTRAINT %s FOREIGN KEY %s REFERENCES %s %s", sqlName(k.name), nameList(k.fromCols), sqlName(k.to.name), nameList(k.toCols)))
	}
	fmt.Fprintf(&w.sql, "CREATE TABLE %s (%s);\n", sqlName(r.name), strings.Join(list, ", "))
	for j := range len(filled[0].values) {
		var row []string
		for _, f := range filled {
			row = append(row, f.values[j])
		}
		values = append(values, "("+strings.Join(row, ", ")+")")
	}
	if len(values) > 0 {
		fmt.Fprintf(&w.sql, "INSERT INTO %s VALUES %s;\n", sqlName(r.name), strings.Join(values, ", "))
	}
	w.keys = append(w.keys, keys...)
	w.relations = append(w.relations, r)
}

func nameList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = sqlName(name)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}
