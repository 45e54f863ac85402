package fill

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// value fills field, if there is one, with a value.
func (f *filler) value(m *encode.Member, field reflect.Value, g given) error {
	oid, format, src, ok := g.next()
	if !ok {
		return ErrMalformed
	}
	if !field.IsValid() {
		return nil
	}
	err := f.scan(m, oid, format, src, field.Addr().Interface())
	if err != nil {
		return fmt.Errorf("%q: %w", m.Name, err)
	}
	return nil
}

func (f *filler) scan(m *encode.Member, oid uint32, format int16, src []byte, dest any) error {
	switch {
	case m.Source == 0 || src == nil:
		if oid == 0 {
			oid = pgtype.TextOID // whatever it is, it comes as text
		}
		return f.types.Scan(oid, format, src, dest)
	case m.Source == pgtype.JSONOID || len(src) > 0 && src[0] != '"':
		if m.Source != pgtype.JSONOID { // the text of a number
			return f.types.Scan(m.Source, encode.TextForm, src, dest)
		}
		return json.Unmarshal(src, dest)
	}
	var text string
	if err := json.Unmarshal(src, &text); err != nil {
		return err
	}
	return f.types.Scan(m.Source, encode.TextForm, []byte(text), dest)
}

// asJSON fills field, if there is one, from the JSON of related rows.
func (f *filler) asJSON(m *encode.Member, field reflect.Value, g given) error {
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
	text, cut := m.AppendJSON(nil, 0, values)
	*f.cut = *f.cut || cut
	if text == nil {
		return ErrMalformed
	}
	if err := json.Unmarshal(text, field.Addr().Interface()); err != nil {
		return fmt.Errorf("%q: %w", m.Name, err)
	}
	return nil
}
