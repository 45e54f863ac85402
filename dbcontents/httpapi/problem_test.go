package httpapi

import (
	"encoding/json"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// What the Store says about embeds has PostgREST's codes. The details of an ambiguous
// relationship are an array, and those of all others text.
func TestProblemsOfEmbeds(t *testing.T) {
	t.Parallel()
	const list = `[{"cardinality":"many-to-one","embedding":"a with b","relationship":"fk using a(b_id) and b(id)"}]`
	for _, tt := range []struct{ cause, addition, code, details string }{
		{"relationship_missing", "Searched for it", "PGRST200", `"Searched for it"`},
		{"relationship_missing", "[]", "PGRST200", `"[]"`},
		{"relationship_ambiguous", list, "PGRST201", list},
		{"relationship_ambiguous", "no JSON", "PGRST201", `"no JSON"`},
		{"relationship_ambiguous", "", "PGRST201", "null"},
		{"embed_unknown", "", "PGRST108", "null"},
		{"related_order", "They do not form one", "PGRST118", `"They do not form one"`},
		{"spread_aggregate", "", "PGRST127", "null"},
	} {
		x := exchange{h: new(Handler)}
		p := x.problemOf(&dbcontents.Error{Code: tt.cause, Addition: tt.addition})
		details, err := json.Marshal(p.Details)
		if err != nil || p.Code != tt.code || p.Cause != tt.cause || string(details) != tt.details {
			t.Errorf("%s: %s %s, %s, %v; want %s %s", tt.cause, p.Code, p.Cause, details, err, tt.code, tt.details)
		}
	}
}
