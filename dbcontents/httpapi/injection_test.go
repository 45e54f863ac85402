package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// injected is in every text that is sent below. In what the server was told to
// run it may stand in quoted names and constants only.
const injected = "zz_injected"

var injections = []string{
	`'; DROP TABLE things; SELECT zz_injected() --`,
	`"; DROP TABLE things; SELECT zz_injected() --`,
	`id"; SELECT zz_injected(); --`, // a column is called so
	`1 OR zz_injected() IS NULL`,
	`') OR (SELECT zz_injected()) IS NULL --`,
	`1)) UNION ALL SELECT zz_injected() --`,
	`/* '*/zz_injected()/*" */`,
	`$$; SELECT zz_injected(); $$`,
	`\'; SELECT zz_injected(); --`,
	`\"; SELECT zz_injected(); --`,
	`E'\''; SELECT zz_injected()`,
	`U&"\0022; SELECT zz_injected()"`,
	`\u0027; SELECT zz_injected()`,
	"\x00'; SELECT zz_injected()",
	"x\x00\"; SELECT zz_injected()",
	"\u02bc\u2019\uff07\uff02; SELECT zz_injected()", // what some encodings turn into quotes
	"\n; SELECT zz_injected();\n--",
	`zz_injected`,
	`zz_injected()`,
	`$1; SELECT zz_injected()`,
	`{1,2}'; SELECT zz_injected()`,
	`%' OR zz_injected() IS NULL OR '%`,
	strings.Repeat("x", 63) + `"; SELECT zz_injected()`,
	strings.Repeat("é", 3000) + `'; SELECT zz_injected()`,
}

// positions are where a text can stand in a request: RAW is it, QUOTED is it with
// the escapes of the language.
var positions = []string{
	"/RAW", "/things?RAW", "/things?RAW=eq.1", `/things?"QUOTED"=eq.1`, "/things?RAW=RAW", "/things?doc->RAW=eq.1",
	`/things?doc->>"QUOTED"=eq.1`, `/things?doc->a->>"QUOTED"=in.(1)`, "/things?name->RAW=eq.1", "/things?label->RAW=eq.1",
	"/things?select=RAW", `/things?select="QUOTED"`, "/things?select=RAW:id", `/things?select="QUOTED":id`, "/things?select=id::RAW",
	"/things?select=doc->RAW", `/things?select=doc->>"QUOTED"`, `/things?select="QUOTED":doc->"QUOTED"::text`, "/things?select=id.RAW()",
	"/things?select=id.sum()::RAW", "/things?select=count()::RAW", `/things?select="QUOTED":n.max(),flag`, "/things?select=RAW(id)",
	"/things?order=RAW", `/things?order="QUOTED".desc`, "/things?order=id.RAW", `/things?order=doc->>"QUOTED"`, "/things?order=id.desc.RAW",
	"/things?name=eq.RAW", "/things?name=RAW.1", "/things?name=not.RAW", "/things?name=neq.RAW", "/things?name=like.RAW", "/things?name=imatch.RAW",
	"/things?name=isdistinct.RAW", "/things?name=eq(RAW).x", "/things?name=eq(any).RAW", `/things?name=like(all).{"QUOTED"}`,
	"/things?name=in.(RAW)", `/things?name=in.("QUOTED")`, "/things?name=is.RAW", "/things?name=fts(RAW).x", "/things?name=fts(english).RAW",
	"/things?lexemes=wfts.RAW", "/things?tags=cs.RAW", `/things?tags=ov.{"QUOTED"}`, "/things?doc=cs.RAW", "/things?span=adj.RAW", "/things?mood=eq.RAW",
	"/things?id=eq.RAW", "/things?at=gt.RAW", "/things?p=eq.RAW", "/things?label=eq.RAW",
	"/things?or=RAW", "/things?or=(RAW)", "/things?or=(RAW.eq.1)", `/things?or=("QUOTED".eq.1)`, "/things?and=(name.eq.RAW)", `/things?not.or=(name.eq."QUOTED",id.eq.1)`,
	"/things?and=(name.RAW.1)", "/things?and=(RAW(id.eq.1))", `/things?or=(name.in.("QUOTED"),tags.cs.{RAW})`,
	"/things?limit=RAW", "/things?offset=RAW", "/things?format=RAW", "/things?columns=RAW", "/things?after=RAW",

	"/things?select=id,RAW(id)", `/things?select="QUOTED"(id)`, `/things?select="QUOTED":kids(id)`, "/things?select=kids!RAW(id)", `/things?select=kids!"QUOTED"(id)`, "/things?select=kids(RAW)",
	`/things?select=kids("QUOTED")`, `/things?select=kids("QUOTED":id)`, `/things?select=...kids("QUOTED":id)`, `/things?select=kids(doc->>"QUOTED")`, "/things?select=kids(id::RAW)", `/things?select=*,-"QUOTED"`,
	"/things?select=kids(id)&kids.name=eq.RAW", `/things?select=kids(id)&kids."QUOTED"=eq.1`, `/things?select=kids!inner(id)&kids.name=in.("QUOTED",one)`, `/things?select=kids(id)&kids.or=(name.eq."QUOTED",id.gt.0)`,
	"/things?select=kids(id)&kids.order=RAW", `/things?select=kids(id)&kids.order="QUOTED".desc`, "/things?select=kids(id)&kids.limit=RAW", "/things?select=kids(id)&kids.count()=gt.RAW", "/things?select=kids(id)&RAW.id=eq.1",
	`/things?select="QUOTED":kids(id)&"QUOTED".id=gt.0&"QUOTED"=is.null`, `/kids?select="QUOTED":things(name)&order="QUOTED"(name)`, `/kids?select=things(id)&order=things("QUOTED")`, `/kids?select=things(id)&order=things(doc->>"QUOTED")`,
}

var injectedHeaders = []string{"Accept-Profile", "Prefer: timezone=", "Prefer: count=", "Range", "Accept", "X-Request-Id", "If-None-Match"}

// Whatever stands anywhere in a request, no statement but ours runs, and
// nothing changes.
func TestInjection(t *testing.T) {
	t.Parallel()
	server, err := pgtest.NewWitness(t.Context(), injected, "things", things, `ALTER TABLE things ADD COLUMN "id""; SELECT zz_injected(); --" int DEFAULT 1`,
		`CREATE TABLE kids (id int PRIMARY KEY, name text, doc jsonb, thing_id int CONSTRAINT "id""; SELECT zz_injected(); --" REFERENCES things); INSERT INTO kids VALUES (1, 'one', '{}', 1)`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })

	// As a superuser: nobody can do more harm.
	store, err := dbcontents.Open(dbcontents.Config{ConnString: server.DSN(pgtest.WitnessDatabase), Tables: []string{"things", "kids"}, Aggregates: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := serve(t, httpapi.New(store, httpapi.Options{}))
	statuses := map[int]int{}
	ask := func(path string, header ...string) {
		response, body := fetch(t, h, http.MethodGet, "/dbcontents"+path, header...)
		statuses[response.StatusCode]++
		if response.StatusCode >= 500 {
			t.Errorf("%.200q %.100q: %d %.300s", path, header, response.StatusCode, body)
		}
	}
	escapes := strings.NewReplacer(`"`, `\"`, `\`, `\\`)
	for _, text := range injections {
		for _, position := range positions {
			ask(strings.NewReplacer("RAW", escape(text), "QUOTED", escape(escapes.Replace(text)), `"`, "%22", ">", "%3E").Replace(position))
		}
		if strings.ContainsAny(text, "\x00\n") {
			continue // no header can hold them
		}
		for _, header := range injectedHeaders {
			name, value, _ := strings.Cut(header, ": ")
			ask("/things?limit=1", name, value+text)
		}
	}
	if statuses[200] < 100 || statuses[400] < 100 || statuses[404] == 0 {
		t.Errorf("the corpus does not reach what it should: %v", statuses)
	}

	// Reads, and the look-ups of tables and of their relationships.
	if _, _, err := server.Testify(t.Context(), statuses[200], "SELECT ", "EXPLAIN (FORMAT JSON) SELECT ", "WITH rel AS (", "WITH RECURSIVE self AS (", "BEGIN", "SAVEPOINT dbcontents", "ROLLBACK"); err != nil {
		t.Error(err)
	}
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
