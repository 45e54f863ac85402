package attacks

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// sessionTexts try to leave the place in a session that they are put in.
var sessionTexts = []string{
	`'; DROP TABLE notes; SELECT zz_session() --`, `"; DROP TABLE notes; SELECT zz_session() --`, `\'; SELECT zz_session() --`, `\\'; SELECT zz_session() --`,
	`') OR (SELECT zz_session()) IS NULL --`, `)) UNION ALL SELECT zz_session() --`, `/* '*/zz_session()/*" */`, `$$; SELECT zz_session(); $$`, `$1; SELECT zz_session()`,
	`E'\''; SELECT zz_session()`, `U&"\0022; SELECT zz_session()"`, "\n; SELECT zz_session();\n--", "x\x00'; SELECT zz_session()", "'\xff; SELECT zz_session()",
	"\u02bc\u2019\uff07; SELECT zz_session()", `zz_session()`, `zz_session`, `none; zz_session`, `', true), zz_session(), ('`, `%' OR zz_session() IS NULL OR '%`, `{"a'"; SELECT zz_session()}`,
	`x", zz_session(), "`, `a.zz_session`, `a.b'; SELECT zz_session(); --`, `a."zz_session"`,
}

// Whatever stands in a session, no statement but ours runs, and the texts of statements hold
// nothing of it but names of tables and columns in quotes.
func TestAttack24_NothingOfASessionBecomesSQL(t *testing.T) {
	begin(t, 24)
	const word = "zz_session"
	server, err := pgtest.NewWitness(t.Context(), word, "notes", `CREATE TABLE notes (id int PRIMARY KEY, tenant text, body text, doc jsonb); INSERT INTO notes VALUES (1, 'a', 'b', '{}')`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	conn, err := pgx.Connect(t.Context(), server.DSN("template1")) // not the one whose statements are looked at
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	config := dbcontents.Config{ConnString: server.DSN(pgtest.WitnessDatabase), AllTables: true, PoolSize: 1}
	for _, text := range sessionTexts {
		trial := config
		trial.Roles = []string{text}
		store, err := dbcontents.Open(trial)
		if err != nil {
			continue // no role can have this name
		}
		store.Close()
		if _, err := conn.Exec(t.Context(), "CREATE ROLE "+pgx.Identifier{text}.Sanitize()+" SUPERUSER"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		config.Roles = append(config.Roles, text)
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	where := func(column string, op dbcontents.Op, value any) map[string]dbcontents.Grant {
		return map[string]dbcontents.Grant{"notes": {Where: dbcontents.Where(column, op, value)}}
	}
	given, refused, places := 0, 0, map[string]int{}
	for _, text := range sessionTexts {
		for place, session := range map[string]dbcontents.Session{
			"role":              {Role: text},
			"name":              {Settings: map[string]string{text: "x"}},
			"name with a dot":   {Settings: map[string]string{"app." + text: "x"}},
			"value":             {Settings: map[string]string{"app.x": text}},
			"claims":            {Settings: map[string]string{"request.jwt.claims": `{"tenant":"` + text + `"}`}},
			"timeout":           {Settings: map[string]string{"statement_timeout": text}},
			"role and value":    {Role: text, Settings: map[string]string{"app.x": text, "app.y": text}},
			"key":               {Tables: map[string]dbcontents.Grant{text: {}, "notes": {}}},
			"key with quotes":   {Tables: map[string]dbcontents.Grant{`"` + strings.ReplaceAll(text, `"`, `""`) + `"`: {}, "notes": {}}},
			"key in a schema":   {Tables: map[string]dbcontents.Grant{`"` + strings.ReplaceAll(text, `"`, `""`) + `".notes`: {}, "notes": {}}},
			"columns":           {Tables: map[string]dbcontents.Grant{"notes": {Columns: []string{"id", text}}}},
			"filter":            {Tables: where("tenant", dbcontents.OpNeq, text)},
			"list":              {Tables: where("tenant", dbcontents.OpIn, []string{"a", text})},
			"pattern":           {Tables: where("tenant", dbcontents.OpLike, text+"%")},
			"full text":         {Tables: where("tenant", dbcontents.OpTextSearch, text)},
			"filter's column":   {Tables: where(text, dbcontents.OpEq, "x")},
			"filter's path":     {Tables: map[string]dbcontents.Grant{"notes": {Where: dbcontents.Where(dbcontents.Field{Column: "doc", Path: []any{text}}, dbcontents.OpIs, nil)}}},
			"filter's operator": {Tables: where("tenant", dbcontents.Op("eq("+text+")"), "x")},
		} {
			for _, q := range []dbcontents.Query{{Table: "notes", Count: dbcontents.CountExact}, {Table: "notes", Where: dbcontents.Where("id", dbcontents.OpGt, 0), Order: []dbcontents.Order{{Column: "id"}}, Pages: true, Limit: 1}} {
				rows, err := store.As(session).Query(t.Context(), q)
				if err == nil {
					for rows.Next() {
					}
					err = rows.Close()
				}
				var e *dbcontents.Error
				switch {
				case err == nil:
					given++
					places[place]++
				case errors.As(err, &e) && slices.Contains([]string{"role_not_allowed", "session_invalid", "setting_refused", "value_failed", "value_refused", "database_error"}, e.Code):
					refused++
				default:
					t.Errorf("%s %.100q: %v, %s", place, text, err, e.Code)
				}
				if err != nil && e != nil && strings.Contains(e.Message+e.Hint, word) {
					t.Errorf("%s %.100q is repeated to the client: %q, hint %q", place, text, e.Message, e.Hint)
				}
			}
		}
	}
	for _, place := range []string{"role", "value", "claims", "role and value", "filter", "list", "pattern", "columns"} {
		if places[place] < 10 {
			t.Errorf("%s: only %d reads came through", place, places[place])
		}
	}
	ran, quoted, err := server.Testify(t.Context(), given, "SELECT ", "WITH rel AS (", "SET transaction_isolation = ''", "BEGIN", "SAVEPOINT dbcontents", "ROLLBACK")
	if err != nil {
		t.Error(err)
	}
	statements, err := server.Statements(t.Context(), pgtest.WitnessDatabase)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if strings.Contains(statement, word) && !strings.Contains(statement, `"notes"."doc" -> `) && !strings.Contains(statement, "CREATE FUNCTION") {
			t.Errorf("a statement holds a text of a session: %.500q", statement)
		}
	}
	t.Logf("%d given, %d refused, %d statements, %d of them with the text in quotes, roles %d", given, refused, ran, quoted, len(config.Roles))
}
