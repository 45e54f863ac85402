package attacks

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// relatedOwnSQL has a tenant's rows, and relatedAmongSQL those of another one between them: notes,
// remarks on notes of both, labels, and what puts labels on notes of both. What can fail does
// so for rows of the other one. A remark, and a label, of the tenant is on another's note.
const (
	relatedOwnSQL = `
CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, body text, n text, doc json);
CREATE TABLE remarks (id int PRIMARY KEY, note_id int REFERENCES notes, tenant text NOT NULL, body text, n text, doc json);
CREATE TABLE labels (id int PRIMARY KEY, tenant text NOT NULL, body text, n text, doc json);
CREATE TABLE note_labels (note_id int REFERENCES notes, label_id int REFERENCES labels, tenant text NOT NULL, body text, PRIMARY KEY (note_id, label_id));
CREATE VIEW seen AS SELECT id, note_id, tenant, body, n, doc FROM remarks;
CREATE INDEX ON remarks (note_id); CREATE INDEX ON note_labels (label_id); CREATE INDEX ON remarks (body text_pattern_ops);
CREATE FUNCTION loud(notes) RETURNS int LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN $1.id; END $$;
CREATE FUNCTION loud(remarks) RETURNS int LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN $1.id; END $$;
CREATE FUNCTION loud(labels) RETURNS int LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN $1.id; END $$;
CREATE FUNCTION told(notes) RETURNS SETOF remarks LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN
	IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN QUERY SELECT * FROM remarks r WHERE r.note_id = $1.id ORDER BY r.id; END $$;
CREATE FUNCTION about(remarks) RETURNS SETOF notes ROWS 1 LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN
	IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN QUERY SELECT * FROM notes x WHERE x.id = $1.note_id; END $$;
INSERT INTO notes SELECT i, 'own', 'own ' || i, i, '{"a": "1"}' FROM generate_series(1, 9) i;
INSERT INTO remarks SELECT i, i % 5 + 1, 'own', 'own ' || i, i, '{"a": "1"}' FROM generate_series(1, 19) i;
INSERT INTO labels SELECT i, 'own', 'own ' || i, i, '{"a": "1"}' FROM generate_series(1, 9) i;
INSERT INTO note_labels SELECT i, j, 'own', 'own' FROM generate_series(1, 6) i, generate_series(2, 8, 3) j;
SET session_replication_role = replica; -- what these refer to may not be there
INSERT INTO remarks VALUES (20, 100, 'own', 'own', '1', '{"a": "1"}'), (21, 101, 'own', 'own', '1', '{"a": "1"}');
INSERT INTO note_labels VALUES (7, 100, 'own', 'own'), (100, 7, 'own', 'own');
`
	relatedAmongSQL = `
INSERT INTO notes SELECT i, 'other', 'canaryvalue7 ' || i, 'canaryvalue7', '{"a": "canaryvalue7"}' FROM generate_series(100, 400) i;
INSERT INTO remarks SELECT i, i % 12 + 1, 'other', 'canaryvalue7 ' || i, 'canaryvalue7', '{"a": "canaryvalue7"}' FROM generate_series(100, 160) i WHERE i % 12 < 9;
INSERT INTO remarks SELECT i, i % 100 + 100, 'other', 'canaryvalue7 ' || i, 'canaryvalue7', '{"a": "canaryvalue7"}' FROM generate_series(200, 900) i;
INSERT INTO labels SELECT i, 'other', 'canaryvalue7 ' || i, 'canaryvalue7', '{"a": "canaryvalue7"}' FROM generate_series(100, 400) i;
INSERT INTO note_labels SELECT i, j, 'other', 'canaryvalue7' FROM generate_series(1, 9) i, generate_series(1, 9) j ON CONFLICT DO NOTHING;
INSERT INTO note_labels SELECT i, j, 'other', 'canaryvalue7' FROM generate_series(100, 140) i, generate_series(100, 110) j ON CONFLICT DO NOTHING;
`
)

var relatedTenanted = []string{"notes", "remarks", "labels", "note_labels"}

// relatedPair are two servers, of a database without rows of another tenant and of one with them. The
// tenant is known by mandatory filters, or by policies.
func relatedPair(t *testing.T, policies bool) (rigs [2]*rig) {
	t.Helper()
	costly := make([]string, 100) // PostgreSQL tests first what costs less
	costly[0] = "own"
	where := dbcontents.Where("tenant", dbcontents.OpIn, costly)
	for i, among := range []string{"", relatedAmongSQL} {
		sql := relatedOwnSQL + among
		if policies {
			for _, table := range relatedTenanted {
				sql += "ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON " + table + " USING (tenant = current_setting('app.tenant', true)); "
			}
			sql += "ALTER VIEW seen SET (security_invoker = true);"
		}
		db := pgtest.New(t, sql+" ANALYZE")
		config := dbcontents.Config{Tables: append([]string{"seen"}, relatedTenanted...), Aggregates: true, PoolSize: 2}
		session := dbcontents.Session{Tables: map[string]dbcontents.Grant{}}
		if policies {
			config.ConnString = db.Role("NOINHERIT")
			session.Role = pgtest.UserOf(t, db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE", `GRANT ROLE TO "`+pgtest.UserOf(t, config.ConnString)+`"`))
			session.Settings, session.Tables, config.Roles = map[string]string{"app.tenant": "own"}, nil, []string{session.Role}
		} else {
			for _, table := range config.Tables {
				session.Tables[table] = dbcontents.Grant{Columns: strings.Fields("id note_id label_id body n doc loud"), Where: where}
			}
		}
		rigs[i] = build(t, db, config, httpapi.Options{Session: func(*http.Request) (dbcontents.Session, error) { return session, nil }})
	}
	return rigs
}

// oracles are requests that try to find out by an error, a number or a presence.
var oracles = []string{
	"notes?select=id,remarks(id)", "notes?select=id,remarks(*)&remarks.order=id", "notes?select=*,labels(*),seen(*),told(*)", "remarks?select=*,notes(*),about(*)", "labels?select=*,notes(*)", "note_labels?select=*,notes(*),labels(*)",
	"notes?select=id,remarks!inner(id)", "notes?select=id,labels!inner(id)&labels.id=eq.1", "notes?select=id,labels()&labels=is.null", "notes?select=id,labels()&labels=not.is.null&labels.id=gt.90", "labels?select=id,notes!inner()&notes.id=gt.90", "remarks?select=id,notes!inner(id)", "remarks?select=id,notes()&notes=is.null", "remarks?select=id,about()&about=is.null", "note_labels?select=note_id,labels!inner(id),notes!inner(id)",
	"notes?select=id,remarks()&remarks.count()=gt.4", "notes?select=id,labels()&labels.count()=gt.3", "notes?select=id,told()&told.count()=gt.4", "notes?select=id,remarks()&or=(remarks.count().gt.4,id.eq.1)", "notes?select=id,seen()&seen.count()=gt.4", "notes?select=id,remarks()&remarks.body=like.canary*&remarks=not.is.null",
	"notes?select=id,remarks(count)", "notes?select=id,remarks(id.max(),n.min())", "notes?select=id,labels(count)", "remarks?select=...notes(id.max(),n.count())", "remarks?select=id.count(),...notes(id)", "remarks?select=id.sum(),...about(n.max())", "remarks?select=...notes(count())", "note_labels?select=...labels(body),count()", "notes?select=count(),remarks(count)", "notes?select=...remarks(id,n)",
	"notes?select=id,remarks(id,n::int)", "notes?select=id,labels(n::int)", "notes?select=id,told(n::int)", "remarks?select=id,notes(n::int)", "remarks?select=id,about(n::int)", "labels?select=id,notes(x:doc->>a::int)", "notes?select=id,seen(n::int)", "notes?select=id,remarks(loud)", "remarks?select=id,notes(loud)", "notes?select=id,remarks(loud.max())", "remarks?select=...notes(loud.max())", "notes?select=loud,labels(loud,notes(loud,told(loud)))",
	`notes?select=id,remarks(id)&remarks.body=like.canaryvalue7%20100\`, `notes?select=id,remarks!inner(id)&remarks.body=like.canaryvalue7%20100\`, `remarks?select=id,notes(id)&notes.body=ilike.canary*\`, `remarks?select=id,notes!inner(id)&notes.body=like.canaryvalue7%20100\`, "notes?select=id,remarks(id)&remarks.id=gt.90&remarks.body=match.(", "remarks?select=id,notes!inner(id)&notes.id=gt.90&notes.body=match.(", "notes?select=id,labels!inner(id)&labels.id=gt.90&labels.body=match.(", "notes?select=id&id=gt.90&body=match.(", "notes?select=id,remarks()&remarks=is.null&remarks.id=gt.90&remarks.body=match.(",
	"notes?select=id,remarks(id)&remarks.loud=gt.0", "notes?select=id,remarks!inner(id)&remarks.loud=gt.0", "remarks?select=id,notes(id)&notes.loud=gt.0", "remarks?select=id,notes!inner(id)&notes.loud=gt.0", "notes?select=id,labels()&labels.loud=gt.0&labels=not.is.null", "notes?select=id,labels()&labels.loud=gt.0&labels.count()=gt.0", "notes?select=id,told!inner()&told.loud=gt.0", "notes?select=id,told()&told=is.null", "notes?select=id,told()&told=not.is.null&loud=gt.0", "remarks?select=id,about!inner(id)&about.loud=lt.5",
	"notes?select=id,remarks(id)&remarks.doc->a->b=is.null", "notes?select=id,remarks!inner(id)&remarks.doc->>a=like.c\\", "notes?select=id,remarks(id)&remarks.body=fts.%26", "notes?select=id,labels!inner(id)&labels.id=gt.90&labels.body=fts.%26", "notes?select=id,remarks(id)&remarks.id=gt.90&remarks.body=fts(nowhere).x",
	"notes?select=id,remarks(id)&remarks.order=loud", "notes?select=id,remarks(id)&remarks.order=loud.desc&remarks.limit=2&remarks.offset=1", "remarks?select=id,notes(id)&order=notes(loud),id", "remarks?select=id,notes(id)&order=notes(body).desc.nullslast,id", "remarks?select=id,about(id)&order=about(loud).nullsfirst,id", "remarks?select=id,notes(id)&order=notes(doc->>a),id", "note_labels?select=note_id,label_id,labels()&order=labels(loud),notes(loud)", "note_labels?select=note_id,label_id,labels(),notes()&order=labels(loud).desc,notes(loud),note_id,label_id",
	"notes?select=id,remarks(id,notes(id,labels!inner(id,notes!inner(id,remarks!inner(loud)))))", "notes?select=id,remarks!inner(id,notes!inner(id,labels!inner(id)))&remarks.notes.labels.body=match.(", "notes?select=id,remarks(id,notes!inner(id))&remarks.notes.loud=gt.0", "notes?select=id,note_labels(label_id,...labels(loud,body))", "notes?select=id,...note_labels(...labels(loud,body))", "labels?select=id,note_labels!inner(note_id,...notes!inner(body))",
	"notes?select=id,remarks(id)&order=loud&limit=3", "notes?select=id,remarks!inner(id)&order=id&limit=2&offset=2", "notes?select=id,remarks(id)&remarks.limit=1&remarks.order=id.desc", "notes?select=id,a:remarks!inner(id),b:labels(id)&a.id=gt.3&b=not.is.null&b.id=lt.9&order=id", "notes?select=id,remarks()&remarks=not.is.null&id=gt.90&body=match.(", "notes?select=id,remarks!inner()&id=gt.90&loud=gt.1",
}

// A test that fails at the tenant's own rows is tried on related ones only, whatever plan the
// statistics of all rows lead to.
func TestAttack25_PlansTellNothing(t *testing.T) {
	begin(t, 25)
	compare := compareRigs(relatedPair(t, false))
	for _, path := range []string{
		"labels?select=id,notes(id)&notes.loud=lt.9&notes.body=match.(&id=eq.1&order=id", "note_labels?select=note_id,notes(id)&notes.body=match.(&note_id=eq.100", "note_labels?select=note_id,label_id,labels(id)&labels.body=match.(&label_id=gt.90",
		"labels?select=id,a:note_labels(note_id),b:notes(id)&b.loud=lt.9&b.body=match.(&b.order=id&body=like.*1*&order=id", "notes?select=id,a:note_labels(label_id,b:labels!inner(id,body),c:labels!inner(id))&a.b.body=match.(&a.c.id=gt.3&a.c.id=in.(1,2,3,100,101)&a.order=c(body),note_id,label_id&a.limit=5&loud=gt.2&a=is.null&order=id",
		"remarks?select=id,a:notes!inner(id),b:notes(id,body)&a.body=gt.a&a.id=lt.8&a.limit=2&a.offset=1&b.body=match.(&b.or=(body.like.*1*,body.like.c*\\)&or=(a.is.null,id.in.(1,2,3,100,101))&id=in.(1,2,3,100,101)&order=b(body).nullsfirst,id&limit=2",
		"remarks?select=id,notes(id)&notes.body=match.(&notes.id=gt.6", "remarks?select=id,about(id)&about.body=match.(&id=gt.19", "notes?select=id,remarks!inner(id)&remarks.body=match.(&id=gt.6", "notes?select=id,labels!inner(id)&labels.body=match.(&labels.id=eq.1", "notes?select=id,remarks()&remarks.body=match.(&remarks.count()=eq.0&id=gt.6",
	} {
		for range 7 {
			compare(path)
		}
		compare(path, "Prefer", "count=planned")
	}
}

// With mandatory filters, or policies, a response is the one of a database that has no other
// rows: no embed at any level, and no filter, number, order or aggregate of one, tells of a hidden row of the
// table, of a related one, or of the one between the two.
func TestAttack25_HiddenRowsAsIfAbsent(t *testing.T) {
	begin(t, 25)
	for name, policies := range map[string]bool{"filters": false, "policies": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rigs := relatedPair(t, policies)
			for _, r := range rigs {
				r.T = t
			}
			compare := compareRigs(rigs)
			for _, path := range oracles {
				for range 7 { // until the plan of a kept statement is made without looking at values
					compare(path)
				}
				for _, prefer := range []string{"count=exact", "count=planned", "count=estimated"} {
					compare(path, "Prefer", prefer)
				}
			}
			dice := rand.New(rand.NewPCG(7, uint64(len(name))))
			for range 800 {
				g := relatedGuess{dice: dice}
				compare(g.request(), "Prefer", "count="+[]string{"exact", "planned", "estimated"}[dice.IntN(3)])
			}
		})
	}
}

func compareRigs(rigs [2]*rig) func(path string, header ...string) {
	answered, differ, failed := 0, 0, 0
	rigs[0].Cleanup(func() {
		if rigs[0].Logf("%d answers, %d of them failures, %d differ", answered, failed, differ); failed*2 > answered {
			rigs[0].Errorf("%d of %d responses are failures", failed, answered)
		}
	})
	return func(path string, header ...string) {
		raw := "/dbcontents/" + strings.NewReplacer(`"`, "%22", `\`, "%5C", ">", "%3E", "<", "%3C", "{", "%7B", "}", "%7D").Replace(path)
		alone, among := rigs[0].get(raw, header...), rigs[1].get(raw, header...)
		if answered++; alone.StatusCode >= 400 {
			failed++
		}
		if arranged(alone) != arranged(among) {
			if differ++; differ < 10 {
				rigs[1].Errorf("%s %v: %s %.600s\nand with rows of others %s %.600s", path, header, alone.Status, alone.body, among.Status, among.body)
			}
		}
	}
}

// arranged is a response whose rows are sorted at each level, as no request has to say their order.
func arranged(a response) string {
	var document any
	if a.StatusCode < 400 && json.Unmarshal([]byte(a.body), &document) == nil {
		arrange(document)
		sorted, _ := json.Marshal(document)
		a.body = string(sorted)
		a.Header.Del("Etag")
	}
	return a.steady()
}

func arrange(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			arrange(member)
		}
	case []any:
		for _, element := range v {
			arrange(element)
		}
		slices.SortFunc(v, func(x, y any) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	}
}

// A relatedGuess makes requests up. What it tests fails at rows of the other tenant alone:
// which own rows are tried when several tests would do depends on the plan.
type relatedGuess struct {
	dice   *rand.Rand
	params []string
	embeds int
}

// relatedWays are the embeds of each table, those with at most one row first.
var relatedWays = map[string][2][]string{
	"notes": {nil, {"remarks", "labels", "note_labels", "seen", "told"}}, "remarks": {{"notes", "about"}, nil}, "labels": {nil, {"notes", "note_labels"}},
	"note_labels": {{"notes", "labels"}, nil}, "seen": {{"notes"}, nil}, "told": {{"notes", "about"}, nil}, "about": {nil, {"remarks", "labels", "told"}},
}

func (g *relatedGuess) pick(of ...string) string { return of[g.dice.IntN(len(of))] }

func (g *relatedGuess) request() string {
	table := g.pick("notes", "remarks", "labels", "note_labels", "seen")
	items := g.level(table, "", 0)
	return table + "?" + strings.Join(append([]string{"select=" + items}, g.params...), "&")
}

// level makes what a level selects, and adds the parameters of it.
func (g *relatedGuess) level(table, path string, depth int) string {
	between := table == "note_labels"
	key := "id"
	if between {
		key = "label_id"
	}
	items := []string{key}
	if between {
		items = append(items, "note_id")
	} else if g.dice.IntN(2) == 0 {
		items = append(items, g.pick("body", "n", "doc->>a", "n::int", "x:doc->a"))
		if table != "seen" {
			items = append(items, g.pick("loud", "body"))
		}
	}
	var many, one []string
	if ways := relatedWays[table]; depth < 3 {
		for range g.dice.IntN(3) {
			list, to := ways[0], &one
			if len(list) == 0 || len(ways[1]) > 0 && g.dice.IntN(2) == 0 {
				list, to = ways[1], &many
			}
			if g.embeds++; len(list) == 0 || g.embeds > 6 {
				break
			}
			name, alias := g.pick(list...), fmt.Sprintf("e%d", g.embeds)
			inner := g.level(name, path+alias+".", depth+1)
			items = append(items, alias+":"+name+g.pick("", "", "!inner")+"("+inner+")")
			*to = append(*to, alias)
		}
	}
	test := func() string {
		switch n := g.dice.IntN(8); {
		case n == 0 && len(one) > 0:
			return g.pick(one...) + g.pick("=is.null", "=not.is.null")
		case n == 1 && len(many) > 0:
			return g.pick(many...) + g.pick("=is.null", "=not.is.null", ".count()=gt.3", ".count()=eq.0")
		case n < 4 || between || table == "seen":
			return key + "=" + g.pick("gt.3", "lt.8", "gt.90", "in.(1,2,3,100,101)")
		case n == 4:
			return "loud=" + g.pick("gt.2", "lt.9", "is.null")
		default:
			return "body=" + g.pick("like.*1*", "match.o", "not.like.*9", `like.c*\`, "gt.a", "fts.own")
		}
	}
	for range g.dice.IntN(3) {
		name, value, _ := strings.Cut(test(), "=")
		switch {
		case g.dice.IntN(3) == 0 && !strings.Contains(value, "("):
			other, with, _ := strings.Cut(test(), "=")
			g.params = append(g.params, path+"or=("+name+"."+value+","+other+"."+with+")")
		default:
			g.params = append(g.params, path+name+"="+value)
		}
	}
	order := key
	if between {
		order = "note_id,label_id"
	}
	if len(one) > 0 && g.dice.IntN(2) == 0 {
		order = g.pick(one...) + "(" + g.pick("body", "loud", "n") + ")" + g.pick("", ".desc", ".nullsfirst") + "," + order
	} else if !between && table != "seen" && g.dice.IntN(3) == 0 {
		order = g.pick("loud.desc", "body", "doc->>a,id", "loud") + "," + order
	}
	g.params = append(g.params, path+"order="+order)
	if g.dice.IntN(3) == 0 {
		g.params = append(g.params, path+"limit="+g.pick("1", "2", "5"))
		if g.dice.IntN(2) == 0 {
			g.params = append(g.params, path+"offset=1")
		}
	}
	return strings.Join(items, ",")
}
