package fill

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"
)

// A Mismatch is the error for a value that does not fit what it is to be put into.
type Mismatch struct {
	Column, Type string       // of the database; the Type may be empty
	Field        string       // empty if there is none
	Into         reflect.Type // of the field, or of what there is in its place
	Null         bool
	Err          error // pgx's, which may quote the value
}

// Error names both sides, in words that do not depend on pgx.
func (e *Mismatch) Error() string {
	into := e.Into.String()
	if e.Field != "" {
		into = "the field " + e.Field + " of type " + into
	}
	if e.Null {
		return fmt.Sprintf("column %q is null, which does not fit %s", e.Column, into)
	}
	column := "column " + strconv.Quote(e.Column)
	if e.Type != "" {
		column += " of type " + e.Type
	}
	text := column + " does not fit " + into
	if e.Type == "json" || e.Type == "jsonb" {
		text += ": " + e.Err.Error() // which says where in the document
	}
	return text
}

// Unwrap returns pgx's error.
func (e *Mismatch) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *Mismatch) Hint() string {
	if e.Null {
		return "use a type that can be null, such as *" + e.Into.String() + ", or leave out the rows in which the column is null"
	}
	return "use a type that holds every value of the column, such as " + e.fitting() + ", or convert the column with Field.Cast"
}

// fitting is a Go type for the column.
func (e *Mismatch) fitting() string {
	switch e.Type {
	case "int2", "int4", "int8":
		return "int64"
	case "float4", "float8":
		return "float64"
	case "numeric":
		return "string, float64 or pgtype.Numeric"
	case "bool":
		return "bool"
	case "bytea":
		return "[]byte"
	case "json", "jsonb":
		return "json.RawMessage"
	case "date", "timestamp", "timestamptz":
		return "time.Time"
	}
	if len(e.Type) > 1 && e.Type[0] == '_' {
		return "a slice"
	}
	return "string"
}

// A Homeless is the error for a column that has no field.
type Homeless struct {
	Column string
	Type   reflect.Type // of the struct
}

// Error names the column.
func (e *Homeless) Error() string {
	return fmt.Sprintf("there is no field in %s for the column %q", e.Type, e.Column)
}

// Hint says what to do.
func (e *Homeless) Hint() string {
	return "add a field of that name or with the tag db, or leave the column out of Query.Select"
}

// TypeName is what pgx calls a type, empty if it does not know it.
func TypeName(types *pgtype.Map, oid uint32) string {
	if t, ok := types.TypeForOID(oid); ok {
		return t.Name
	}
	return ""
}
