package catalog

// A Comparison is how the values of a column are compared: with the operators
// by which PostgreSQL sorts its type, those of the default btree operator class,
// wherever they are. What a search_path finds under the same name may be another
// one: of citext, whose operators few roles have on theirs, the one of text.
type Comparison struct {
	Kind TypeKind
	// Row is the SQL name of a composite type, which a token's value must be cast to;
	// empty if the role may not name it.
	Row string
	// Operators are those of a type from outside the system, as SQL writes them
	// with their schema, by their usual name. Missing are those that the role may not use.
	Operators map[string]string
}

// A TypeKind is pg_type's typtype, or that the type is an array.
type TypeKind string

// The kinds that matter here.
const (
	ArrayKind      TypeKind = "a"
	BaseKind       TypeKind = "b"
	CompositeKind  TypeKind = "c"
	EnumKind       TypeKind = "e"
	MultirangeKind TypeKind = "m"
	PseudoKind     TypeKind = "p"
	RangeKind      TypeKind = "r"
)

// FirstNormalOID is where object ids of what is no part of the system begin.
const FirstNormalOID = 16384

// comparisonSQL are the columns of the look-up that make a comparison of type t,
// but for the operators, see operatorsSQL.
const comparisonSQL = `
  CASE WHEN ` + isArraySQL + ` THEN 'a' ELSE t.typtype::text END,
  CASE WHEN t.typtype = 'c'::"char" AND pg_catalog.has_schema_privilege(t.typnamespace, 'USAGE')
    THEN pg_catalog.format('%s.%I', t.typnamespace::regnamespace, t.typname) ELSE '' END`

// isArraySQL tells the types that are true arrays.
const isArraySQL = `t.typelem <> 0::oid AND t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc`

// Paged reports whether a page can begin at a value of c: its text must lead
// back to it, and operators that sort as ORDER BY does must be known.
func (c *Column) Paged() bool {
	switch x := &c.Comparison; {
	case x.Kind == PseudoKind: // record
		return false
	case x.Kind == CompositeKind:
		return x.Row != ""
	case x.Kind == BaseKind && c.OID >= FirstNormalOID:
		return x.Operators["<"] != "" && x.Operators[">"] != "" && x.Operators["="] != ""
	}
	return true // or ORDER BY itself fails
}

// Paged reports whether pages can follow each other in an order that begins with the
// named columns: t has a primary key, and every one of these and of the key's can be
// compared with a value that was read before.
func (t *Table) Paged(order []string) bool {
	for _, names := range [...][]string{order, t.PrimaryKey} {
		for _, name := range names {
			if c := t.Column(name); c != nil && !c.Paged() {
				return false
			}
		}
	}
	return len(t.PrimaryKey) > 0
}
