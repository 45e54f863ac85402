package message

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// parameterTypes are the built-in types and their names in messages. To read a value of
// one of them, or of an array or range of them, PostgreSQL runs its own code on that value
// alone. For a domain, a composite or a type of an extension it may run anything.
var parameterTypes = map[uint32]string{
	pgtype.BoolOID: "boolean", pgtype.Int2OID: "smallint", pgtype.Int4OID: "integer", pgtype.Int8OID: "bigint", pgtype.OIDOID: "oid",
	pgtype.Float4OID: "real", pgtype.Float8OID: "double precision", pgtype.NumericOID: "numeric", 790: "money",
	pgtype.DateOID: "date", pgtype.TimeOID: "time", pgtype.TimetzOID: "time with time zone", pgtype.TimestampOID: "timestamp",
	pgtype.TimestamptzOID: "timestamp with time zone", pgtype.IntervalOID: "interval",
	pgtype.TextOID: "text", pgtype.VarcharOID: "character varying", pgtype.BPCharOID: "character", pgtype.NameOID: "name", pgtype.ByteaOID: "bytea",
	pgtype.UUIDOID: "uuid", pgtype.JSONOID: "json", pgtype.JSONBOID: "json", // both are called so
	pgtype.InetOID: "inet", pgtype.CIDROID: "cidr", pgtype.MacaddrOID: "macaddr", pgtype.Macaddr8OID: "macaddr8",
	pgtype.PointOID: "point", pgtype.LsegOID: "lseg", pgtype.PathOID: "path", pgtype.BoxOID: "box", pgtype.PolygonOID: "polygon",
	pgtype.LineOID: "line", pgtype.CircleOID: "circle", pgtype.BitOID: "bit", pgtype.VarbitOID: "bit varying",
	3614: "tsvector", 3615: "tsquery", 3220: "pg_lsn", pgtype.TIDOID: "tid", pgtype.RecordOID: "record",
}

// A shape is one message of PostgreSQL about a value that it cannot read.
type shape struct {
	state string
	text  string // in it, % is the type and $ the value or a part of it
	// types are those to which it applies, separated by spaces; empty for all.
	types string
	// part tells that $ may be a part of the value. Which part is known from the
	// server's text only, and from that only in English.
	part bool
}

const times = "date time time_with_time_zone timestamp timestamp_with_time_zone"

var shapes = []shape{
	{state: "22P02", text: `invalid input syntax for type %`, types: "json bytea"},
	{state: "22P02", text: `"$" is not a valid binary digit`, types: "bit bit_varying", part: true},
	{state: "22P02", text: `"$" is not a valid hexadecimal digit`, types: "bit bit_varying", part: true},
	{state: "22P02", text: `invalid input syntax for type %: "$"`},
	{state: "22P02", text: `invalid cidr value: "$"`, types: "cidr", part: true},
	{state: "22003", text: `"$" is out of range for type %`, types: "real double_precision"},
	{state: "22003", text: `value overflows numeric format`, types: "numeric"},
	{state: "22003", text: `value "$" is out of range for type %`},
	{state: "22007", text: `invalid input syntax for type %: "$"`},
	{state: "22008", text: `date/time field value out of range: "$"`, types: times},
	{state: "22008", text: `date out of range: "$"`, types: "date", part: true},
	{state: "22008", text: `timestamp out of range: "$"`, types: "timestamp timestamp_with_time_zone", part: true},
	{state: "22009", text: `time zone displacement out of range: "$"`, types: times},
	{state: "22015", text: `interval field value out of range: "$"`, types: "interval"},
	{state: "22023", text: `time zone "$" not recognized`, types: times, part: true},
	{state: "22023", text: `invalid hexadecimal digit: "$"`, types: "bytea", part: true},
	{state: "22023", text: `invalid hexadecimal data: odd number of digits`, types: "bytea", part: true},
	{state: "22P05", text: `unsupported Unicode escape sequence`, types: "json"},
	{state: "42601", text: `syntax error in %: "$"`, types: "tsvector tsquery"},
	{state: "0A000", text: `input of anonymous composite types is not implemented`, types: "record"},
}

// applies reports whether PostgreSQL can say s of a value of type name.
func (s *shape) applies(state, name string) bool {
	if s.state != state {
		return false
	}
	if s.types == "" {
		return true
	}
	return strings.Contains(" "+s.types+" ", " "+strings.ReplaceAll(name, " ", "_")+" ")
}

// around is what s says before and after the value.
func (s *shape) around(name string) (before, after string, quotes bool) {
	before, after, quotes = strings.Cut(s.text, "$")
	return strings.Replace(before, "%", name, 1), strings.Replace(after, "%", name, 1), quotes
}

// of is what s says of a value.
func (s *shape) of(name, value string) string {
	before, after, quotes := s.around(name)
	if !quotes {
		return before
	}
	return before + value + after
}

// finds is the part of value of which said says s.
func (s *shape) finds(said, name, value string) (part string, ok bool) {
	before, after, quotes := s.around(name)
	if !quotes {
		return "", said == before
	}
	if part, ok = strings.CutPrefix(said, before); ok {
		part, ok = strings.CutSuffix(part, after)
	}
	// A time zone is quoted in lower case.
	return part, ok && (strings.Contains(value, part) || strings.Contains(strings.ToLower(value), part))
}

// inputWords is the message about a value of type name that could not be read. said is the
// server's own text, in any language; it selects the shape. whole tells that the value
// is not a list of values. Empty if no shape fits.
func inputWords(state, said, name, value string, whole bool) string {
	var otherwise string
	for i := range shapes {
		s := &shapes[i]
		if !s.applies(state, name) {
			continue
		}
		if part, ok := s.finds(said, name, value); ok {
			return s.of(name, part)
		}
		if s.part && s.types != "" && otherwise == "" {
			whole = false // the shapes behind it are for other types
		}
		if otherwise == "" && whole && !s.part {
			otherwise = s.of(name, value)
		}
	}
	return otherwise
}

// systemTypes knows the element types of built-in arrays and ranges.
var systemTypes = sync.OnceValue(pgtype.NewMap)

// elementOf is the element type of an array or range, and which of these it is.
func elementOf(oid uint32) (element uint32, kind string) {
	t, ok := systemTypes().TypeForOID(oid)
	if !ok {
		return 0, ""
	}
	switch codec := t.Codec.(type) {
	case *pgtype.ArrayCodec:
		return codec.ElementType.OID, "array"
	case *pgtype.RangeCodec:
		return codec.ElementType.OID, "range"
	case *pgtype.MultirangeCodec:
		if inner, ok := codec.ElementType.Codec.(*pgtype.RangeCodec); ok {
			return inner.ElementType.OID, "multirange"
		}
	}
	return 0, ""
}

// readers are the server's functions that report a malformed literal.
var readers = map[string]string{
	"array":      " array_in ArrayCount ArrayGetNItems ReadArrayStr ReadArrayDimensions ReadArrayToken ReadDimensionInt ",
	"range":      " range_parse range_parse_bound range_parse_flags ",
	"multirange": " multirange_in ",
}

// parameterWords are those about parameter n, which the server could not read.
func (m *maker) parameterWords(x *wire.Failure, n int) string {
	state, oid, value := x.Said.Code, x.ParamTypes[n], string(x.Statement.Params[n])
	from := m.plan.Parameter(m.query, n)
	if from.Mandatory { // the caller has not chosen the value
		return ""
	}
	if state == "22021" && strings.IndexByte(value, 0) >= 0 {
		return `invalid byte sequence for encoding "UTF8": 0x00`
	}
	if !utf8.ValidString(value) {
		return ""
	}
	if state == "54001" {
		return constants[state].text
	}
	if x.Said.Routine == "enum_in" { // PostgreSQL's own code, though the type is not
		if name, list := m.enum(from); name != "" {
			return enumWords(x.Said.Message, name, value, list)
		}
		return ""
	}
	if name, ok := parameterTypes[oid]; ok {
		return inputWords(state, x.Said.Message, name, value, true)
	}
	element, kind := elementOf(oid)
	name, ok := parameterTypes[element]
	switch {
	case !ok:
		return ""
	case kind == "array" && state == "54000":
		return "number of array dimensions exceeds the maximum allowed (6)"
	case kind != "array" && state == "22000":
		return "range lower bound must be less than or equal to range upper bound"
	case state == "22P02" && strings.Contains(readers[kind], " "+x.Said.Routine+" "):
		return "malformed " + kind + ` literal: "` + value + `"`
	}
	return inputWords(state, x.Said.Message, name, value, false)
}

// enum is the type of the column that a parameter of the filter is compared with, or of an
// argument, which is an enum, and whether the parameter is a list of its values.
func (m *maker) enum(p compile.Parameter) (name string, list bool) {
	if p.Arg != nil {
		return strings.CutSuffix(m.table.Call.Param(p.Arg.Name).Type, "[]")
	}
	if p.Test == nil {
		return "", false
	}
	table := p.Table
	if table == nil {
		table = m.table
	}
	if c := table.Column(p.Test.Field.Column); c != nil && len(p.Test.Field.Path) == 0 {
		name, array := strings.CutSuffix(c.Type, "[]")
		return name, array || p.Test.HasList()
	}
	return "", false
}

func enumWords(said, name, value string, list bool) string {
	s := shape{text: `invalid input value for enum %: "$"`}
	if part, ok := s.finds(said, name, value); ok {
		return s.of(name, part)
	}
	if list {
		return ""
	}
	return s.of(name, value)
}
