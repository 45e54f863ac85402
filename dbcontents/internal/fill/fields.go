package fill

import (
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A field is one of a struct that a column can go to.
type field struct {
	name  string // with the struct's, for people
	index []int  // see [at]
	typ   reflect.Type
	taken bool
}

// fields are those of a struct, by what columns may call them.
type fields struct {
	tagged map[string]*field // by a tag db
	json   map[string]*field // by a tag json, of those without a tag db
	named  map[string]*field // by the name, see folded, of those without a tag db
}

func fieldsOf(t reflect.Type) fields {
	all := fields{map[string]*field{}, map[string]*field{}, map[string]*field{}}
	add := func(to map[string]*field, key string, f *field) {
		if key != "" && to[key] == nil {
			to[key] = f
		}
	}
	for _, f := range reflect.VisibleFields(t) {
		db, ok := f.Tag.Lookup("db")
		db, _, _ = strings.Cut(db, ",")
		if !f.IsExported() || db == "-" || f.Anonymous && !ok && isStruct(f.Type) || !reachable(t, f.Index) {
			continue
		}
		one := &field{name: f.Name, index: f.Index, typ: f.Type}
		if t.Name() != "" {
			one.name = t.Name() + "." + f.Name
		}
		if db != "" {
			add(all.tagged, db, one)
			continue
		}
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "-" {
			add(all.json, tag, one)
		}
		add(all.named, folded(f.Name), one)
	}
	return all
}

// assign finds the field of each member, spreads' members included. A field goes to one member:
// a tag db decides first, then a tag json, then the name.
func (all *fields) assign(members []encode.Member) map[*encode.Member]*field {
	found := map[*encode.Member]*field{}
	for _, by := range []func(string) *field{
		func(name string) *field { return all.tagged[name] },
		func(name string) *field { return all.json[name] },
		func(name string) *field { return all.named[folded(name)] },
	} {
		for m := range leaves(members) {
			if f := by(m.Name); f != nil && !f.taken && found[m] == nil {
				found[m], f.taken = f, true
			}
		}
	}
	return found
}

// leaves are members, those of spreads in the place of these.
func leaves(members []encode.Member) iter.Seq[*encode.Member] {
	return func(yield func(*encode.Member) bool) {
		for i := range members {
			m := &members[i]
			if m.Embed == nil || !m.Embed.Spread {
				if !yield(m) {
					return
				}
				continue
			}
			for inner := range leaves(m.Embed.Members) {
				if !yield(inner) {
					return
				}
			}
		}
	}
}

// isStruct reports whether t is a struct or a pointer to one.
func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// reachable reports whether a field can be set: reflect cannot set an embedded pointer whose type
// is not exported.
func reachable(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := t.Field(i)
		if t = f.Type; t.Kind() == reflect.Pointer {
			if t = t.Elem(); !f.IsExported() {
				return false
			}
		}
	}
	return true
}

// at is a field of the struct v. Embedded pointers on the way to it are made to point to something.
func at(v reflect.Value, index []int) reflect.Value {
	if len(index) == 1 {
		return v.Field(index[0])
	}
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v
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
