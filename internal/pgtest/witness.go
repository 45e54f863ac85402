package pgtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A Witness is a private server that is to testify that of hostile texts
// nothing was run. All of them hold Word, the name of a function that raises an error.
type Witness struct {
	*Server
	word, table string
	conn        *pgx.Conn
	state       string
	earlier     int // statements
}

// WitnessDatabase is the database of a Witness.
const WitnessDatabase = "postgres"

// NewWitness starts one with the tables that setup makes; table, which has a
// column id, is the one that is looked at. The server ends with the test.
func NewWitness(t *testing.T, word, table string, setup ...string) *Witness {
	t.Helper()
	server, err := Private(t.Context(), LogStatements...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	w := &Witness{Server: server, word: word, table: table}
	if w.conn, err = pgx.Connect(t.Context(), server.DSN(WitnessDatabase)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close(context.Background()) })
	raise := `CREATE FUNCTION ` + word + `() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '` + word + ` ran'; END $$`
	for _, sql := range append(setup, raise) {
		if _, err := w.conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	w.state = w.see(t)
	w.earlier = len(w.statements(t))
	return w
}

// see is a digest of the table's rows, of all relations and of how many functions there are.
func (w *Witness) see(t *testing.T) (state string) {
	t.Helper()
	err := w.conn.QueryRow(t.Context(), `SELECT md5(string_agg(t::text, ',' ORDER BY id)) || (SELECT md5(string_agg(c::text, ',' ORDER BY oid)) FROM
		(SELECT oid, relname, relkind, relnatts FROM pg_class) c) || (SELECT count(*) FROM pg_proc) FROM `+w.table+` t`).Scan(&state)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func (w *Witness) statements(t *testing.T) []string {
	t.Helper()
	statements, err := w.Statements(t.Context(), WitnessDatabase)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// Testify fails the test unless nothing has changed, and what was run for so
// many answers begins in one of these ways and holds the word in quoted names
// and constants only.
func (w *Witness) Testify(t *testing.T, answers int, beginnings ...string) {
	t.Helper()
	statements := w.statements(t)[w.earlier:]
	if len(statements) < answers {
		t.Errorf("%d statements for %d answers", len(statements), answers)
	}
	quoted := 0
	for _, statement := range statements {
		bare := Unquoted(statement)
		foreign := slices.ContainsFunc([]string{w.word, ";", `\`, "--", "/*", "$$"}, func(s string) bool { return strings.Contains(bare, s) })
		begins := func(s string) bool { return strings.HasPrefix(strings.TrimLeft(bare, " \n\t"), s) }
		if foreign || !slices.ContainsFunc(beginnings, begins) {
			t.Errorf("the server was told %.500q", statement)
		}
		if len(bare) < len(statement) && strings.Contains(statement, w.word) {
			quoted++
		}
	}
	if quoted == 0 {
		t.Error("no statement holds the text even in quotes: the test looks at the wrong ones")
	}
	if w.see(t) != w.state {
		t.Error("the tables have changed")
	}
	t.Logf("%d statements, %d of them with the text in quotes", len(statements), quoted)
}
