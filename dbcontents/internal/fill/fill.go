// Package fill fills Go structs from rows, as they come over the wire.
package fill

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A Filler fills structs of one type from rows. It is used by one goroutine.
type Filler struct {
	filler
	oids    []uint32 // of the values of a row
	formats []int16
}

// New makes the Filler of structs of type t, from rows of these members whose values have these
// types and forms. Each member must have a field.
func (s *Structs) New(types *pgtype.Map, t reflect.Type, members []encode.Member, oids []uint32, formats []int16) (*Filler, error) {
	f := newFiller(s, types, t, members, new(bool))
	for i := range f.parts {
		if p := &f.parts[i]; p.field == nil && p.spread == nil {
			return nil, &Homeless{Column: p.member.Name, Type: t}
		}
	}
	return &Filler{*f, oids, formats}, nil
}

// Fill fills v, a struct, from the values of a row. cut tells that related rows were left out,
// see Most of [encode.Embed].
func (f *Filler) Fill(v reflect.Value, values [][]byte) (cut bool, err error) {
	err = f.fill(v, &givenRow{values, f.oids, f.formats})
	return *f.cut, err
}

// A filler fills structs of one type from rows or records.
type filler struct {
	structs *Structs
	types   *pgtype.Map
	parts   []part
	cut     *bool // related rows were left out
}

// A part is what a filler does with one member.
type part struct {
	member *encode.Member
	field  *field       // of the struct; nil if it has none
	scan   scan         // into that field
	typ    reflect.Type // of the structs for related rows, nil if these are taken as JSON
	filler *filler      // of these
	spread []part       // of a spread of many rows: one for each of its columns
}

// newFiller makes the filler of structs of type t.
func newFiller(structs *Structs, types *pgtype.Map, t reflect.Type, members []encode.Member, cut *bool) *filler {
	f := &filler{structs: structs, types: types, cut: cut, parts: make([]part, len(members))}
	found, _ := structs.fieldsOf(t).assign(appendLeaves(make([]*encode.Member, 0, len(members)), members))
	for i := range members {
		f.parts[i] = f.part(&found, &members[i])
	}
	return f
}

// part makes what is done with a member. found begins with the fields of its leaves, which it takes away.
func (f *filler) part(found *[]*field, m *encode.Member) part {
	p := part{member: m}
	if m.Embed != nil && m.Embed.Spread {
		for i := range m.Embed.Members {
			p.spread = append(p.spread, f.part(found, &m.Embed.Members[i]))
		}
		return p
	}
	p.field, *found = (*found)[0], (*found)[1:]
	if m.Embed == nil || p.field == nil {
		return p
	}
	typ := p.field.typ
	if m.Embed.Many && typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	} else if m.Embed.Many {
		return p
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if IsRecord(typ) {
		p.typ, p.filler = typ, newFiller(f.structs, f.types, typ, m.Embed.Members, f.cut)
	}
	return p
}

// ErrMalformed is for a row that is not what its members say.
var ErrMalformed = errors.New("a value is not what its type says")

// ErrTooLarge is for related rows of which more JSON would be made than MaxJSON of [Structs].
var ErrTooLarge = errors.New("related rows are too large as JSON")

// fill fills v, a struct.
func (f *filler) fill(v reflect.Value, g given) error {
	for i := range f.parts {
		if err := f.fillPart(&f.parts[i], v, g); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) fillPart(p *part, v reflect.Value, g given) error {
	m := p.member
	var field reflect.Value
	if p.field != nil {
		field = at(v, p.field.index)
	}
	switch {
	case m.Embed == nil:
		return f.value(p, field, g)
	case p.spread != nil:
		_, _, src, ok := g.next()
		if !ok {
			return ErrMalformed
		}
		return f.spread(p, v, src)
	case p.filler == nil:
		return f.asJSON(p, field, g)
	case m.Embed.Many:
		_, _, src, ok := g.next()
		if !ok {
			return ErrMalformed
		}
		return p.many(field, src)
	}
	return p.one(field, g)
}

// one fills field, which is a struct or a pointer to one. Without a related row it is zero.
func (p *part) one(field reflect.Value, g given) error {
	_, _, marker, ok := g.next()
	if !ok {
		return ErrMalformed
	}
	field.SetZero()
	if marker == nil {
		for range p.member.Values() - 1 {
			g.next()
		}
		return nil
	}
	return p.filler.fill(p.structIn(field), g)
}

// structIn is the struct to fill: field, which is zero, or what it is made to point to.
func (p *part) structIn(field reflect.Value) reflect.Value {
	if field.Kind() != reflect.Pointer {
		return field
	}
	field.Set(reflect.New(p.typ))
	return field.Elem()
}

// many fills field, which is a slice of structs or of pointers to them. Without related
// rows it is empty, and not nil.
func (p *part) many(field reflect.Value, src []byte) error {
	records, n := p.filler.read(p.member.Embed, src)
	field.Set(reflect.MakeSlice(field.Type(), n, n))
	g := &givenRecord{}
	for i := range n {
		var ok bool
		if g.record, ok = records.Next(); !ok {
			return ErrMalformed
		}
		if err := p.filler.fill(p.structIn(field.Index(i)), g); err != nil {
			return err
		}
		if !g.record.OK() {
			return ErrMalformed
		}
	}
	return nil
}

// read begins to read the rows of e, of which n are taken.
func (f *filler) read(e *encode.Embed, src []byte) (records encode.Records, n int) {
	records = encode.ReadRecords(src)
	n = records.Len()
	if e.Most > 0 && int64(n) > e.Most {
		*f.cut = true
		n = int(e.Most)
	}
	return records, n
}

// spread fills a slice for each column of a spread.
func (f *filler) spread(p *part, v reflect.Value, src []byte) error {
	m := p.member
	for skip, i := 0, 0; i < len(p.spread); i++ {
		column := &p.spread[i]
		if column.spread != nil {
			return errors.New("the columns of a spread within a spread are arrays of arrays, which are read by Values or WriteTo only")
		}
		if err := f.spreadColumn(m.Embed, column, v, src, skip); err != nil {
			return err
		}
		skip += column.member.Values()
	}
	return nil
}

// spreadColumn fills the slice for a column of a spread, before which each record has skip values.
func (f *filler) spreadColumn(e *encode.Embed, column *part, v reflect.Value, src []byte, skip int) error {
	if column.field == nil {
		return nil
	}
	field := at(v, column.field.index)
	if field.Kind() != reflect.Slice {
		return fmt.Errorf("the column %q of a spread needs a slice, and the field %s is a %s", column.member.Name, column.field.name, field.Type())
	}
	records, n := f.read(e, src)
	field.Set(reflect.MakeSlice(field.Type(), n, n))
	g := &givenRecord{}
	for i := range n {
		var ok bool
		if g.record, ok = records.Next(); !ok {
			return ErrMalformed
		}
		for range skip {
			g.next()
		}
		var err error
		if column.member.Embed == nil {
			err = f.value(column, field.Index(i), g)
		} else {
			err = f.asJSON(column, field.Index(i), g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
