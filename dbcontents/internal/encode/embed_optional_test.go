package encode_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/encode"
)

// TestOptionalEmbed tells rows that cannot be, as what they are related to is missing, from no rows.
func TestOptionalEmbed(t *testing.T) {
	t.Parallel()
	optional := func() *encode.Embed { return &encode.Embed{Many: true, Optional: true} }
	spread := func() *encode.Embed { return &encode.Embed{Many: true, Optional: true, Spread: true} }
	for _, tt := range []struct {
		reason string
		embed  func() *encode.Embed
		value  []byte
		strip  bool
		want   string
	}{
		{"missing", optional, nil, false, `{"row":{"of":null}}`},
		{"no rows", optional, records(), false, `{"row":{"of":[]}}`},
		{"rows", optional, records(record(id(1))), false, `{"row":{"of":[{"id":1}]}}`},
		{"missing, without nulls", optional, nil, true, `{"row":{}}`},
		{"spread of what is missing", spread, nil, false, `{"row":{"id":null}}`},
		{"spread of no rows", spread, records(), false, `{"row":{"id":[]}}`},
		{"spread of rows", spread, records(record(id(1)), record(id(2))), false, `{"row":{"id":[1,2]}}`},
		{"spread of what is missing, without nulls", spread, nil, true, `{"row":{}}`},
	} {
		o := encode.Options{StripNulls: tt.strip}
		m := embed("row", toOne, embed("of", tt.embed, inRecord("id", pgtype.Int4OID)))(encode.JSON, o)
		w := encode.NewWriter(encode.JSON, o, []encode.Member{m})
		if got := string(w.Row(nil, row(there(true), tt.value), true)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.reason, got, tt.want)
		}
	}
}
