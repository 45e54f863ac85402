package dbcontents

import "github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"

// Related says which rows of a related table a [Field] embeds in each row of the table
// that is read: an object, or null, if there is at most one such row, and an array of
// objects otherwise.
//
// Tables are related by foreign keys, in both directions, by a table between them whose
// primary key has foreign keys to both, and by a function from the one's rows to the
// other's. Views have the relationships of the tables whose columns they show. Both
// tables must be exposed, lie in the same schema, and be allowed to the session, and so must
// a table between them. Others do not exist: no name, hint or error tells of them.
type Related struct {
	// Table is the name of the related table. It may also be the name of the foreign key's
	// constraint, or of its only column, or of a function that computes the relationship.
	Table string
	// Hint tells several relationships with Table apart: the name of the constraint, of its
	// only column at either end, or of the table between.
	Hint string
	// Inner leaves out rows of the outer table that are related to no row.
	Inner bool
	// Spread makes Select items of the outer level. Those of several rows are arrays.
	Spread bool
	// Select are the items to read of the related table. Nil means all columns. An empty
	// list that is not nil means none, which is of use with Inner, or for filters.
	Select []Field
	// Where decides which of the related rows are read. Without Inner, it does not
	// decide about the rows of the outer table.
	Where Filter
	// Order sorts the related rows of each row.
	Order []Order
	// Limit and Offset are as in a [Query], for the related rows of each row.
	Limit, Offset int64
	// Allowed is an allow-list of columns of the related table, as in a [Query].
	Allowed []string
}

// Embed makes the field for rows of a related table, of which all columns are read if there
// are no fields. Its Embed can be changed for the rest:
//
//	recent := dbcontents.Embed("orders", dbcontents.Columns("id", "total")...)
//	recent.Embed.Order = []dbcontents.Order{{Column: "id", Desc: true}}
//	recent.Embed.Limit = 3
func Embed(table string, fields ...Field) Field {
	return Field{Embed: &Related{Table: table, Select: fields}}
}

// compiled is r as the rooms below take it.
func (r *Related) compiled() *compile.Embed {
	if r == nil {
		return nil
	}
	return &compile.Embed{
		Table: r.Table, Hint: r.Hint, Inner: r.Inner, Spread: r.Spread, Select: fieldsCompiled(r.Select),
		Where: r.Where.root, Order: orderCompiled(r.Order), Limit: r.Limit, Offset: r.Offset, Allowed: r.Allowed,
	}
}
