package dbcontents

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// The Store's own questions are encoded and decoded here. The type map of a
// connection may have its owner's codecs, which are for values that he reads.

// textArray is the text form of a text[]; nil is null.
func textArray(list []string) []byte {
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

// typeMap is for the answers to them. It is used by whoever holds the connection.
func (m *connMemory) typeMap() *pgtype.Map {
	if m.types == nil {
		m.types = pgtype.NewMap()
	}
	return m.types
}
