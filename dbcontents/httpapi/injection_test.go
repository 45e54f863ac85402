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

	// Of related tables.
	"/things?select=id,RAW(*)", `/things?select=id,"QUOTED"(*)`, "/things?select=...RAW(*)", `/things?select=id,..."QUOTED"(*)`, `/things?select="QUOTED"!inner(*)`,
	"/hostile?select=id,RAW(id)", `/hostile?select="QUOTED",things!"QUOTED"(id,"QUOTED")`, `/things?select=hostile!"QUOTED"(*)`, `/things?select=others!"QUOTED"(*)`, "/things?select=hostile(*)",
	"/things?select=id,parts!RAW(*)", `/things?select=id,parts!"QUOTED"(*)`, `/things?select=id,parts!"QUOTED"!inner(*)`, `/things?select=id,"QUOTED"!"QUOTED"(*)`,
	"/things?select=id,RAW:parts(*)", `/things?select=id,"QUOTED":parts(*)`, `/things?select=id,"QUOTED":parts!inner(*)&"QUOTED"=not.is.null`,
	`/things?select=id,"QUOTED":parts(*)&"QUOTED".id=eq.1`, `/things?select=id,"QUOTED":parts(*)&"QUOTED".order=id&"QUOTED".limit=2&"QUOTED".offset=1`,
	`/things?select=id,"QUOTED":parts(id)&"QUOTED".or=(id.eq.1,name.eq."QUOTED")`, `/things?select=id,"QUOTED":parts(id)&or=("QUOTED".is.null,id.eq.1)`,
	"/things?select=id,parts(RAW)", `/things?select=id,parts("QUOTED")`, `/things?select=id,parts("QUOTED":id)`, `/things?select=id,parts(id::RAW)`, `/things?select=id,parts(*,-"QUOTED")`,
	`/things?select=id,parts(doc->"QUOTED")`, `/things?select=id,parts("QUOTED":doc->>"QUOTED")`, `/things?select=id,parts(id.RAW())`, `/things?select=id,parts("QUOTED":id.sum(),name)`, `/things?select=id,parts("QUOTED":count)`,
	`/things?select=id,parts(name)&parts.name=eq.RAW`, `/things?select=id,parts(name)&parts.name=in.("QUOTED",RAW)`, `/things?select=id,parts(name)&parts.name=fts(RAW).x`, `/things?select=id,parts(name)&parts.name=like(any).{"QUOTED"}`,
	`/things?select=id,parts(name)&parts."QUOTED"=eq.1`, `/things?select=id,parts(name)&parts.doc->>"QUOTED"=eq.RAW`, `/things?select=id,parts(name)&parts.RAW=RAW`, "/things?select=id,parts(name)&parts.id=RAW.1",
	`/things?select=id,parts(name)&parts.order="QUOTED"`, `/things?select=id,parts(name)&parts.order=doc->>"QUOTED".desc`, "/things?select=id,parts(name)&parts.limit=RAW", "/things?select=id,parts(name)&parts.offset=RAW",
	`/things?select=id,parts(name)&parts=RAW`, "/things?select=id,parts(name)&parts.RAW=is.null", "/things?select=id,parts(name)&RAW=is.null", `/things?select=id,parts(name)&parts.count()=eq.RAW`, `/things?select=id,parts(name)&parts.count()=in.("QUOTED")`,
	`/parts?select=id,"QUOTED":things(id)&order="QUOTED"(id)`, `/parts?select=id,things(id)&order=things("QUOTED")`, `/parts?select=id,things(id)&order=things(doc->>"QUOTED").desc`, "/parts?select=id,things(id)&order=RAW(id)", "/parts?select=id,things(id)&order=things(RAW)",
	`/parts?select=name,...things("QUOTED":id)`, `/parts?select=name,...things("QUOTED":id.sum())`, `/parts?select=id,things(id,"QUOTED":parts(id,"QUOTED":things("QUOTED":name)))`, `/parts?select=id,things(id,"QUOTED":parts(id))&things."QUOTED".name=eq.RAW`,
	`/things?select=id,made("QUOTED":name)&made.name=eq.RAW`, `/things?select=id,"QUOTED":made(id)&"QUOTED"=is.null`, `/things?select=id,label(*),others("QUOTED")&others.name=eq.RAW`,
}

// injectionRelated are tables that are related to things. Names of what relates them are hostile too.
var injectionRelated = []string{
	`CREATE TABLE parts (id int PRIMARY KEY, thing_id int REFERENCES things, name text, doc jsonb, "id""; SELECT zz_injected(); --" int)`,
	`INSERT INTO parts SELECT id, id, name, doc, id FROM things`,
	`CREATE TABLE hostile (id int PRIMARY KEY, "$1; SELECT zz_injected()" int, "id""; SELECT zz_injected(); --" int,
		CONSTRAINT "zz_injected()" FOREIGN KEY ("$1; SELECT zz_injected()") REFERENCES things, CONSTRAINT "'; DROP TABLE things; SELECT zz_injected() --" FOREIGN KEY ("id""; SELECT zz_injected(); --") REFERENCES things)`,
	`CREATE TABLE "1 OR zz_injected() IS NULL" (id int PRIMARY KEY, thing_id int REFERENCES things)`,
	`CREATE TABLE others (id int PRIMARY KEY, name text)`,
	`CREATE TABLE "\'; SELECT zz_injected(); --" (thing_id int REFERENCES things, "$1; SELECT zz_injected()" int REFERENCES others, PRIMARY KEY (thing_id, "$1; SELECT zz_injected()"))`,
	`CREATE FUNCTION made(things) RETURNS SETOF others STABLE LANGUAGE sql AS 'SELECT $1.id, $1.name'`,
	`CREATE FUNCTION "zz_injected()"(things) RETURNS SETOF others STABLE LANGUAGE sql AS 'SELECT $1.id, $1.name'`,
}

var injectedHeaders = []string{"Accept-Profile", "Prefer: timezone=", "Prefer: count=", "Range", "Accept", "X-Request-Id", "If-None-Match"}

// Whatever stands anywhere in a request, no statement but ours runs, and
// nothing changes.
func TestInjection(t *testing.T) {
	t.Parallel()
	setup := append([]string{things, `ALTER TABLE things ADD COLUMN "id""; SELECT zz_injected(); --" int DEFAULT 1`}, injectionRelated...)
	server, err := pgtest.NewWitness(t.Context(), injected, "things", setup...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })

	// As a superuser: nobody can do more harm.
	store, err := dbcontents.Open(dbcontents.Config{ConnString: server.DSN(pgtest.WitnessDatabase), Tables: []string{"things"}, AllTables: true, Aggregates: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := serve(t, httpapi.New(store, httpapi.Options{}))
	statuses, related := map[int]int{}, 0
	ask := func(path string, header ...string) {
		response, body := fetch(t, h, http.MethodGet, "/dbcontents"+path, header...)
		statuses[response.StatusCode]++
		if response.StatusCode == http.StatusOK && strings.Contains(path, "(") && strings.Contains(body, `":[{`) {
			related++
		}
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
	if statuses[200] < 100 || statuses[400] < 100 || statuses[404] == 0 || statuses[300] == 0 || related < 100 {
		t.Errorf("the corpus does not reach what it should: %v, %d with related rows", statuses, related)
	}

	// Reads, and the look-ups of tables and of relationships.
	if _, _, err := server.Testify(t.Context(), statuses[200], "SELECT ", "EXPLAIN (FORMAT JSON) SELECT ", "WITH rel AS (", "WITH RECURSIVE self AS (", "BEGIN", "SAVEPOINT dbcontents", "ROLLBACK"); err != nil {
		t.Error(err)
	}
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
