package attacks

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// wordLanguages are those in which the server of a test of words speaks.
var wordLanguages = []string{"en", "de", "fr"}

// inLanguage is the superuser's address of a database in which setup was run, on a
// server that speaks a language, or English where its messages are not translated. The
// one that speaks French also says with an error which values a statement had.
func inLanguage(t *testing.T, language string, setup ...string) (dsn string) {
	t.Helper()
	if language == "en" {
		return pgtest.New(t, setup...).DSN
	}
	arguments := []string{"LANGUAGE=" + language, "-c", "lc_messages=C.UTF-8"}
	if language == "fr" {
		arguments = append(arguments, "-c", "log_parameter_max_length_on_error=40")
	}
	server, err := pgtest.Private(t.Context(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	dsn = server.DSN("postgres")
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range setup {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%v\nin: %s", err, sql)
		}
	}
	return dsn
}

// speaksEnglish reports whether the server at dsn does, as one does whose messages
// are not translated where it runs: in an image without them, say.
func speaksEnglish(t *testing.T, dsn string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "SELECT 'x'::int")
	t.Logf("the server says: %v", err)
	return strings.Contains(fmt.Sprint(err), "invalid input syntax")
}

// wordRig is a rig that reads everything at dsn.
func wordRig(t *testing.T, dsn string, config dbcontents.Config, options httpapi.Options) *rig {
	t.Helper()
	config.ConnString, config.AllTables, config.Aggregates = dsn, true, true
	return build(t, nil, config, options)
}

// loopback makes the database a foreign server of itself, on which the relations
// that are named are reached as "far_" and their name.
func loopback(dsn string, relations ...string) string {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		panic(err)
	}
	var sql strings.Builder
	sql.WriteString(`CREATE EXTENSION IF NOT EXISTS postgres_fdw;
		DO $$ BEGIN EXECUTE format('CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
			'127.0.0.1', current_setting('port'), current_database()); END $$;
		CREATE USER MAPPING FOR CURRENT_USER SERVER self OPTIONS (user '` + config.User + `', password '` + config.Password + `');`)
	for _, name := range relations {
		sql.WriteString("CREATE FOREIGN TABLE far_" + name + " (id int, n int) SERVER self OPTIONS (table_name '" + name + "');")
		sql.WriteString("CREATE FOREIGN TABLE guessed_" + name + " (id int, n int) SERVER self OPTIONS (table_name '" + name + "', use_remote_estimate 'true');")
	}
	return sql.String()
}

// execOn runs sql as the superuser.
func execOn(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%v\nin: %s", err, sql)
	}
}
