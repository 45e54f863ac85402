package wire

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Where an error came up is told from its context, in every language that
// PostgreSQL speaks.
func TestParameterOfAFailure(t *testing.T) {
	t.Parallel()
	values := [][]byte{[]byte("it's"), []byte("2024-01-01"), nil}
	at := func(step Step, where string) (int, bool) {
		x := Failure{Said: &pgconn.PgError{Where: where}, Statement: Statement{Params: values}, Step: step, ParamTypes: []uint32{25, 1082, 23}}
		return x.Parameter()
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
			for _, step := range []Step{Sent, bound} {
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
