package fill

import (
	"encoding/json"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// A scan is how the values of one column get into one field. It is found out with the first value.
type scan struct {
	plan   pgtype.ScanPlan
	oid    uint32
	format int16
}

// into scans a value into what dest points to.
func (s *scan) into(types *pgtype.Map, oid uint32, format int16, src []byte, dest any) error {
	if s.plan == nil || s.oid != oid || s.format != format {
		s.plan, s.oid, s.format = types.PlanScan(oid, format, dest), oid, format
	}
	return s.plan.Scan(src, dest)
}

// value fills field, if there is one, with a value.
func (f *filler) value(p *part, field reflect.Value, g given) error {
	oid, format, src, ok := g.next()
	if !ok {
		return ErrMalformed
	}
	if !field.IsValid() {
		return nil
	}
	if oid == 0 {
		oid = pgtype.TextOID // whatever it is, it comes as text
	}
	m := p.member
	err := f.scanValue(p, oid, format, src, field.Addr().Interface())
	if err == nil {
		return nil
	}
	if m.Source != 0 {
		oid = m.Source
	}
	return &Mismatch{Column: m.Name, Type: TypeName(f.types, oid), Field: p.field.name, Into: field.Type(), Null: src == nil, Err: err}
}

func (f *filler) scanValue(p *part, oid uint32, format int16, src []byte, dest any) error {
	source := p.member.Source
	switch {
	case source == 0 || src == nil:
		return p.scan.into(f.types, oid, format, src, dest)
	case source == pgtype.JSONOID:
		return json.Unmarshal(src, dest)
	case len(src) > 0 && src[0] != '"': // the text of a number
		return p.scan.into(f.types, source, encode.TextForm, src, dest)
	}
	var text string
	if err := json.Unmarshal(src, &text); err != nil {
		return err
	}
	return p.scan.into(f.types, source, encode.TextForm, []byte(text), dest)
}

// asJSON fills field, if there is one, from the JSON of related rows.
func (f *filler) asJSON(p *part, field reflect.Value, g given) error {
	m := p.member
	values := make([][]byte, m.Values())
	for i := range values {
		_, _, src, ok := g.next()
		if !ok {
			return ErrMalformed
		}
		values[i] = src
	}
	if !field.IsValid() {
		return nil
	}
	most := f.structs.MaxJSON
	text, cut := m.AppendJSON(nil, 0, values, most)
	*f.cut = *f.cut || cut
	switch {
	case text == nil:
		return ErrMalformed
	case most > 0 && len(text) > most:
		return ErrTooLarge
	}
	if err := json.Unmarshal(text, field.Addr().Interface()); err != nil {
		return &Mismatch{Column: m.Name, Type: "json", Field: p.field.name, Into: field.Type(), Err: err}
	}
	return nil
}
