package attacks

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// The canaries of two tenants, in every column of their rows. Each begins the keys of its rows.
var tenantCanaries = map[string][]string{
	"alpha": {"canaryalpha7", "77117711"},
	"beta":  {"canarybeta7", "88228822"},
}

const (
	tenantNotes = 200
	tenantWide  = 1500
)

const tenantsSQL = `
CREATE TABLE notes (id bigint PRIMARY KEY, tenant text NOT NULL, body text NOT NULL, doc jsonb, tags text[], bytes bytea);
INSERT INTO notes SELECT prefix * 100000 + i, canary, canary || ' note ' || i, jsonb_build_object(canary, i, 'a', canary), ARRAY[canary, 'x'], convert_to(canary, 'UTF8')
	FROM generate_series(1, 200) i, (VALUES (77117711::bigint, 'canaryalpha7'), (88228822, 'canarybeta7')) t(prefix, canary);
CREATE TABLE wide (id bigint PRIMARY KEY, tenant text NOT NULL, body text NOT NULL);
INSERT INTO wide SELECT prefix * 100000 + i, canary, repeat(canary || ' ', 60)
	FROM generate_series(1, 1500) i, (VALUES (77117711::bigint, 'canaryalpha7'), (88228822, 'canarybeta7')) t(prefix, canary);
CREATE INDEX ON notes (body, id);
CREATE FUNCTION claimed() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::json ->> 'tenant' $$;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE wide ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = (SELECT claimed()));
CREATE POLICY own ON wide USING (tenant = claimed());
CREATE FUNCTION failing(notes) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	IF $1.id % 100000 = 150 THEN RAISE EXCEPTION '%', $1.body USING DETAIL = $1.body, HINT = $1.body; END IF; RETURN $1.body; END $$;
CREATE FUNCTION changing(notes) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('app.left', $1.body, false); PERFORM set_config('search_path', $1.tenant, false); RETURN set_config('role', 'none', false); END $$;
CREATE FUNCTION seen(notes) RETURNS text LANGUAGE sql STABLE AS $$ SELECT concat_ws(',', current_user, claimed(), current_setting('app.left', true), current_setting('search_path')) $$;
CREATE FUNCTION slow(notes) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT pg_sleep(0.002)::text $$;
ANALYZE;`

// A tenancy is a database with a role that connects and has no rights of its own, one
// that tenants read as, and one of a boss who sees all rows.
type tenancy struct {
	db                  *pgtest.DB
	dsn                 string // of the role that connects
	login, reader, boss string
}

func newTenancy(t *testing.T) *tenancy {
	t.Helper()
	x := &tenancy{db: pgtest.New(t, tenantsSQL)}
	x.dsn = x.db.Role("NOINHERIT")
	x.login = pgtest.UserOf(t, x.dsn)
	x.reader = pgtest.UserOf(t, x.db.Role("", "GRANT SELECT ON notes, wide TO ROLE", `GRANT ROLE TO "`+x.login+`"`))
	x.boss = pgtest.UserOf(t, x.db.Role("BYPASSRLS", "GRANT SELECT ON notes, wide TO ROLE", `GRANT ROLE TO "`+x.login+`"`))
	return x
}

func (x *tenancy) config() dbcontents.Config {
	return dbcontents.Config{Tables: []string{"notes", "wide"}, Roles: []string{x.reader, x.boss}, Aggregates: true, AcquireTimeout: 10 * time.Second}
}

// as is the session of a tenant, or of the boss.
func (x *tenancy) as(tenant string) dbcontents.Session {
	if tenant == "boss" {
		return dbcontents.Session{Role: x.boss}
	}
	return dbcontents.Session{Role: x.reader, Settings: map[string]string{"request.jwt.claims": `{"tenant":"` + tenantCanaries[tenant][0] + `"}`, "statement_timeout": "9s"}}
}

// of is Options.Session: a header says who is asking.
func (x *tenancy) of(r *http.Request) (dbcontents.Session, error) {
	tenant := r.Header.Get("Tenant")
	if tenant == "" {
		return dbcontents.Session{}, &httpapi.Refusal{}
	}
	return x.as(tenant), nil
}

// other is the one whose canaries a tenant must not see.
func other(tenant string) string {
	return map[string]string{"alpha": "beta", "beta": "alpha"}[tenant]
}

// foreign is a canary of another tenant in what a tenant can see, else empty.
func foreign(tenant, text string) string {
	for _, canary := range tenantCanaries[other(tenant)] {
		if strings.Contains(text, canary) {
			return canary
		}
	}
	return ""
}

// siegeTime is how long tenants are at it: DBCONTENTS_TEST_SIEGE, else 3 s.
func siegeTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("DBCONTENTS_TEST_SIEGE")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("DBCONTENTS_TEST_SIEGE: %v", err)
	}
	return d
}

func optionsOf(x *tenancy) httpapi.Options { return httpapi.Options{Session: x.of} }
