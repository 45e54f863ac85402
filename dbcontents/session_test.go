package dbcontents_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// tenants has a table whose rows belong to tenants, by row-level security.
const tenants = `
CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, body text NOT NULL, secret text);
INSERT INTO notes SELECT i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, 'note ' || i, 'secret ' || i FROM generate_series(1, 20) i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = (SELECT current_setting('request.jwt.claims')::json ->> 'tenant'));
CREATE TABLE plain (id int PRIMARY KEY, v text);
INSERT INTO plain VALUES (1, 'a');`

// A realm is a database with a role that connects and has no rights of its own, and
// roles that it may become.
type realm struct {
	db    *pgtest.DB
	dsn   string // of the role that connects
	roles []string
}

// newRealm makes one with a role for each list of grants.
func newRealm(t *testing.T, sql string, grants ...[]string) *realm {
	t.Helper()
	r := &realm{db: pgtest.New(t, sql)}
	r.dsn = r.db.Role("NOINHERIT")
	login := pgtest.UserOf(t, r.dsn)
	for _, list := range grants {
		list = append(slices.Clone(list), `GRANT ROLE TO "`+login+`"`)
		r.roles = append(r.roles, pgtest.UserOf(t, r.db.Role("", list...)))
	}
	return r
}

// as is the session of a tenant.
func (r *realm) as(tenant string) dbcontents.Session {
	return dbcontents.Session{Role: r.roles[0], Settings: map[string]string{"request.jwt.claims": `{"tenant":"` + tenant + `"}`}}
}

// stores are one of each kind on the realm.
func (r *realm) stores(t *testing.T, config dbcontents.Config) map[string]*dbcontents.Store {
	t.Helper()
	config.Roles = r.roles
	owned, exec, borrowed := config, config, config
	owned.ConnString, owned.PoolSize = r.dsn, 1
	exec.ConnString, exec.PoolSize = r.dsn+"&default_query_exec_mode=exec", 1
	borrowed.Pool = borrowWith(t, r.dsn, func(c *pgxpool.Config) { c.MaxConns = 1 })
	return map[string]*dbcontents.Store{"owned": openOn(t, owned), "nothing kept": openOn(t, exec), "borrowed": openOn(t, borrowed)}
}

var readNotes = []string{"GRANT SELECT ON notes, plain TO ROLE"}

// Two tenants read one table on one connection, and each sees its own rows: in rows,
// counts, pages and snapshots, and with kept statements.
func TestSessionSeesItsOwnRows(t *testing.T) {
	t.Parallel()
	r := newRealm(t, tenants, readNotes)
	for kind, store := range r.stores(t, dbcontents.Config{Tables: []string{"notes"}}) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			want := map[string][]int32{}
			for i := range int32(20) {
				tenant := []string{"even", "odd"}[(i+1)%2]
				want[tenant] = append(want[tenant], i+1)
			}
			for range 3 {
				for tenant, ids := range want {
					as := store.As(r.as(tenant))
					var got []int32
					token := ""
					for {
						rows := query(t, as, dbcontents.Query{
							Select: dbcontents.Columns("id"), Order: []dbcontents.Order{{Column: "id"}}, Limit: 3, Pages: true, After: token, Count: dbcontents.CountExact,
						})
						if n, _ := rows.Total(); n != 10 {
							t.Errorf("%s: %d rows counted", tenant, n)
						}
						for row, err := range rows.All() {
							if err != nil {
								t.Fatal(err)
							}
							var id int32
							if err := row.Scan(&id); err != nil {
								t.Fatal(err)
							}
							got = append(got, id)
						}
						if token = rows.NextPage(); token == "" {
							break
						}
					}
					if !slices.Equal(got, ids) {
						t.Errorf("%s: rows %v", tenant, got)
					}
					snapshot, err := as.Snapshot(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					for range 2 {
						rows, err := snapshot.Query(t.Context(), dbcontents.Query{Where: dbcontents.Where("tenant", dbcontents.OpNeq, tenant)})
						if err != nil {
							t.Fatal(err)
						}
						if rows.Next() || rows.Close() != nil {
							t.Errorf("%s: a row of another tenant in a snapshot; %v", tenant, rows.Err())
						}
					}
					snapshot.Release()
				}
			}
			if _, err := store.Query(t.Context(), dbcontents.Query{}); !errors.Is(err, dbcontents.ErrDenied) {
				t.Errorf("without a session: %v", err)
			}
		})
	}
}

// What a session cannot have is refused before a connection is taken: here there is none to be had.
func TestSessionIsRefusedWithoutAConnection(t *testing.T) {
	t.Parallel()
	store := openOn(t, dbcontents.Config{ConnString: "postgres://user@127.0.0.1:1/db", Roles: []string{"reader"}, Tables: []string{"a", "s.b"}})
	long := strings.Repeat("x", 64<<10+1)
	many := map[string]string{}
	for i := range 51 {
		many["a.b"+strconv.Itoa(i)] = ""
	}
	grant := func(key string, g dbcontents.Grant) dbcontents.Session {
		return dbcontents.Session{Tables: map[string]dbcontents.Grant{key: g}}
	}
	settings := func(name, value string) dbcontents.Session {
		return dbcontents.Session{Settings: map[string]string{name: value}}
	}
	for reason, tt := range map[string]struct {
		session dbcontents.Session
		code    string
		table   string
	}{
		"a role that is not allowed":    {session: dbcontents.Session{Role: "postgres"}, code: "role_not_allowed"},
		"a role in another case":        {session: dbcontents.Session{Role: "Reader"}, code: "role_not_allowed"},
		"the word none":                 {session: dbcontents.Session{Role: "none"}, code: "role_not_allowed"},
		"the role as a setting":         {session: settings("role", "reader"), code: "session_invalid"},
		"a setting that reads rely on":  {session: settings("transaction_read_only", "off"), code: "session_invalid"},
		"row security":                  {session: settings("row_security", "off"), code: "session_invalid"},
		"a search path":                 {session: settings("search_path", "x"), code: "session_invalid"},
		"a name with a quote":           {session: settings(`a.b"; SELECT`, "x"), code: "session_invalid"},
		"a name that ends with a dot":   {session: settings("a.", "x"), code: "session_invalid"},
		"a value with NUL":              {session: settings("a.b", "x\x00"), code: "session_invalid"},
		"a value that is not UTF-8":     {session: settings("a.b", "\xff"), code: "session_invalid"},
		"a long value":                  {session: settings("a.b", long), code: "session_invalid"},
		"a timeout that is none":        {session: settings("statement_timeout", "-1"), code: "session_invalid"},
		"a timeout in capitals":         {session: dbcontents.Session{Settings: map[string]string{"Statement_Timeout": "1s"}, Tables: map[string]dbcontents.Grant{}}, code: "table_not_exposed"},
		"a setting in two cases":        {session: dbcontents.Session{Settings: map[string]string{"app.userId": "1", "app.userid": "2"}}, code: "session_invalid"},
		"too many settings":             {session: dbcontents.Session{Settings: many}, code: "session_invalid"},
		"a key with needless quotes":    {session: grant(`"a"`, dbcontents.Grant{}), code: "session_invalid"},
		"a key of three parts":          {session: grant("a.b.c", dbcontents.Grant{}), code: "session_invalid"},
		"a column that cannot be":       {session: grant("a", dbcontents.Grant{Columns: []string{""}}), code: "session_invalid"},
		"an operator that does not":     {session: grant("a", dbcontents.Grant{Where: dbcontents.Where("x", "nope", 1)}), code: "session_invalid"},
		"a table that is not granted":   {session: grant("a", dbcontents.Grant{}), code: "table_not_exposed", table: "b"},
		"no table at all":               {session: dbcontents.Session{Tables: map[string]dbcontents.Grant{}}, code: "table_not_exposed"},
		"a table granted elsewhere":     {session: grant("public.b", dbcontents.Grant{}), code: "table_not_exposed", table: "b"},
		"a granted, not exposed one":    {session: grant("c", dbcontents.Grant{}), code: "table_not_exposed", table: "c"},
		"a name without schema, for s.": {session: grant("b", dbcontents.Grant{}), code: "table_not_exposed", table: "b"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			as := store.As(tt.session)
			errs := map[string]error{"Validate": as.Validate(dbcontents.Query{Table: tt.table})}
			_, errs["Query"] = as.Query(t.Context(), dbcontents.Query{Table: tt.table})
			_, errs["Table"] = as.Table(t.Context(), "", tt.table)
			if tt.code != "table_not_exposed" {
				_, errs["Snapshot"] = as.Snapshot(t.Context())
				_, errs["Tables"] = as.Tables(t.Context())
			}
			for what, err := range errs {
				var e *dbcontents.Error
				if !errors.As(err, &e) || e.Code != tt.code {
					t.Errorf("%s: %v", what, err)
				} else if tt.code == "session_invalid" && (e.Message != "" || strings.Contains(err.Error(), long)) {
					t.Errorf("%s tells the client %q, the log %.200q", what, e.Message, err)
				}
			}
			if known := as.Known("", tt.table); known != nil {
				t.Errorf("known is %v", known)
			}
		})
	}
	if n := store.Stats().Connects; n != 0 {
		t.Errorf("%d attempts to connect", n)
	}
	if err := store.As(grant("a", dbcontents.Grant{})).Validate(dbcontents.Query{Table: "a"}); err != nil {
		t.Error(err)
	}
}

// What one role may not read, or sees of a table, is never another's, whoever comes first.
func TestDenialIsNeverAnothers(t *testing.T) {
	t.Parallel()
	r := newRealm(t, "CREATE TABLE test_table (id int PRIMARY KEY, open text, closed text); INSERT INTO test_table VALUES (1, 'o', 'c');",
		[]string{"GRANT SELECT ON test_table TO ROLE"}, []string{"GRANT SELECT (id, open) ON test_table TO ROLE"}, nil)
	see := func(t *testing.T, store *dbcontents.Store, who int) {
		t.Helper()
		as := store.As(dbcontents.Session{Role: r.roles[who]})
		want := []string{"id,open,closed\r\n1,o,c\r\n", "id,open\r\n1,o\r\n", ""}[who]
		got := ""
		rows, err := as.Query(t.Context(), dbcontents.Query{Format: dbcontents.CSV})
		if err == nil {
			var b strings.Builder
			_, err = rows.WriteTo(&b)
			got = b.String()
		}
		if got != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, dbcontents.ErrDenied) {
			t.Errorf("role %d sees %q, %v", who, got, err)
		}
		rows, err = as.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns("closed")})
		if err == nil {
			err = rows.Close()
		}
		var e *dbcontents.Error
		if who == 0 && err != nil || who > 0 && err == nil || errors.As(err, &e) && strings.Contains(e.Message+e.Hint, "closed,") {
			t.Errorf("role %d selects what is closed: %v", who, err)
		}
		tables, err := as.Tables(t.Context())
		if err != nil || len(tables) != []int{1, 1, 0}[who] || len(tables) > 0 && len(tables[0].Columns) != 3-who {
			t.Errorf("role %d: tables %v, %v", who, tables, err)
		}
		if names := as.Names(); (len(names) > 0) != (who < 2) {
			t.Errorf("role %d: names %q", who, names)
		}
	}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for kind, store := range r.stores(t, dbcontents.Config{}) {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				for range 2 {
					for _, who := range order {
						see(t, store, who)
					}
				}
				if s := store.Stats(); s.Roles != 3 || s.Tables != 2 && s.Tables != 3 {
					t.Errorf("%d roles and %d tables are remembered", s.Roles, s.Tables)
				}
			})
		}
	}
}

// A mandatory filter holds whatever the query says, may use hidden columns, and tells nothing of them.
func TestMandatoryFilter(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Tables: []string{"notes"}, Aggregates: true}, strings.ReplaceAll(tenants, "ENABLE", "DISABLE")+`
		CREATE TABLE other (id int);
		CREATE FUNCTION loud(notes) RETURNS int LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN
			IF $1.tenant <> 'even' THEN RAISE EXCEPTION 'secret of %', $1.tenant; END IF; RETURN $1.id; END $$;
		ANALYZE notes;`)
	// PostgreSQL tests first what costs less, which here is what the query asks for.
	costly := make([]string, 100)
	costly[0] = "even"
	as := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"notes": {
		Columns: []string{"id", "body", "loud"}, Where: dbcontents.Where("tenant", dbcontents.OpIn, costly),
	}}})
	always := dbcontents.Or(dbcontents.Where("id", dbcontents.OpGt, 0), dbcontents.Where("id", dbcontents.OpIs, nil))
	for reason, q := range map[string]dbcontents.Query{
		"all":                     {},
		"a filter for all":        {Where: always},
		"not of nothing":          {Where: dbcontents.Not(dbcontents.Or())},
		"a computed column":       {Where: dbcontents.Where("loud", dbcontents.OpGt, 0)},
		"not a computed column":   {Where: dbcontents.Not(dbcontents.Where("loud", dbcontents.OpLt, 0))},
		"sorted by a computed":    {Order: []dbcontents.Order{{Column: "loud"}}, Limit: 100, Pages: true},
		"counted by an estimate":  {Count: dbcontents.CountPlanned},
		"counted up to a limit":   {Count: dbcontents.CountEstimated},
		"full text":               {Where: dbcontents.Where("body", dbcontents.OpTextSearch, "note")},
		"or with what is allowed": {Where: dbcontents.Or(always, dbcontents.Where("body", dbcontents.OpLike, "*"))},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			q.Select = append(q.Select, dbcontents.Columns("id", "body")...)
			rows := query(t, as, q)
			if n, known := rows.Total(); known && n != 10 {
				t.Errorf("%d rows counted", n)
			}
			n := 0
			for row, err := range rows.All() {
				var id int
				if err == nil {
					err = row.Scan(&id, new(string))
				}
				if n++; err != nil || id%2 != 0 {
					t.Fatalf("row %d: %v", id, err)
				}
			}
			if n != 10 {
				t.Errorf("%d rows", n)
			}
		})
	}
	for _, q := range []dbcontents.Query{
		{Select: dbcontents.Columns("tenant")},
		{Where: dbcontents.Where("secret", dbcontents.OpEq, "x")},
		{Order: []dbcontents.Order{{Column: "tenant"}}},
		{Allowed: []string{"secret", "tenant"}},
		{Table: "other"},
		{Table: "plain"},
	} {
		_, err := as.Query(t.Context(), q)
		var e *dbcontents.Error
		if !errors.As(err, &e) || strings.Contains(e.Hint+e.Message, "columns are id, tenant") || strings.Contains(e.Hint, "secret") {
			t.Errorf("%+v: %v", q, err)
		}
	}
	table, err := as.Table(t.Context(), "", "")
	if err != nil || len(table.Columns) != 2 || table.Columns[1].Name != "body" {
		t.Errorf("the table is %+v, %v", table, err)
	}
	whole, err := store.Table(t.Context(), "", "")
	if err != nil || len(whole.Columns) != 4 {
		t.Errorf("for others the table is %+v, %v", whole, err)
	}
	wrong := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"notes": {Where: dbcontents.Where("id", dbcontents.OpEq, "x")}}})
	_, err = wrong.Query(t.Context(), dbcontents.Query{Where: dbcontents.Where("body", dbcontents.OpEq, "x")})
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.HTTPStatus() != 500 || e.Message != "" {
		t.Errorf("a value that the column cannot have: %v, to the client %q", err, e.Message)
	}
	missing := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"notes": {Where: dbcontents.Where("absent", dbcontents.OpEq, "x")}}})
	if _, err = missing.Query(t.Context(), dbcontents.Query{}); !errors.As(err, &e) || e.Code != "session_invalid" || e.Message != "" || strings.Contains(e.Hint, "tenant") {
		t.Errorf("a column that is not there: %v, hint %q", err, e.Hint)
	}
}

// Names mean the tables that the session may read: what another schema has before does not exist.
func TestSessionChoosesAmongSchemas(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, Schemas: []string{"a", "b"}}, `
		CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t AS SELECT 'a' AS v; CREATE TABLE b.t AS SELECT 'b' AS v;
		CREATE TABLE a."x.y" AS SELECT 'dot' AS v; CREATE TABLE a.only_a AS SELECT 'a' AS v;`)
	for key, want := range map[string]string{"a.t": "a", "b.t": "b", "t": "a"} {
		as := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{key: {}}})
		for range 2 {
			if got := write(t, as, dbcontents.Query{Table: "t", Format: dbcontents.Text}); got != want+"\n" {
				t.Errorf("%s: %q", key, got)
			}
		}
		tables, err := as.Tables(t.Context())
		if err != nil || len(tables) != map[string]int{"a.t": 1, "b.t": 1, "t": 2}[key] {
			t.Errorf("%s: %v, %v", key, tables, err)
		}
		if diff := cmp.Diff([]string{"t"}, as.Names()); diff != "" {
			t.Errorf("%s: names (-want +got):\n%s", key, diff)
		}
		if _, err := as.Query(t.Context(), dbcontents.Query{Table: "only_a"}); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Errorf("%s: %v", key, err)
		}
	}
	as := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{`a."x.y"`: {}}})
	if got := write(t, as, dbcontents.Query{Table: "x.y", Format: dbcontents.Text}); got != "dot\n" {
		t.Errorf("%q", got)
	}
}
