package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// A Type says of what the values of a type are made.
type Type struct {
	// Schema and Name are those of the type as it is sent, of a domain those of the type below
	// it. They are empty for the row type of a table, see typeNameSQL.
	Schema, Name string
	Kind         TypeKind // that of the type as it is sent
	// SQL is how SQL writes the type as it is sent, such as "character varying(20)", but for
	// row types of tables as in typeNameSQL.
	SQL    string
	Labels []string // of an enum, in its order
	// Element is the type of an array's elements, a key of Overview.Types.
	Element string
	// Fields are those of a composite type that was made as such; nil for the row type of a table.
	Fields []Column
	// Cast tells that a function of the database's own makes the JSON of values.
	Cast bool
}

// typesSQL lists the types $1, and those that they are made of, a row for each. Of row types
// of tables it lists no columns, because these may be hidden. Functions and operators are written as in lookupSQL.
var typesSQL = `
WITH RECURSIVE part (oid) AS (
  SELECT u.oid FROM pg_catalog.unnest($1::oid[]) u(oid)
  UNION
  SELECT x.oid
  FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'::"char"
  CROSS JOIN LATERAL (
    SELECT t.typelem WHERE ` + isArraySQL + `
    UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'::"char"
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::int2 AND NOT a.attisdropped
  ) x(oid)
  WHERE x.oid <> 0::oid
)
SELECT t.oid, n.nspname::text, t.typname::text, CASE WHEN ` + isArraySQL + ` THEN 'a' ELSE t.typtype::text END,
  t.typbasetype, ` + typeNameSQL("nullif(t.typbasetype, 0::oid)", "t.typtypmod") + `, t.typelem, ` + typeNameSQL("t.oid", "NULL::int4") + `,
  t.typtype = 'c'::"char" AND c.oid IS NULL,
  t.oid >= 16384::oid AND t.oid IN (SELECT k.castsource FROM pg_catalog.pg_cast k WHERE k.casttarget = 114::oid AND k.castmethod = 'f'::"char"),
  ARRAY (SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
  ARRAY (SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::int2 AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY (SELECT ` + typeNameSQL("a.atttypid", "a.atttypmod") + ` FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::int2 AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY (SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0::int2 AND NOT a.attisdropped ORDER BY a.attnum)
FROM part JOIN pg_catalog.pg_type t ON t.oid = part.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'::"char"`

// A foundType is a row of typesSQL.
type foundType struct {
	Type
	base, element uint32
	baseSQL       string // how SQL writes the type below a domain
	fieldTypes    []uint32
}

// lookUpTypes asks for the types of an overview, by one flight.
func lookUpTypes(exchange Exchange, o *Overview) (map[string]*Type, error) {
	declared := map[string][]uint32{} // several are row types of tables, which are written alike
	declare := func(sql string, oid uint32) {
		if !slices.Contains(declared[sql], oid) {
			declared[sql] = append(declared[sql], oid)
		}
	}
	var cast []string // domains with a function for their JSON
	for _, list := range [2][]*Table{o.Tables, o.Functions} {
		for _, t := range list {
			for i := range t.Columns {
				c := &t.Columns[i]
				declare(c.Type, c.Declared)
				if c.ToJSON != "" {
					cast = append(cast, c.Type)
				}
			}
			if t.Call != nil {
				for i := range t.Call.Params {
					declare(t.Call.Params[i].Type, t.Call.Params[i].Declared)
				}
			}
		}
	}
	if len(declared) == 0 {
		return nil, nil
	}
	var oids []uint32
	for _, list := range declared {
		oids = append(oids, list...)
	}
	statement := wire.Statement{SQL: typesSQL, Params: [][]byte{oidArray(oids)}, Types: []uint32{pgtype.OIDArrayOID}, Sync: true}
	s := shaper{found: map[uint32]*foundType{}, types: map[string]*Type{}}
	_, err := exchange([]wire.Statement{statement}, func(f *wire.Flight, first int) error { return f.ScanEach(first, s.add) })
	for sql, list := range declared {
		for _, oid := range list {
			s.shape(sql, oid)
		}
	}
	for _, sql := range cast {
		if t := s.types[sql]; t != nil {
			t.Cast = true
		}
	}
	return s.types, err
}

// oidArray is the text form of an oid[].
func oidArray(oids []uint32) []byte {
	list := []byte{'{'}
	for i, oid := range oids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendUint(list, uint64(oid), 10)
	}
	return append(list, '}')
}

// A shaper makes Types of the rows of typesSQL.
type shaper struct {
	found map[uint32]*foundType
	types map[string]*Type
}

func (s *shaper) add(scan func(dest ...any) error) error {
	var (
		t                  foundType
		oid, base, element pgtype.Uint32
		baseSQL, kind      pgtype.Text
		rows               bool
		fields, fieldSQL   []string
	)
	err := scan(&oid, &t.Schema, &t.Name, &kind, &base, &baseSQL, &element, &t.SQL, &rows, &t.Cast, &t.Labels, &fields, &fieldSQL, &t.fieldTypes)
	if err != nil {
		return err
	}
	t.Kind, t.base, t.baseSQL, t.element = TypeKind(kind.String), base.Uint32, ValidUTF8(baseSQL.String), element.Uint32
	t.Schema, t.Name, t.SQL = ValidUTF8(t.Schema), ValidUTF8(t.Name), ValidUTF8(t.SQL)
	if rows || oid.Uint32 >= FirstNormalOID && isRowType(t.SQL) {
		t.Schema, t.Name = "", ""
	}
	for i := range min(len(fields), len(fieldSQL), len(t.fieldTypes)) {
		t.Fields = append(t.Fields, Column{Name: ValidUTF8(fields[i]), Type: ValidUTF8(fieldSQL[i]), Declared: t.fieldTypes[i]})
	}
	if slices.ContainsFunc(t.Labels, func(label string) bool {
		return !utf8.ValidString(label) || strings.ContainsRune(label, utf8.RuneError)
	}) {
		t.Labels = nil // in SQL_ASCII
	}
	s.found[oid.Uint32] = &t
	return nil
}

// shape adds the type that SQL writes so, and what it is made of. Row types of tables are one
// type, of which is said what holds for all of them.
func (s *shaper) shape(sql string, oid uint32) {
	old := s.types[sql]
	if old != nil && !isRowType(sql) {
		return
	}
	written := sql
	t := s.found[oid]
	for range len(s.found) { // the bases of a domain do not go round
		if t == nil || t.base == 0 {
			break
		}
		written, t = t.baseSQL, s.found[t.base]
	}
	if t == nil {
		return // it was made since
	}
	shaped := t.Type
	shaped.SQL = written
	if old != nil {
		shaped.Cast = shaped.Cast || old.Cast
		if old.Name == "" {
			shaped.Schema, shaped.Name, shaped.Kind = "", "", old.Kind
		}
	}
	s.types[sql] = &shaped
	switch {
	case t.Kind == ArrayKind:
		element, ok := strings.CutSuffix(written, "[]")
		if below := s.found[t.element]; !ok && below != nil { // int2vector and oidvector
			element = below.SQL
		}
		shaped.Element = element
		s.shape(element, t.element)
	default:
		for i := range t.Fields {
			s.shape(t.Fields[i].Type, t.Fields[i].Declared)
		}
	}
}
