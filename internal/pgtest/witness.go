package pgtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A Witness is a private server that is to testify that of hostile texts
// nothing was run. All of them hold its word, the name of a function that
// raises an error.
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
// column id, is the one that is looked at. The caller stops it.
func NewWitness(ctx context.Context, word, table string, setup ...string) (*Witness, error) {
	server, err := Private(ctx, LogStatements...)
	if err != nil {
		return nil, err
	}
	w := &Witness{Server: server, word: word, table: table}
	if err := w.prepare(ctx, setup); err != nil {
		return nil, errors.Join(err, w.Stop())
	}
	return w, nil
}

func (w *Witness) prepare(ctx context.Context, setup []string) (err error) {
	if w.conn, err = pgx.Connect(ctx, w.DSN(WitnessDatabase)); err != nil {
		return err
	}
	raise := `CREATE FUNCTION ` + w.word + `() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '` + w.word + ` ran'; END $$`
	for _, sql := range append(setup, raise) {
		if _, err := w.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if w.state, err = w.see(ctx); err != nil {
		return err
	}
	statements, err := w.Statements(ctx, WitnessDatabase)
	w.earlier = len(statements)
	return err
}

// Stop ends the server.
func (w *Witness) Stop() error {
	if w.conn != nil {
		w.conn.Close(context.Background())
	}
	return w.Server.Stop()
}

// see is a digest of the table's rows, of all relations and of how many functions there are.
func (w *Witness) see(ctx context.Context) (state string, err error) {
	err = w.conn.QueryRow(ctx, `SELECT md5(string_agg(t::text, ',' ORDER BY id)) || (SELECT md5(string_agg(c::text, ',' ORDER BY oid)) FROM
		(SELECT oid, relname, relkind, relnatts FROM pg_class) c) || (SELECT count(*) FROM pg_proc) FROM `+w.table+` t`).Scan(&state)
	return state, err
}

// Testify reports what speaks against this: nothing has changed, and what was
// run for so many answers begins in one of these ways and holds the word in
// quoted names and constants only. It also tells how many statements there
// were, and in how many the word was quoted.
func (w *Witness) Testify(ctx context.Context, answers int, beginnings ...string) (ran, quoted int, err error) {
	statements, err := w.Statements(ctx, WitnessDatabase)
	if err != nil {
		return 0, 0, err
	}
	statements = statements[w.earlier:]
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(statements) < answers {
		complain("%d statements for %d answers", len(statements), answers)
	}
	for _, statement := range statements {
		bare := Unquoted(statement)
		foreign := slices.ContainsFunc([]string{w.word, ";", `\`, "--", "/*", "$$"}, func(s string) bool { return strings.Contains(bare, s) })
		begins := func(s string) bool { return strings.HasPrefix(strings.TrimLeft(bare, " \n\t"), s) }
		if foreign || !slices.ContainsFunc(beginnings, begins) {
			complain("the server was told %.500q", statement)
		}
		if len(bare) < len(statement) && strings.Contains(statement, w.word) {
			quoted++
		}
	}
	if quoted == 0 {
		complain("no statement holds the text even in quotes: the test looks at the wrong ones")
	}
	state, err := w.see(ctx)
	if err == nil && state != w.state {
		err = errors.New("the tables have changed")
	}
	return len(statements), quoted, errors.Join(append(problems, err)...)
}
