package attacks

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What must not be seen, by its kind. The role, its password, the host and the
// database are the test server's own, see canaryRig.
const (
	canaryColumn   = "canary_column"   // outside of Options.Access
	canaryComputed = "canary_computed" // a computed column that is not in Options.Access
	canaryTable    = "canary_table"    // not exposed
	canaryField    = "canary_field"    // a column of it, and of a type
	canaryValue    = "canaryvalue7"    // in the hidden column, the hidden table and in what views compute
	canarySchema   = "canary_schema"   // not exposed
	canaryType     = "canary_type"     // of that schema
	canaryFunction = "canary_function" // used by a view
	canaryPassword = "canarypassword9" // a wrong one
	canaryHost     = "canaryhost.invalid"
)

const canarySQL = `
CREATE SCHEMA canary_schema;
CREATE TYPE canary_schema.canary_type AS (canary_field int);
CREATE TABLE canary_table (id int, canary_field text);
INSERT INTO canary_table VALUES (1, 'canaryvalue7');
CREATE TABLE t (id int PRIMARY KEY, shown text, n int, doc jsonb, bytes bytea, canary_column text);
INSERT INTO t SELECT i, 'row ' || i, i, '{"a": [1]}', '\x00ff', 'canaryvalue7' FROM generate_series(1, 20) i;
COMMENT ON COLUMN t.canary_column IS 'canaryvalue7';
CREATE FUNCTION canary_computed(t) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.canary_column $$;
CREATE TABLE large (id int PRIMARY KEY, shown text, canary_column text);
INSERT INTO large SELECT i, repeat('x', 200), 'canaryvalue7' FROM generate_series(1, 3000) i;
CREATE TABLE keyed (canary_column text PRIMARY KEY, id int, shown text);
INSERT INTO keyed SELECT 'canaryvalue7' || i, i, 'row ' || i FROM generate_series(1, 9) i;
CREATE TABLE only_hidden (canary_column text);
INSERT INTO only_hidden VALUES ('canaryvalue7');
CREATE TABLE locked (id int, canary_column text);
CREATE TABLE refused (id int, canary_column text);
CREATE FUNCTION canary_function(v text) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN v::int; END $$;
CREATE VIEW failing AS SELECT id, CASE WHEN id > 10 THEN canary_column::int ELSE id END AS n FROM t;
CREATE VIEW failing_at_once AS SELECT id, canary_field::int AS n FROM canary_table;
CREATE VIEW failing_inside AS SELECT id, canary_function(canary_field) AS n FROM canary_table;
CREATE VIEW failing_json AS SELECT id, canary_field::jsonb AS n FROM canary_table;
CREATE VIEW failing_range AS SELECT id, (canary_field || '9999999999')::text::timestamptz AS n FROM canary_table;
CREATE FUNCTION canary_raise(state text, before text, after text) RETURNS int LANGUAGE plpgsql STABLE AS $$ DECLARE v text := (SELECT canary_field FROM canary_table); BEGIN
	RAISE '%', before || v || after USING ERRCODE = state, DETAIL = v, HINT = v, COLUMN = v, TABLE = v, CONSTRAINT = v, DATATYPE = v; END $$;
CREATE VIEW raising AS SELECT 1 AS id, canary_raise('P0001', 'the secret is ', '') AS n;
CREATE VIEW raising_as_a_value AS SELECT 1 AS id, canary_raise('22P02', 'invalid input syntax for type integer: "', '"') AS n;
CREATE VIEW raising_in_german AS SELECT 1 AS id, canary_raise('22023', 'ungültiger Wert: »', '«') AS n;
CREATE VIEW raising_as_a_column AS SELECT 1 AS id, canary_raise('42703', 'column "', '" does not exist') AS n;
CREATE VIEW raising_as_a_conflict AS SELECT 1 AS id, canary_raise('23505', 'duplicate key ', '') AS n;
CREATE VIEW raising_as_a_denial AS SELECT 1 AS id, canary_raise('42501', 'permission denied for ', '') AS n;
`

// canaryTables are exposed. Each has something to hide.
var canaryTables = []string{
	"t", "large", "keyed", "only_hidden", "locked", "refused", "absent", "failing", "failing_at_once", "failing_inside", "failing_json", "failing_range",
	"raising", "raising_as_a_value", "raising_in_german", "raising_as_a_column", "raising_as_a_conflict", "raising_as_a_denial",
}

// canaryOptions hide the columns.
func canaryOptions() httpapi.Options {
	access := func(columns ...string) httpapi.Access { return httpapi.Access{Columns: columns} }
	return httpapi.Options{ServerTiming: true, Origins: []string{"*"}, Access: map[string]httpapi.Access{
		"t": access("id", "shown", "n", "doc", "bytes"), "large": access("id", "shown"), "keyed": access("id", "shown"), "only_hidden": access("id"), "locked": access("id"), "refused": access("id"),
	}}
}

// A canaryWorld has all servers whose surfaces are looked at, by their names.
type canaryWorld struct {
	db                   *pgtest.DB
	dsn                  *url.URL // of the role, its password among it
	rigs                 map[string]*rig
	health               map[string]*rig
	role, password, host string
}

func newCanaryWorld(t *testing.T) *canaryWorld {
	t.Helper()
	w := &canaryWorld{db: pgtest.New(t, canarySQL), rigs: map[string]*rig{}, health: map[string]*rig{}}
	var err error
	if w.dsn, err = url.Parse(w.db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE", "REVOKE SELECT ON refused, canary_table FROM ROLE")); err != nil {
		t.Fatal("the test's DSN is no URL")
	}
	w.role, w.host = w.dsn.User.Username(), w.dsn.Host
	w.password, _ = w.dsn.User.Password()
	lock := w.db.Conn()
	if _, err := lock.Exec(t.Context(), "BEGIN; LOCK TABLE locked"); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*url.URL)) string {
		u := *w.dsn
		f(&u)
		return u.String()
	}
	here := w.dsn.String()
	for name, dsn := range map[string]string{
		"contents": here, "aggregates": here, "star": here,
		"wrong password": change(func(u *url.URL) { u.User = url.UserPassword(w.role, canaryPassword) }),
		"wrong host":     change(func(u *url.URL) { u.Host = canaryHost + ":5432" }),
		"wrong port":     change(func(u *url.URL) { u.Host = "127.0.0.1:1" }),
		"wrong database": change(func(u *url.URL) { u.Path = "/nowhere" }),
	} {
		config := dbcontents.Config{ConnString: dsn, PoolSize: 2, LockTimeout: 50 * time.Millisecond, Aggregates: name == "aggregates"}
		if config.Tables = canaryTables; name == "star" { // there the table is hidden as the role may not read it
			config.Tables, config.AllTables = []string{"t"}, true
		}
		r := build(t, w.db, config, canaryOptions())
		w.rigs[name] = r
		around := &rig{T: t, db: w.db, store: r.store, handler: r.handler}
		mux := http.NewServeMux()
		mux.HandleFunc("/livez", r.handler.Livez)
		mux.HandleFunc("/readyz", r.handler.Readyz)
		mux.HandleFunc("/version", r.handler.Version)
		mux.HandleFunc("/", r.handler.Index)
		around.server = httptest.NewServer(mux)
		t.Cleanup(around.server.Close)
		w.health[name] = around
	}
	return w
}

var (
	canaryBase64 = regexp.MustCompile(`[A-Za-z0-9_+/-]{8,}`)
	canaryTiming = regexp.MustCompile(`dur=[0-9.]+`)
)

// seen is all that a client can make of a response: as it is, percent-decoded,
// without the escapes of JSON and HTML, and with what may be base64 decoded.
func (a response) seen() string {
	text := a.text()
	var b strings.Builder
	b.WriteString(text)
	for _, decode := range []func(string) (string, error){url.QueryUnescape, url.PathUnescape} {
		for line := range strings.Lines(text) {
			if decoded, err := decode(line); err == nil {
				b.WriteString(decoded)
			}
		}
	}
	b.WriteString(html.UnescapeString(text))
	var document any
	if json.Unmarshal([]byte(a.body), &document) == nil {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(a.body, `\"`, `"`), `\\`, `\`))
	}
	for _, run := range canaryBase64.FindAllString(text, -1) {
		for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
			if decoded, err := encoding.DecodeString(run); err == nil {
				b.Write(decoded)
			}
		}
	}
	return b.String()
}

// steady is a response without what differs from one request to the next.
func (a response) steady() string {
	header := a.Header.Clone()
	id := header.Get("X-Request-Id")
	for _, name := range []string{"Date", "X-Request-Id", "Retry-After"} {
		header.Del(name)
	}
	copied := *a.Response
	copied.Header = header
	body := a.body
	if strings.HasPrefix(header.Get("Content-Type"), "text/html") { // it has the address of the server in it
		body = strings.ReplaceAll(body, a.Request.URL.Host, "HOST")
		header.Del("Etag") // which is made of the body
	}
	text := canaryTiming.ReplaceAllString((response{&copied, body}).text(), "dur=")
	return strings.ReplaceAll(text, id, "ID")
}
