package dbcontents

import (
	"context"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Related says which rows of a related table a [Field] embeds in each row of the table
// that is read: an object, or null, if there is at most one such row, and an array of
// objects otherwise.
//
// Tables are related by foreign keys, in both directions, by a table between them whose
// primary key has foreign keys to both, and by a function from the one's rows to the
// other's. Views have the relationships of the tables whose columns they show. Both
// tables must be exposed, lie in the same schema, and be allowed to the session, and so must
// a table between them. Others do not exist: no name, hint or error tells of them. Rows are
// related by columns outside of an allow-list too, but such a column is no name for what it relates.
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
	// Target is the related table that is meant, as [Store.Related] has found it. If it is
	// not nil, a Query for which the relationship leads to another one by then, or in
	// another way, is refused.
	Target *Table
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
	target := ""
	var pinned *catalog.Relationship
	if r.Target != nil {
		target, pinned = r.Target.String(), r.Target.via
	}
	return &compile.Embed{
		Target: target, Pinned: pinned, Table: r.Table, Hint: r.Hint, Inner: r.Inner, Spread: r.Spread, Select: fieldsCompiled(r.Select),
		Where: r.Where.root, Order: orderCompiled(r.Order), Limit: r.Limit, Offset: r.Offset, Allowed: r.Allowed,
	}
}

// Related describes the table that r leads to from t, as a Query would find it, and with the
// error that a Query would give. It does not change r. A program that limits what its callers
// may read asks it before it passes their Query on, and sets r.Target and r.Allowed. As it does
// not know the table before, allowed tells the allow-list of each table; nil is for a program
// without any. A list that names nothing of its table closes it: like a table that is not
// exposed, it is neither found nor named, and nothing is related by it if it lies between two
// others, nor by a function that is closed. allowed may be asked for a Table of which only
// the names are known, and whether it is a function. t is a Table that a Store has described; neither t nor r may be nil.
func (s *Store) Related(ctx context.Context, t *Table, r *Related, allowed func(*Table) []string) (*Table, error) {
	if err := s.usable("table"); err != nil {
		return nil, err
	}
	q := compile.Query{Schema: t.Schema, Table: t.Name, Select: []compile.Field{{Embed: r.compiled()}}}
	err := q.Check(true)
	if err != nil {
		return nil, classify("query", t.String(), diagnosis.Reading, err)
	}
	for _, maxAge := range [...]time.Duration{catalog.Forever, catalog.Absent} {
		var e *catalog.Entry
		var from *catalog.Table
		if t.from != nil && t.from.Call != nil {
			from = t.from
		} else if e, from, err = s.catalog.Resolve(ctx, &s.asker, t.Schema, t.Name, maxAge); err != nil {
			return nil, classify("query", t.String(), diagnosis.Naming, err)
		}
		lists := func(_ catalog.End, t *catalog.Table) [][]string {
			of := [][]string{s.session.grant(t).Columns}
			if allowed != nil {
				of = append(of, allowed(describe(t)))
			}
			return of
		}
		closing := s.session.closing()
		if allowed != nil {
			closing = func(t *catalog.Table) [][]string { return lists(catalog.AtTarget, t) }
		}
		embed := q.Select[0].Embed
		var found *catalog.Table
		if e, found, err = s.related(ctx, &s.asker, e, from, embed, lists, closing, maxAge); err == nil {
			if found, err = s.narrow(e, found); err == nil {
				target := *describe(found)
				target.via = embed.Via
				return &target, nil
			}
		}
		if err = classify("query", t.String(), diagnosis.Reading, err); !misfits(err) {
			break
		}
	}
	return nil, err
}

// A tableEntry is a table, and what the catalog knows it by.
type tableEntry struct {
	entry *catalog.Entry
	table *catalog.Table
}

// relate finds what the embeds among fields lead to, for the table t of e, of which the columns in
// allowed can be read, and lets them read no more than the session may. It goes through the
// levels in the order in which they are written.
func (x *request) relate(ctx context.Context, e *catalog.Entry, t *catalog.Table, allowed []string, fields []compile.Field, maxAge time.Duration) error {
	for i := range fields {
		embed := fields[i].Embed
		if embed == nil {
			continue
		}
		lists := func(at catalog.End, of *catalog.Table) [][]string {
			switch granted := x.store.session.grant(of).Columns; at {
			case catalog.AtSource:
				return [][]string{allowed}
			case catalog.AtTarget:
				return [][]string{granted, embed.Allowed}
			default:
				return [][]string{granted}
			}
		}
		entry, table, err := x.store.related(ctx, x.asker(), e, t, embed, lists, x.store.session.closing(), maxAge)
		if err != nil {
			return err
		}
		x.tables = append(x.tables, tableEntry{entry, table})
		if err := x.restrictEmbed(ctx, embed, entry, table, maxAge); err != nil {
			return err
		}
		if err := x.relate(ctx, entry, table, embed.Readable, embed.Select, maxAge); err != nil {
			return err
		}
	}
	return nil
}

// related finds the table that an embed of t leads to, and sets its relationship. lists are the
// allow-lists of a table, all of which apply; nil is none. So are closing, those that can close a table.
func (s *Store) related(ctx context.Context, a catalog.Asker, e *catalog.Entry, t *catalog.Table, embed *compile.Embed,
	lists func(catalog.End, *catalog.Table) [][]string, closing allowLists, maxAge time.Duration,
) (*catalog.Entry, *catalog.Table, error) {
	t, known, err := s.relationships(ctx, a, e, t, embed.Pinned, closing, maxAge)
	if err != nil {
		return nil, nil, err
	}
	source := catalog.Name{Schema: t.Schema, Name: t.Name}
	if embed.Pinned != nil && len(known) == 0 {
		return nil, nil, diagnosis.New("relationship_missing", "the relationship leads another way than it did", nil)
	}
	var failed error
	sees := func(at catalog.End, relation catalog.Name, column string) bool {
		of := t
		if at != catalog.AtSource {
			var err error
			if _, of, err = s.catalog.Resolve(ctx, a, relation.Schema, relation.Name, maxAge); err != nil {
				failed = err
				return false
			}
		}
		return of.Column(column) != nil && !slices.ContainsFunc(lists(at, of), func(list []string) bool { return list != nil && !slices.Contains(list, column) })
	}
	if embed.Via, err = catalog.Find(known, source, embed.Table, embed.Hint, sees); failed != nil {
		return nil, nil, failed
	} else if err != nil {
		return nil, nil, err
	}
	target := embed.Via.Target
	if embed.Target != "" && embed.Target != target.String() {
		return nil, nil, diagnosis.New("relationship_missing", "the relationship leads to another table than it did", nil)
	}
	return s.readable(ctx, a, target, maxAge)
}

// restrictEmbed lets an embed read no more of its table, and of a junction, than the session may.
func (x *request) restrictEmbed(ctx context.Context, embed *compile.Embed, e *catalog.Entry, t *catalog.Table, maxAge time.Duration) (err error) {
	session := x.store.session
	g := session.grant(t)
	embed.Restrict(g.Columns, g.Where.root)
	embed.MaxRows = x.store.config.MaxRows
	embed.Through, embed.ThroughMandatory = nil, nil // of the last attempt
	if embed.Of, err = e.Narrow(t, embed.Readable); err != nil {
		return err
	}
	x.hide(embed.Mandatory != nil || (!t.Plain || embed.Via.Function != "") && session.personal())
	if j := embed.Via.Junction; j != nil {
		entry, through, err := x.store.readable(ctx, x.asker(), j.Name, maxAge)
		if err != nil {
			return err
		}
		g := session.grant(through)
		embed.Through, embed.ThroughMandatory = through, g.Where.root
		x.tables = append(x.tables, tableEntry{entry, through})
		x.hide(embed.ThroughMandatory != nil || !through.Plain && session.personal())
	}
	return nil
}

// readable finds a related table, which must be one that the role may read.
func (s *Store) readable(ctx context.Context, a catalog.Asker, name catalog.Name, maxAge time.Duration) (*catalog.Entry, *catalog.Table, error) {
	entry, table, err := s.catalog.Resolve(ctx, a, name.Schema, name.Name, maxAge)
	if err == nil && !table.Readable() {
		err = newError("query", table.String(), "select_denied", "the role may not read "+table.String(), nil)
	}
	return entry, table, err
}
