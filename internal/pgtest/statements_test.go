package pgtest_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Private(t.Context(), pgtest.LogStatements...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	conn.Exec(t.Context(), "SELECT\n'simple, \"1\"'", pgx.QueryExecModeSimpleProtocol)
	conn.Exec(t.Context(), "SELECT $1::text", "extended")
	conn.Exec(t.Context(), "SELECT wrong", pgx.QueryExecModeSimpleProtocol)
	got, err := server.Statements(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"SELECT\n'simple, \"1\"'", "SELECT $1::text", "SELECT wrong"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if other, err := server.Statements(t.Context(), "template1"); err != nil || len(other) != 0 {
		t.Errorf("%q, %v", other, err)
	}
}

func TestUnquoted(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`SELECT "a""; b", 'c''; d' FROM t`: `SELECT "", '' FROM t`,
		`SELECT E'a\'; b', 'a\'; b`:        `SELECT E'', ''; b`,
		`SELECT type'a\'; "b`:              `SELECT type''; "`,
		`SELECT $$'$$; -- '`:               `SELECT $$''`,
	} {
		if got := pgtest.Unquoted(statement); got != want {
			t.Errorf("%s\n got %s\nwant %s", statement, got, want)
		}
	}
}
