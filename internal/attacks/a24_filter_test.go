package attacks

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// ownSQL has the rows of a tenant, and amongSQL those of another. What of a row can fail
// does so for the other's rows alone.
const ownSQL = `
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, body text NOT NULL, blind text COLLATE blind, parts json[], numbers int[], area circle, spread box, track path, doc jsonb, raw json, span int4range, n numeric, at timestamptz, d date);
CREATE EXTENSION intarray;
CREATE FUNCTION loud(notes) RETURNS int LANGUAGE plpgsql STABLE COST 0.0001 AS $$ BEGIN
	IF $1.tenant <> 'own' THEN RAISE EXCEPTION 'canaryvalue7 of %', $1.tenant; END IF; RETURN $1.id; END $$;
INSERT INTO notes SELECT i, 'own', 'own ' || i, 'own', '{1}', '{1}', '<(0,0),1>', '(0,0),(1,1)', '((0,0),(1,1))', '{"a": "own"}', '{"a": "own"}', '[1,5)', i, '2026-01-01', '2026-01-01' FROM generate_series(1, 10) i;`

const amongSQL = `
INSERT INTO notes SELECT i, 'other', 'canaryvalue7 ' || i, 'canaryvalue7', '{1,2}', '{NULL}', '<(0,0),1e200>', '(0,0),(1e200,1e200)', '((0,0),(1e200,1))', '{"a": "canaryvalue7"}', '{"a": "canaryvalue7"}', '(,)', 1e300, 'infinity', 'infinity' FROM generate_series(11, 2000) i;`

// seeOwn is a session whose mandatory filter costs more than what the request asks for, as
// PostgreSQL tests first what costs less.
func seeOwn(*http.Request) (dbcontents.Session, error) {
	costly := make([]string, 100)
	costly[0] = "own"
	return dbcontents.Session{Tables: map[string]dbcontents.Grant{"notes": {
		Columns: strings.Fields("id body blind parts numbers area spread track doc raw span n at d loud"),
		Where:   dbcontents.Where("tenant", dbcontents.OpIn, costly),
	}}}, nil
}

var (
	nextPage  = regexp.MustCompile(`<([^>]*)>; rel="next"`)
	priorPage = regexp.MustCompile(`<([^>]*)>; rel="prev"`)
)

// With a mandatory filter a response is, to the byte, the one of a table that has no other
// rows: no filter, order or page makes another's row fail, or is told by a failure that it is there.
func TestAttack24_AMandatoryFilterTellsNothing(t *testing.T) {
	begin(t, 24)
	var rigs []*rig
	for _, sql := range []string{"", amongSQL} {
		config := dbcontents.Config{Tables: []string{"notes"}, Aggregates: true}
		rigs = append(rigs, build(t, pgtest.New(t, ownSQL+sql+" CREATE INDEX ON notes (body text_pattern_ops); ANALYZE notes"), config, httpapi.Options{Session: seeOwn}))
	}
	paths := []string{
		"/dbcontents", "/dbcontents?select=id.count()", "/dbcontents?select=id.max(),loud.sum()", "/dbcontents?order=loud", "/dbcontents?order=loud.desc&limit=3",
		`/dbcontents?body=like.canaryvalue7%201\`, `/dbcontents?body=ilike.CANARYVALUE7%201\`, `/dbcontents?body=like(any).{"canaryvalue7%201\\"}`, `/dbcontents?body=not.like.canary\`,
		`/dbcontents?doc->>a=like.c\`, `/dbcontents?raw->>a=like.c\`, "/dbcontents?raw->a->b=is.null",
		"/dbcontents?id=eq.15&body=match.(", "/dbcontents?id=eq.15&body=imatch.(", "/dbcontents?id=gt.10&body=match(all).{(}",
		"/dbcontents?id=eq.15&blind=like.x", "/dbcontents?id=eq.15&blind=match.x", "/dbcontents?blind=eq.canaryvalue7",
		"/dbcontents?id=eq.15&parts=cs.{1}", "/dbcontents?id=eq.15&parts=ov.{1}", "/dbcontents?id=eq.15&parts=eq.{1}",
		"/dbcontents?numbers=cs.{1}", "/dbcontents?id=eq.15&numbers=ov.{NULL}", "/dbcontents?numbers=eq.{1}",
		"/dbcontents?area=eq.<(0,0),2>", "/dbcontents?id=eq.15&area=lt.<(0,0),1e200>", "/dbcontents?spread=eq.(0,0),(2,2)", "/dbcontents?id=eq.15&spread=gt.(0,0),(1e200,1e200)", "/dbcontents?id=eq.15&area=ov.<(0,0),1e308>", "/dbcontents?track=gt.((0,0),(1,1))",
		"/dbcontents?span=adj.[1,2)", "/dbcontents?id=eq.15&span=adj.(,2147483646]", "/dbcontents?n=gt.1e200", "/dbcontents?at=gt.2026-06-01", "/dbcontents?d=eq.infinity",
		"/dbcontents?loud=gt.0", "/dbcontents?loud=is.null", "/dbcontents?or=(loud.gt.10,id.lt.3)", "/dbcontents?not.and=(loud.gt.0,id.gt.0)",
		"/dbcontents?body=fts.canaryvalue7", "/dbcontents?id=eq.15&body=fts(nowhere).x", "/dbcontents?id=eq.15&body=fts.%26",
		"/dbcontents?select=id,x:doc->>a::int&id=eq.15", "/dbcontents?select=body::int&id=eq.15", "/dbcontents?tenant=eq.other", "/dbcontents?order=tenant",
	}
	for _, order := range []string{"loud", "loud.desc", "loud,body", "body,loud", "body.desc,id", "raw->>a", "doc->>a,id.desc", "blind", "area", "span,loud", "n.desc", "parts", "at,loud.desc"} {
		path := "/dbcontents?select=id&limit=3&order=" + order
		paths = append(paths, path)
		for page := path; ; {
			links := rigs[0].get(page).Header.Get("Link")
			if link := priorPage.FindStringSubmatch(links); link != nil {
				paths = append(paths, "/dbcontents"+link[1])
			}
			link := nextPage.FindStringSubmatch(links)
			if link == nil {
				break
			}
			page = "/dbcontents" + link[1]
			paths = append(paths, page)
		}
	}
	differ, pages := 0, 0
	for _, path := range paths {
		if strings.Contains(path, "after=") {
			pages++
		}
		for _, prefer := range []string{"", "count=exact", "count=planned", "count=estimated"} {
			raw := strings.NewReplacer(`"`, "%22", `\`, "%5C", ">", "%3E", "<", "%3C", "{", "%7B", "}", "%7D", "|", "%7C").Replace(path)
			for range 7 { // until the plan of a kept statement is made without looking at values
				alone, among := rigs[0].get(raw, "Prefer", prefer), rigs[1].get(raw, "Prefer", prefer)
				rigs[1].keepsCanaries(path, among, "other")
				if alone.steady() != among.steady() {
					differ++
					t.Errorf("%s, %q: %s %.300q, and with rows of others %s %.300q", path, prefer, alone.Status, alone.body, among.Status, among.body)
					break
				}
			}
		}
	}
	if pages < 10 {
		t.Errorf("%d pages only were followed", pages)
	}
	t.Logf("%d paths, %d of them pages; %d differences", len(paths), pages, differ)
}

// The cost of a read that is refused is that of all rows, so a caller with a mandatory filter does not get it.
func TestAttack24_ACostTellsNoFigure(t *testing.T) {
	begin(t, 24)
	config := dbcontents.Config{Tables: []string{"notes"}, MaxCost: 1}
	r := build(t, pgtest.New(t, ownSQL+amongSQL+" ANALYZE notes"), config, httpapi.Options{Session: seeOwn})
	var messages []string
	for _, path := range []string{"/dbcontents?body=eq.x", "/dbcontents?id=gt.0&order=body", "/dbcontents?blind=eq.canaryvalue7"} {
		p := r.problem(r.get(path))
		if p.Cause != "too_costly" {
			t.Errorf("%s: %+v", path, p)
		}
		messages = append(messages, p.Message)
	}
	if messages[0] != messages[1] || messages[0] != messages[2] {
		t.Errorf("the messages differ: %q", messages)
	}
}
