package attacks

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Sessions that differ in a value, in the order of a list or in shape share a Store, its
// plans and its kept statements, and each sees what it would see alone.
func TestAttack24_SessionsShareNothingThatDiffers(t *testing.T) {
	begin(t, 24)
	x := newTenancy(t)
	alpha, beta := tenantCanaries["alpha"][0], tenantCanaries["beta"][0]
	where := dbcontents.Where[string]
	sessions := []dbcontents.Session{x.as("alpha"), x.as("beta"), x.as("boss")}
	for _, g := range []dbcontents.Grant{
		{Where: where("tenant", dbcontents.OpEq, alpha)},
		{Where: where("tenant", dbcontents.OpEq, beta)},
		{Where: where("tenant", dbcontents.OpNeq, alpha)},
		{Where: where("tenant", dbcontents.OpIn, []string{alpha})},
		{Where: where("tenant", dbcontents.OpIn, []string{beta})},
		{Where: where("tenant", dbcontents.OpIn, []string{})},
		{Where: dbcontents.And(where("tenant", dbcontents.OpEq, alpha), where("body", dbcontents.OpLike, "*1"))},
		{Where: dbcontents.And(where("body", dbcontents.OpLike, "*1"), where("tenant", dbcontents.OpEq, beta))},
		{Where: dbcontents.Not(where("tenant", dbcontents.OpEq, alpha))},
		{Where: dbcontents.Or()},
		{Where: dbcontents.And()},
		{Where: dbcontents.Or(where("tenant", dbcontents.OpEq, alpha), where("id", dbcontents.OpLt, 0))},
		{Columns: []string{"id", "body"}},
		{Columns: []string{"body", "id"}},
		{Columns: []string{"id"}},
		{Columns: []string{}},
		{Columns: []string{"body"}, Where: where("tenant", dbcontents.OpEq, alpha)},
		{Columns: []string{"body"}, Where: where("tenant", dbcontents.OpEq, beta)},
	} {
		sessions = append(sessions, dbcontents.Session{Role: x.boss, Tables: map[string]dbcontents.Grant{"notes": g}})
	}
	sessions = append(sessions, dbcontents.Session{Role: x.boss, Tables: map[string]dbcontents.Grant{}}, dbcontents.Session{Role: x.boss, Tables: map[string]dbcontents.Grant{"wide": {}}})
	queries := []dbcontents.Query{
		{},
		{Order: []dbcontents.Order{{Column: "id"}}, Limit: 3, Pages: true},
		{Select: dbcontents.Columns("body"), Order: []dbcontents.Order{{Column: "body"}}, Limit: 2},
		{Count: dbcontents.CountExact, Limit: 1},
		{Select: dbcontents.Columns("id"), Count: dbcontents.CountExact},
		{Select: []dbcontents.Field{{Aggregate: "count"}}},
		{Where: where("body", dbcontents.OpLike, "*note 2*")},
		{Where: where("id", dbcontents.OpGt, 0), Limit: 5, Offset: 2},
		{Select: []dbcontents.Field{{Column: "doc", Path: []any{"a"}}}},
		{Where: where("tenant", dbcontents.OpEq, alpha)},
		{Where: where("tenant", dbcontents.OpEq, beta), Limit: 3},
		{Allowed: []string{"id", "tenant"}},
		{Allowed: []string{"id"}, Limit: 9},
	}
	see := func(store *dbcontents.Store, session, query int) string {
		q := queries[query]
		q.Table, q.Format = "notes", dbcontents.CSV
		rows, err := store.As(sessions[session]).Query(t.Context(), q)
		if err != nil {
			var e *dbcontents.Error
			errors.As(err, &e)
			return fmt.Sprintf("%s %s %s", e.Code, e.Message, e.Hint)
		}
		var b strings.Builder
		_, err = rows.WriteTo(&b)
		total, _ := rows.Total()
		return fmt.Sprintln(b.String(), err, total, rows.NextPage())
	}
	config := x.config()
	config.ConnString, config.PoolSize = x.dsn, 2
	open := func() *dbcontents.Store {
		store, err := dbcontents.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		return store
	}
	want := map[[2]int]string{}
	for session := range sessions {
		store := open()
		for query := range queries {
			want[[2]int{session, query}] = see(store, session, query)
		}
		store.Close()
	}
	shared := open()
	var all sync.WaitGroup
	for seed := range uint64(4) {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(seed, 7))
			for range 600 {
				at := [2]int{dice.IntN(len(sessions)), dice.IntN(len(queries))}
				if got := see(shared, at[0], at[1]); got != want[at] {
					t.Errorf("session %+v, query %+v: %.500s, alone it sees %.500s", sessions[at[0]], queries[at[1]], got, want[at])
				}
			}
		})
	}
	all.Wait()
}

// Code of a read that takes another role and other claims reaches no later statement of its
// flight: not the read behind a count, not the look-up behind a read, and not the next read.
func TestAttack24_CodeOfAReadReachesNothingElse(t *testing.T) {
	begin(t, 24)
	x := newTenancy(t)
	x.db.Exec(`CREATE FUNCTION turning(notes) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
		PERFORM set_config('request.jwt.claims', '{"tenant":"canarybeta7"}', false); PERFORM set_config('role', 'none', false);
		PERFORM set_config('search_path', 'nowhere', false); RETURN 'turned'; END $$`)
	config := x.config()
	config.ConnString, config.PoolSize, config.MaxCost = x.dsn, 1, 1e12
	store := build(t, x.db, config, httpapi.Options{Session: x.of}).store
	as := store.As(x.as("alpha"))
	look := func(what string) {
		for _, count := range []dbcontents.Count{"", dbcontents.CountExact, dbcontents.CountPlanned, dbcontents.CountEstimated} {
			for _, zone := range []string{"", "Asia/Tokyo"} {
				for _, q := range []dbcontents.Query{
					{Where: dbcontents.Where("turning", dbcontents.OpEq, "turned"), Select: dbcontents.Columns("id", "body", "seen")},
					{Order: []dbcontents.Order{{Column: "turning"}, {Column: "id"}}, Select: dbcontents.Columns("id", "body"), Pages: true, Limit: 5},
					{},
				} {
					q.Table, q.Count, q.TimeZone, q.Format = "notes", count, zone, dbcontents.CSV
					rows, err := as.Query(t.Context(), q)
					var b strings.Builder
					if err == nil {
						_, err = rows.WriteTo(&b)
					}
					if canary := foreign("alpha", b.String()); err != nil || q.Select == nil && canary != "" || strings.Contains(b.String(), "8822") {
						t.Errorf("%s, %+v: %v, %.300s", what, q, err, b.String())
					}
					if known := as.Known("", "notes"); known == nil || len(known.Columns) != 6 {
						t.Errorf("%s: after %+v known is %v", what, q, known)
					}
				}
			}
		}
	}
	look("at first")
	time.Sleep(5200 * time.Millisecond) // what is known is old, so that reads bring look-ups along
	before := store.Stats().Lookups
	look("with look-ups")
	if store.Stats().Lookups == before {
		t.Error("no read brought a look-up along")
	}
}

// An estimate is made of the statistics of all rows, so a caller behind a policy does not get one.
func TestAttack24_EstimatesTellNothingBehindAPolicy(t *testing.T) {
	begin(t, 24)
	x := newTenancy(t)
	x.db.Exec("INSERT INTO notes SELECT 9900000000 + i, 'third', 'often', '{}', '{}', '' FROM generate_series(1, 5000) i; ANALYZE notes")
	config := x.config()
	config.ConnString, config.PoolSize = x.dsn, 2
	r := build(t, x.db, config, httpapi.Options{Session: x.of})
	for _, how := range []string{"exact", "planned", "estimated"} {
		for _, filter := range []string{"body=eq.often", "body=eq.never", "tenant=eq.third", "tenant=eq.never"} {
			a := r.get("/dbcontents/notes?limit=1&"+filter, "Tenant", "alpha", "Prefer", "count="+how)
			if got := a.Header.Get("Content-Range"); got != "*/0" {
				t.Errorf("%s, %s: %s %s", filter, how, a.Status, got)
			}
		}
	}
}

// What a caller may not read is in no list, hint or error that it gets, whoever has looked before.
func TestAttack24_ListsAreTheCallersOwn(t *testing.T) {
	begin(t, 24)
	db := pgtest.New(t, `CREATE TABLE canary_a (id int PRIMARY KEY, canary_open text); CREATE TABLE canary_b (id int PRIMARY KEY, canary_shut text); CREATE TABLE common (id int PRIMARY KEY, canary_both text, v text)`)
	x := &tenancy{db: db, dsn: db.Role("NOINHERIT")}
	x.login = pgtest.UserOf(t, x.dsn)
	to := `GRANT ROLE TO "` + x.login + `"`
	roles := map[string]string{
		"a": pgtest.UserOf(t, db.Role("", to, "GRANT SELECT ON canary_a TO ROLE", "GRANT SELECT (id, v) ON common TO ROLE")),
		"b": pgtest.UserOf(t, db.Role("", to, "GRANT SELECT ON canary_b, common TO ROLE")),
	}
	config := dbcontents.Config{ConnString: x.dsn, AllTables: true, Roles: []string{roles["a"], roles["b"]}}
	r := build(t, db, config, httpapi.Options{Origins: []string{"*"}, Session: func(r *http.Request) (dbcontents.Session, error) {
		who, granted := strings.CutSuffix(r.Header.Get("Tenant"), "+")
		s := dbcontents.Session{Role: roles[who]}
		if granted {
			s.Tables = map[string]dbcontents.Grant{"common": {Columns: []string{"id", "v"}}}
		}
		return s, nil
	}})
	secrets := map[string][]string{"a": {"canary_b", "canary_shut", "canary_both"}, "b": {"canary_a", "canary_open"}, "a+": {"canary"}, "b+": {"canary"}}
	for range 2 {
		for _, who := range []string{"b", "a", "b+", "a+", "a"} {
			for _, path := range []string{
				"/dbcontents/common", "/dbcontents/commo", "/dbcontents/common?nope=eq.1", "/dbcontents/common?order=nope", "/dbcontents/common?select=canry", "/dbcontents/canry", "/dbcontents/canry_a", "/dbcontents/canry_b", "/dbcontents",
				"/dbcontents/common?format=html", "/dbcontents/common?select=id,canry_both", "/nothing",
			} {
				for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
					a := r.do(method, path, "Tenant", who)
					for _, secret := range secrets[who] {
						if strings.Contains(a.text(), secret) {
							t.Errorf("%s %s as %s: %q is in %s", method, path, who, secret, a.text())
						}
					}
				}
			}
			index := r.indexOf(who)
			for _, secret := range secrets[who] {
				if strings.Contains(index, secret) {
					t.Errorf("the index of %s holds %q: %s", who, secret, index)
				}
			}
		}
	}
}

func (r *rig) indexOf(tenant string) string {
	w := httptest.NewRecorder()
	request, _ := http.NewRequestWithContext(r.Context(), "GET", "/", nil)
	request.Header.Set("Tenant", tenant)
	r.handler.Index(w, request)
	return w.Body.String()
}
