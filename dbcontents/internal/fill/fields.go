package fill

import (
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// fieldsOf are the fields of a struct by what they are called: a tag, behind an equals sign,
// or the name without underscores and in lower case.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		tag, tagged := f.Tag.Lookup("db")
		tag, _, _ = strings.Cut(tag, ",")
		key := folded(f.Name)
		if tagged && tag != "" {
			key = "=" + tag
		}
		if !f.IsExported() || tag == "-" || f.Anonymous && f.Type.Kind() == reflect.Struct && !tagged || fields[key] != nil || crossesPointer(t, f.Index) {
			continue
		}
		fields[key] = f.Index
	}
	return fields
}

// crossesPointer reports whether a field is one of a struct that is embedded by a pointer.
func crossesPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() != reflect.Struct {
			return true
		}
	}
	return false
}

func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// IsRecord tells structs with fields to fill from those that are one value to
// pgx, and from those that cannot be filled at all.
func IsRecord(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || !slices.ContainsFunc(reflect.VisibleFields(t), reflect.StructField.IsExported) {
		return false
	}
	value := reflect.New(t).Interface()
	_, _, known := pgtype.TryWrapBuiltinTypeScanPlan(value) // time.Time, net.IPNet, ...
	return !known && !takesValues(value)
}

// takesValues reports whether v is made to be scanned into, by one of the ways that pgx knows.
func takesValues(v any) bool {
	switch v.(type) {
	case interface{ Scan(any) error },
		pgtype.ArraySetter, pgtype.CompositeIndexScanner, pgtype.RangeScanner,
		pgtype.BitsScanner, pgtype.BoolScanner, pgtype.BoxScanner, pgtype.BytesScanner, pgtype.CircleScanner, pgtype.DateScanner,
		pgtype.Float64Scanner, pgtype.HstoreScanner, pgtype.Int64Scanner, pgtype.IntervalScanner, pgtype.LineScanner, pgtype.LsegScanner,
		pgtype.NetipPrefixScanner, pgtype.NumericScanner, pgtype.PathScanner, pgtype.PointScanner, pgtype.PolygonScanner, pgtype.TIDScanner,
		pgtype.TSVectorScanner, pgtype.TextScanner, pgtype.TimeScanner, pgtype.TimestampScanner, pgtype.TimestamptzScanner,
		pgtype.Uint32Scanner, pgtype.Uint64Scanner, pgtype.UUIDScanner:
		return true
	}
	return false
}
