package wire

import (
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Questions of our own are encoded and decoded here. The type map of a
// connection may have its owner's codecs, which are for the values that the owner reads.

// TextArray is the text form of a text[]; nil is null.
func TextArray(list []string) []byte {
	if list == nil {
		return nil
	}
	text := []byte{'{'}
	for i, s := range list {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, '"'), arrayEscapes.Replace(s)...), '"')
	}
	return append(text, '}')
}

var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// ScanEach gives each row of statement number n to add, which is to call scan with a
// destination for each column. The columns must have been asked for as text.
func (f *Flight) ScanEach(n int, add func(scan func(dest ...any) error) error) error {
	for {
		values, err := f.Row(n)
		if values == nil || err != nil {
			return err
		}
		if err = add(func(dest ...any) error { return f.Scan(n, values, dest...) }); err != nil {
			return err
		}
	}
}

// Scan copies a row of statement number n to dest.
func (f *Flight) Scan(n int, values [][]byte, dest ...any) error {
	return pgx.ScanRow(f.memory.typeMap(), f.prepared[n].fields(), values, dest...)
}

// typeMap decodes the results of our own statements. It is used by whoever holds
// the connection.
func (m *Memory) typeMap() *pgtype.Map {
	if m.types == nil {
		m.types = pgtype.NewMap()
	}
	return m.types
}
