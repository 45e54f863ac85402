package attacks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const junctionSQL = `
CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE members (person int REFERENCES people, team int REFERENCES teams, tenant text, PRIMARY KEY (person, team));
INSERT INTO people SELECT i, 'person ' || i FROM generate_series(1, 200) i;
INSERT INTO teams SELECT i, 'team ' || i FROM generate_series(1, 200) i;
INSERT INTO members SELECT 1, 1, 'own' UNION ALL SELECT i, 7, 'canaryvalue7' FROM generate_series(2, 200) i;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION turning() RETURNS text LANGUAGE plpgsql COST 1 AS $$ BEGIN
	PERFORM set_config('app.left', 'canaryvalue7', false); RETURN 'own'; END $$;
CREATE POLICY own ON members USING (tenant = turning());
CREATE VIEW ways AS SELECT person, team FROM members WHERE turning() = 'own';
CREATE FUNCTION teamed(people) RETURNS SETOF teams LANGUAGE sql STABLE AS 'SELECT t.* FROM teams t WHERE t.id IN (SELECT team FROM members m WHERE m.person = $1.id)';
CREATE FUNCTION seen(people) RETURNS text LANGUAGE sql STABLE AS $$ SELECT concat_ws(',', current_user, current_setting('app.left', true)) $$;
ANALYZE;`

// junctionRig serves it to a role for which the policy applies.
func junctionRig(t *testing.T, config dbcontents.Config, tables map[string]dbcontents.Grant) *rig {
	t.Helper()
	db := pgtest.New(t, junctionSQL)
	config.ConnString, config.PoolSize = db.Role("NOINHERIT"), 1
	role := pgtest.UserOf(t, db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE", `GRANT ROLE TO "`+pgtest.UserOf(t, config.ConnString)+`"`))
	config.Tables, config.Roles, config.Aggregates = []string{"people", "teams", "members", "ways"}, []string{role}, true
	return build(t, db, config, httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) {
		return dbcontents.Session{Role: role, Tables: tables}, nil
	}})
}

// The code of a policy or a view that is only on the way to a related table leaves nothing
// behind for the next read.
func TestAttack25_CodeOnTheWayReachesNothingElse(t *testing.T) {
	begin(t, 25)
	r := junctionRig(t, dbcontents.Config{}, nil)
	for _, path := range []string{
		"people?select=id,teams!members(id)&limit=1", "people?select=id,teams!ways(id)&limit=1", "people?select=id,...teams!ways(id)&limit=1", "people?select=id,teams!ways!inner()", "people?select=id,teams!ways(count)", "people?select=id,w:teams!ways(id)&w=not.is.null",
	} {
		if a := r.get("/dbcontents/" + path); a.StatusCode != 200 {
			t.Errorf("%s: %s", path, a.text())
		}
		if a := r.get("/dbcontents/people?select=seen&limit=1"); a.StatusCode != 200 || strings.Contains(a.body, "canary") {
			t.Errorf("after %s: %s", path, a.body)
		}
	}
}

// Estimates are made of the statistics of all rows of whatever a read looks at, and a policy
// hides some of these.
func TestAttack25_EstimatesTellNothingOfTheWay(t *testing.T) {
	begin(t, 25)
	r := junctionRig(t, dbcontents.Config{}, nil)
	for _, path := range []string{
		"people?select=id,teams!members!inner(id)&teams.id=eq.", "people?select=id,x:teams!members(id)&x=not.is.null&x.id=eq.", "people?select=id,teamed!inner(id)&teamed.id=eq.", "people?select=id,members!inner(team)&members.team=eq.",
	} {
		for _, how := range []string{"planned", "estimated"} {
			var ranges []string
			for _, team := range []string{"7", "8"} {
				a := r.get("/dbcontents/"+path+team, "Prefer", "count="+how)
				ranges = append(ranges, a.Header.Get("Content-Range"))
			}
			if ranges[0] != "*/0" || ranges[1] != "*/0" {
				t.Errorf("%s, %s: %q", path, how, ranges)
			}
		}
	}
}

// Nor does the cost of a read that is refused.
func TestAttack25_ACostTellsNoFigureOfTheWay(t *testing.T) {
	begin(t, 25)
	own := dbcontents.Grant{Where: dbcontents.Where("tenant", dbcontents.OpEq, "own")}
	for name, tables := range map[string]map[string]dbcontents.Grant{
		"a policy": nil, "a mandatory filter": {"people": {}, "teams": {}, "members": own},
	} {
		r := junctionRig(t, dbcontents.Config{MaxCost: 0.01}, tables)
		for _, path := range []string{"people?select=id,members!inner(team)&members.team=eq.", "people?select=id,teams!members!inner(id)&teams.id=eq."} {
			var messages []string
			for _, team := range []string{"7", "8"} {
				p := r.problem(r.get("/dbcontents/" + path + team))
				if messages = append(messages, p.Message); p.Cause != "too_costly" {
					t.Errorf("%s, %s: %+v", name, path, p)
				}
			}
			if messages[0] != messages[1] {
				t.Errorf("%s, %s: %q", name, path, messages)
			}
		}
	}
}
