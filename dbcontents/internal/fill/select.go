package fill

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// Select returns the columns to read for structs of type t: those of the given ones that have a field,
// and what else tags db name, which may be computed columns. It fails if there are none, and
// if a field is for rows of a related table, as its name does not say which.
func (s *Structs) Select(t reflect.Type, columns []string) ([]string, error) {
	all := s.fieldsOf(t)
	members := make([]*encode.Member, len(columns))
	for i, name := range columns {
		members[i] = &encode.Member{Name: name}
	}
	found, taken := all.assign(members)
	var names []string
	for i, f := range found {
		if f != nil {
			names = append(names, columns[i])
		}
	}
	for _, of := range []map[string]*field{all.tagged, all.named} {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			if f := of[name]; !taken[f.number] && holdsRecords(f.typ) {
				return nil, fmt.Errorf("the field %s is for rows of a related table, which only Query.Select can embed", f.name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all.tagged)) {
		if !taken[all.tagged[name].number] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no field of %s has the name of a column", t)
	}
	return names, nil
}

// holdsRecords reports whether t is a struct to fill, a pointer to one, or a slice of either.
func holdsRecords(t reflect.Type) bool {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return IsRecord(t)
}
