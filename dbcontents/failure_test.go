package dbcontents

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Where an error came up is told from its context, in every language that
// PostgreSQL speaks.
func TestParameterOfAFailure(t *testing.T) {
	t.Parallel()
	values := [][]byte{[]byte("it's"), []byte("2024-01-01"), nil}
	at := func(step step, where string) (int, bool) {
		x := failure{said: &pgconn.PgError{Where: where}, statement: statement{params: values}, step: step, oids: []uint32{25, 1082, 23}}
		return x.parameter()
	}
	for _, context := range []string{
		"unnamed portal parameter $2", "unbenanntes Portal Parameter $2", "portal sin nombre, parámetro 2", "paramètre de portail non nommé $2",
		"parametro portale senza nome $2", "無名ポータルパラメータ $2", "უსახელო პორტალის პარამეტრი $2", "이름없는 포탈 $2 매개 변수",
		"неименованный портал, параметр $2", "ej namngiven portalparameter $2", "параметр порталу без назви $2",
		"JSON data, line 1: $1...\nunnamed portal parameter $2",
	} {
		for _, tail := range []string{"", " = '...'", " = '2024-...'", " = '2024-01-01'"} {
			if n, ok := at(parsed, context+tail); n != 1 || !ok {
				t.Errorf("%q: %d, %v", context+tail, n, ok)
			}
			for _, step := range []step{sent, bound} {
				if _, ok := at(step, context+tail); ok {
					t.Errorf("%q at step %d", context+tail, step)
				}
			}
		}
	}
	if n, ok := at(parsed, "unnamed portal parameter $1 = 'it''s'"); n != 0 || !ok {
		t.Errorf("a quote: %d, %v", n, ok)
	}
	for _, context := range []string{
		"", "unnamed portal parameter $3", "unnamed portal parameter $4", "unnamed portal parameter $0", "unnamed portal parameter $99999999999999999999",
		"unnamed portal parameter $2 = '2025-01-01'", "unnamed portal parameter $2 = 'it''s'", "unnamed portal parameter $1 = ''...'", "parameter $1 = 'it'...'",
		"unnamed portal with parameters: $1 = '...', $2 = '...'", "unnamed portal with parameters: $2 = '2024-01-01'", "unbenanntes Portal mit Parametern: $2 = '...'",
		"portail non nommé avec les paramètres : « $2 = '...' »", "パラメータを持つ無名ポータル: $2 = '...'", "x', $2 = '2024-01-01'",
		"unnamed portal with parameters: $1 = 'x\n $2 = ''2024-01-01'", "unnamed portal with parameters: $1 = 'it''s\n $1 = ''...'",
		"PL/pgSQL function f $2() line 3 at RAISE", "PL/pgSQL-Funktion f2() Zeile 2 bei RAISE", "SQL function \"f $2\" during inlining", "SQL-Funktion »f $2« beim Inlining",
		"SQL statement \"SELECT 1\nFROM t WHERE a $2 = '...'\"\nPL/pgSQL function f() line 1 at RETURN",
		"remote SQL command: SELECT $2", "In PL/R function f2", "in PL/R function f$2", "unnamed portal parameter $2\nPL/pgSQL function f() line 1 at RAISE", "parallel worker",
	} {
		if n, ok := at(parsed, context); ok {
			t.Errorf("%q: %d", context, n)
		}
	}
}

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
