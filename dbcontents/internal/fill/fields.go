package fill

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A field is one of a struct that a column can go to.
type field struct {
	number int    // of the fields
	name   string // with the struct's, for people
	index  []int  // see [at]
	typ    reflect.Type
}

// fields are those of a struct, by what columns may call them. They do not change.
type fields struct {
	count  int
	tagged map[string]*field // by a tag db
	json   map[string]*field // by a tag json, of those without a tag db
	named  map[string]*field // by the name, see folded, of those without a tag db
}

// Structs remembers the fields of structs. The zero value is ready to use, also concurrently. A program
// has so many types and no more.
type Structs struct {
	// MaxJSON is the most bytes of JSON that is made of related rows for one field; 0 is no limit.
	MaxJSON int
	known   sync.Map
}

func (s *Structs) fieldsOf(t reflect.Type) *fields {
	known, ok := s.known.Load(t)
	if !ok {
		known, _ = s.known.LoadOrStore(t, newFields(t))
	}
	return known.(*fields)
}

func newFields(t reflect.Type) *fields {
	all := &fields{tagged: map[string]*field{}, json: map[string]*field{}, named: map[string]*field{}}
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
		one := &field{number: all.count, name: f.Name, index: f.Index, typ: f.Type}
		all.count++
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

// assign finds the field of each of these members, nil for those without one. A field goes to one member:
// a tag db decides first, then a tag json, then the name.
func (all *fields) assign(members []*encode.Member) (found []*field, taken []bool) {
	found, taken = make([]*field, len(members)), make([]bool, all.count)
	give := func(i int, f *field) {
		if f != nil && found[i] == nil && !taken[f.number] {
			found[i], taken[f.number] = f, true
		}
	}
	for i, m := range members {
		give(i, all.tagged[m.Name])
	}
	for i, m := range members {
		give(i, all.json[m.Name])
	}
	for i, m := range members {
		if found[i] == nil {
			give(i, all.named[folded(m.Name)])
		}
	}
	return found, taken
}

// appendLeaves appends members, and those of spreads in the place of these.
func appendLeaves(leaves []*encode.Member, members []encode.Member) []*encode.Member {
	for i := range members {
		if m := &members[i]; m.Embed != nil && m.Embed.Spread {
			leaves = appendLeaves(leaves, m.Embed.Members)
		} else {
			leaves = append(leaves, m)
		}
	}
	return leaves
}

// isStruct reports whether t is a struct or a pointer to one.
func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// reachable reports whether a field is one of t's own and can be set. Those of an embedded struct that a tag db
// names are the fields of that one, and reflect cannot set an embedded pointer whose type is not exported.
func reachable(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		f := t.Field(i)
		if tag, _, _ := strings.Cut(f.Tag.Get("db"), ","); tag != "" {
			return false
		}
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
