package attacks

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Callers whose sessions differ in the filter or the columns of one level alone share a Store, its plans and
// its statements. Whatever they embed, none sees a byte of what another one may.
func TestAttack25_TenantsNeverMeetInEmbeds(t *testing.T) {
	begin(t, 25)
	db := pgtest.New(t, relatedOwnSQL+relatedAmongSQL+" ANALYZE")
	columns := strings.Fields("id note_id label_id body n doc loud")
	is := func(tenant string) dbcontents.Filter { return dbcontents.Where("tenant", dbcontents.OpEq, tenant) }
	tables := func(change func(table string, g *dbcontents.Grant)) map[string]dbcontents.Grant {
		grants := map[string]dbcontents.Grant{}
		for _, table := range append([]string{"seen"}, relatedTenanted...) {
			g := dbcontents.Grant{Columns: columns, Where: is("own")}
			change(table, &g)
			grants[table] = g
		}
		return grants
	}
	sessions := map[string]map[string]dbcontents.Grant{
		"own":   tables(func(string, *dbcontents.Grant) {}),
		"other": tables(func(_ string, g *dbcontents.Grant) { g.Where = is("other") }),
		"plain": tables(func(_ string, g *dbcontents.Grant) { g.Columns = strings.Fields("id note_id label_id body n loud") }),
		"none":  tables(func(_ string, g *dbcontents.Grant) { g.Where = dbcontents.Or() }),
		"half": tables(func(table string, g *dbcontents.Grant) {
			if table == "note_labels" {
				g.Where = dbcontents.Or()
			}
		}),
	}
	r := build(t, db, dbcontents.Config{Tables: append([]string{"seen"}, relatedTenanted...), Aggregates: true, PoolSize: 2}, httpapi.Options{
		Session: func(request *http.Request) (dbcontents.Session, error) {
			return dbcontents.Session{Tables: sessions[request.Header.Get("Tenant")]}, nil
		},
	})
	names := []string{"own", "other", "plain", "none", "half"}
	var answered, rows atomic.Int64
	var all sync.WaitGroup
	for seed := range uint64(3) {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(seed, 25))
			for range 120 {
				g := relatedGuess{dice: dice}
				path := "/dbcontents/" + strings.NewReplacer(`"`, "%22", `\`, "%5C", ">", "%3E").Replace(g.request())
				for _, n := range dice.Perm(len(names)) {
					who := names[n]
					a := r.get(path, "Tenant", who, "Prefer", "count=exact", "Accept", "application/json")
					answered.Add(1)
					bad := a.StatusCode >= 500 && !strings.Contains(a.body, "canaryvalue7 of") && !strings.Contains(a.body, `"raised"`)
					if a.StatusCode < 300 {
						rows.Add(1)
						switch body := a.body; who {
						case "own":
							bad = strings.Contains(body, "canary")
						case "other":
							bad = strings.Contains(body, "own")
						case "plain":
							bad = strings.Contains(body, "canary") || strings.Contains(body, `"a":`) || strings.Contains(body, `"x":`)
						case "none":
							bad = strings.TrimSpace(body) != "[]" || !strings.HasSuffix(a.Header.Get("Content-Range"), "/0")
						case "half":
							bad = strings.Contains(body, "canary") || strings.HasPrefix(path, "/dbcontents/note_labels") && strings.TrimSpace(body) != "[]"
						}
					}
					if bad {
						t.Errorf("%s as %s: %s", path, who, fmt.Sprintf("%.800s", a.text()))
					}
				}
			}
		})
	}
	all.Wait()
	if rows.Load()*3 < answered.Load() {
		t.Errorf("%d of %d responses are rows", rows.Load(), answered.Load())
	}
}
