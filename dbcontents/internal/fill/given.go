package fill

import "github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"

// A given gives values one after the other: those of a row, or of a record.
type given interface {
	next() (oid uint32, format int16, src []byte, ok bool)
}

// A givenRow is the values of a row.
type givenRow struct {
	values  [][]byte
	types   []uint32
	formats []int16
}

func (g *givenRow) next() (oid uint32, format int16, src []byte, ok bool) {
	if len(g.values) == 0 {
		return 0, 0, nil, false
	}
	oid, format, src = g.types[0], g.formats[0], g.values[0]
	g.values, g.types, g.formats = g.values[1:], g.types[1:], g.formats[1:]
	return oid, format, src, true
}

// A givenRecord is the fields of a record.
type givenRecord struct{ record encode.Record }

func (g *givenRecord) next() (oid uint32, format int16, src []byte, ok bool) {
	oid, src, ok = g.record.Next()
	return oid, encode.BinaryForm, src, ok
}
