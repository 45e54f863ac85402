package message

import (
	"strings"
	"testing"
)

// A value's words hold what was sent of it, and a text of ours.
func TestWordsOfAnInput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state, said, name, value string
		whole                    bool
		want                     string
	}{
		{"22P02", `invalid input syntax for type integer: "x"`, "integer", "x", true, `invalid input syntax for type integer: "x"`},
		{"22P02", `ungültig: »x«`, "integer", "x", true, `invalid input syntax for type integer: "x"`},
		{"22P02", `ungültig: »x«`, "integer", `{1,x}`, false, ""},
		{"22P02", `invalid input syntax for type integer: "secret"`, "integer", `{1,x}`, false, ""},
		{"22P02", `invalid input syntax for type integer: "secret"`, "integer", "x", true, `invalid input syntax for type integer: "x"`},
		{"22P02", `invalid input syntax for type integer: "x"`, "integer", `{1,x}`, false, `invalid input syntax for type integer: "x"`},
		{"22P02", `invalid input syntax for type date: "x"`, "integer", `{1,x}`, false, ""},
		{"22P02", `"2" is not a valid binary digit`, "bit", "12", true, `"2" is not a valid binary digit`},
		{"22P02", `»2« ist keine gültige Binärziffer`, "bit varying", "12", true, ""},
		{"22P02", `was auch immer`, "json", "x", true, "invalid input syntax for type json"},
		{"22P02", `invalid cidr value: "1.2.3.4/8"`, "cidr", "1.2.3.4/8", true, `invalid cidr value: "1.2.3.4/8"`},
		{"22003", `value "9" is out of range for type money`, "money", "9", true, `value "9" is out of range for type money`},
		{"22003", `was auch immer`, "real", "1e99", true, `"1e99" is out of range for type real`},
		{"22008", `timestamp out of range: "x"`, "timestamp", "x", true, `timestamp out of range: "x"`},
		{"22008", `timestamp out of range: "x"`, "integer", "x", true, ""},
		{"22000", `whatever: "x"`, "integer", "x", true, ""},
	} {
		if got := inputWords(tt.state, tt.said, tt.name, tt.value, tt.whole); got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.state, tt.said, got, tt.want)
		}
	}
	for i := range shapes {
		if s := &shapes[i]; strings.Count(s.text, "$") > 1 || strings.Count(s.text, "%") > 1 || s.of(`a"%$`, `b%$`) == "" {
			t.Errorf("%+v", s)
		}
	}
}
