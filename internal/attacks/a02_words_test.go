package attacks

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// digits4 holds every number of four digits: a de Bruijn sequence, made by
// taking the greatest digit that gives a number not seen yet.
func digits4() string {
	text, seen := "000", map[string]bool{}
	for {
		next := ""
		for d := '9'; d >= '0' && next == ""; d-- {
			if n := text[len(text)-3:] + string(d); !seen[n] {
				next = n
			}
		}
		if next == "" {
			return text
		}
		seen[next] = true
		text += next[3:]
	}
}

// A client that sends all values a secret may have learns nothing of it.
func TestAttack02_AllGuessesAtOnce(t *testing.T) {
	begin(t, 2)
	all := digits4()
	if len(all) != 10003 {
		t.Fatalf("%d digits", len(all))
	}
	r := wordRig(t, inLanguage(t, "en", `CREATE TABLE pins AS SELECT 1 AS id, '4711' AS pin`,
		`CREATE VIEW opened AS SELECT id, pin::uuid AS n FROM pins`), dbcontents.Config{}, httpapi.Options{})
	for _, path := range []string{
		"/dbcontents/opened?id=gte.1&on_conflict=" + all,
		"/dbcontents/opened?id=gte.1&columns=" + all,
		"/dbcontents/opened?select=n,%22" + all + "%22:id&id=not.in.(2,3)",
	} {
		got := r.get(path)
		p := r.problem(got)
		if strings.Contains(p.Message+p.Hint, "4711") || p.Details != nil {
			t.Errorf("%.40s: %s", path, got.body)
		}
		if p.Status != 400 || p.Code != "22P02" {
			t.Errorf("%.40s: %s", path, got.body)
		}
	}
	if !strings.Contains(r.logged(), "4711") {
		t.Error("what the database says is not in the log")
	}
}

// guessPlaces are where a client can put a guess.
func guessPlaces(guess string) map[string]struct {
	query  string
	header []string
} {
	g := url.QueryEscape(guess)
	type place = struct {
		query  string
		header []string
	}
	return map[string]place{
		"on_conflict":            {query: "id=gte.1&on_conflict=" + g},
		"columns":                {query: "id=gte.1&columns=" + g},
		"alias":                  {query: "id=gte.1&select=n," + url.QueryEscape(`"`+guess+`"`) + ":id"},
		"alias of the cast":      {query: "id=gte.1&select=" + url.QueryEscape(`"`+guess+`"`) + ":n::text"},
		"text":                   {query: "note=neq." + g},
		"text, quoted":           {query: "note=neq." + url.QueryEscape(`"`+guess+`"`)},
		"list":                   {query: "note=not.in.(" + g + ",b)"},
		"array":                  {query: "note=like(any).{" + g + ",*}"},
		"pattern":                {query: "note=not.like.*" + g + "*"},
		"regular expression":     {query: "note=not.match." + g},
		"words":                  {query: "note=not.plfts." + g},
		"tsquery":                {query: "note=not.fts." + url.QueryEscape("'"+strings.ReplaceAll(guess, "'", "''")+"'")},
		"logic":                  {query: "or=(note.neq." + url.QueryEscape(`"`+guess+`"`) + ",id.eq.1)"},
		"path":                   {query: "select=n,doc->>" + url.QueryEscape(`"`+guess+`"`)},
		"filter by a path":       {query: "doc->>" + url.QueryEscape(`"`+guess+`"`) + "=is.null"},
		"JSON":                   {query: "doc=not.cs." + url.QueryEscape(`{"a":"`+guess+`"}`)},
		"number in text":         {query: "note=neq.1&note=neq." + g},
		"an aggregate's alias":   {query: "id=gte.1&select=" + url.QueryEscape(`"`+guess+`"`) + ":n.max()"},
		"the request's id":       {query: "id=gte.1", header: []string{"X-Request-Id", guess}},
		"a preference":           {query: "id=gte.1", header: []string{"Prefer", "something=" + guess}},
		"a preference of writes": {query: "id=gte.1", header: []string{"Prefer", "max-affected=" + guess}},
		"the range's unit":       {query: "id=gte.1", header: []string{"Range-Unit", guess}},
		"any header":             {query: "id=gte.1", header: []string{"X-Guess", guess}},
		"a cookie":               {query: "id=gte.1", header: []string{"Cookie", "guess=" + guess}},
		"a media type":           {query: "id=gte.1", header: []string{"Accept", "application/json, text/" + guess}},
		"an entity tag":          {query: "id=gte.1", header: []string{"If-None-Match", `"` + guess + `"`}},
		"Preference-Applied":     {query: "id=gte.1", header: []string{"Prefer", "timezone=UTC, handling=lenient, " + guess}},
		"a number that is none":  {query: "id=eq." + g},
		"wrong words":            {query: "note=fts." + g + "+" + g},
		"a wrong expression":     {query: "note=match.(" + g},
		"a time zone":            {query: "id=gte.1", header: []string{"Prefer", "timezone=" + guess}},
		"a token that is none":   {query: "after=" + base64.RawURLEncoding.EncodeToString([]byte(guess))},
	}
}

// Whether a guess is right must not show: where the guess stands, the response
// is the same but for the guess itself.
func TestAttack02_NoGuessIsConfirmed(t *testing.T) {
	begin(t, 2)
	const secret, wrong = "opensesame7", "shutsesame7"
	r := wordRig(t, inLanguage(t, "en", failures(secret)...), dbcontents.Config{}, httpapi.Options{})
	ask := func(relation, place, guess string) string {
		p := guessPlaces(guess)[place]
		a := r.get("/dbcontents/"+relation+"?"+p.query, p.header...)
		a.Header.Del("Date")
		a.Header.Del("Retry-After") // at random
		id := a.Header.Get("X-Request-Id")
		return strings.ReplaceAll(strings.ReplaceAll(a.text(), id, "ID"), guess, "GUESS")
	}
	for _, relation := range failing {
		for place := range guessPlaces("") {
			right, other := ask(relation, place, secret), ask(relation, place, wrong)
			if diff := cmp.Diff(other, right); diff != "" {
				t.Errorf("%s: a right guess in %q shows (-wrong +right):\n%s", relation, place, diff)
			}
			if strings.Contains(other, secret) {
				t.Errorf("%s: a wrong guess in %q gives the right one:\n%s", relation, place, other)
			}
		}
	}
}

// failing are views that cannot be read because of a stored value, each with
// the columns id, n, note and doc.
var failing = []string{
	"cast_int", "cast_date", "cast_uuid", "cast_enum", "cast_array", "cast_json", "cast_range", "cast_tsquery", "cast_regclass",
	"raised_22p02", "raised_german", "raised_french", "raised_bare", "raised_p0001", "raised_42883", "raised_42601", "raised_22023", "raised_22007",
	"raised_23505", "raised_42703", "raised_42p01", "raised_42501", "raised_0a000", "raised_57014", "raised_xx000", "raised_fake",
	"dynamic", "regexp", "folded", "folded_raise", "checked", "f$1",
}

// failures is the SQL that makes them, from a table that holds the secret.
func failures(secret string) (sql []string) {
	view := func(name, expression string) {
		sql = append(sql, `CREATE VIEW "`+name+`" AS SELECT id, `+expression+` AS n, note, doc FROM safes`)
	}
	sql = append(sql, `CREATE TABLE safes AS SELECT 1 AS id, '`+secret+`' AS word, 'a note' AS note, '{"a":1}'::jsonb AS doc`,
		`CREATE TYPE mood AS ENUM ('sad')`,
		`CREATE FUNCTION complain(code text, message text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = message, HINT = message; END $$`,
		`CREATE FUNCTION run(sql text) RETURNS int LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN EXECUTE sql INTO n; RETURN n; END $$`,
		// What lies about being immutable runs while the statement is planned.
		`CREATE FUNCTION folded(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT word FROM safes)::int; END $$`,
		`CREATE FUNCTION folded_raise(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
			RETURN complain('22P02', 'invalid input syntax for type integer: "' || (SELECT word FROM safes) || '"'); END $$`,
		`CREATE FUNCTION "f $1"(x int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT folded_raise(x) $$`,
		`CREATE FUNCTION allowed(x int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT word FROM safes)::int > x; END $$`,
		`CREATE DOMAIN small AS int CHECK (allowed(value))`)
	view("cast_int", "word::int")
	view("cast_date", "word::date")
	view("cast_uuid", "word::uuid")
	view("cast_enum", "word::mood")
	view("cast_array", "word::int[]")
	view("cast_json", "word::json->>'a'")
	view("cast_range", "word::int4range")
	view("cast_tsquery", "to_tsquery('simple', word || ' ' || word)::text")
	view("cast_regclass", "word::regclass::text")
	for code, message := range map[string]string{
		"22p02": `'invalid input syntax for type integer: "' || word || '"'`, "german": `'ungültige Eingabesyntax für Typ integer: »' || word || '«'`,
		"french": `'syntaxe en entrée invalide pour le type integer : « ' || word || ' »'`, "bare": `'a word: ' || word`,
		"p0001": `'"' || word || '"'`, "42883": `'operator does not exist: ' || word`, "42601": `'syntax error in tsquery: "' || word || '"'`,
		"22023": `'invalid value for parameter "TimeZone": "' || word || '"'`, "22007": `'invalid input syntax for type date: "' || word || '"'`,
		"23505": `'duplicate key: ' || word`, "42703": `'column "' || word || '" does not exist'`, "42p01": `'relation "' || word || '" does not exist'`,
		"42501": `'permission denied for ' || word`, "0a000": `'not implemented: ' || word`, "57014": `'canceling ' || word`, "xx000": `word`,
		"fake": `'invalid input syntax for type uuid: "' || word || '"' || E'\nunnamed portal parameter $1'`,
	} {
		state := strings.ToUpper(code)
		if len(code) != 5 {
			state = "22P02"
		}
		view("raised_"+code, "complain('"+state+"', "+message+")")
	}
	view("dynamic", "run('SELECT ' || word || word)")
	view("regexp", "note ~ (word || '(')")
	view("folded", "folded(1)")
	view("folded_raise", "folded_raise(1)")
	view("f$1", `"f $1"(1)`)
	view("checked", "id::small")
	return sql
}

// What a function behind a foreign server says is not said to the client, what a
// function here says with PTnnn is.
func TestAttack02_WordsFromAForeignServer(t *testing.T) {
	begin(t, 2)
	for _, language := range wordLanguages[:2] {
		dsn := inLanguage(t, language, `CREATE TABLE safes AS SELECT 1 AS id, 'opensesame7' AS word`,
			`CREATE FUNCTION say(code text, word text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
				RAISE EXCEPTION USING ERRCODE = code, MESSAGE = '"' || word || '"', DETAIL = word, HINT = word; END $$`,
			`CREATE VIEW said_pt402 AS SELECT id, say('PT402', word) AS n FROM safes`,
			`CREATE VIEW said_22p02 AS SELECT id, say('22P02', word) AS n FROM safes`,
			`CREATE VIEW said_p0001 AS SELECT id, say('P0001', word) AS n FROM safes`,
			`CREATE VIEW said_cast AS SELECT id, word::int AS n FROM safes`)
		r := wordRig(t, dsn, dbcontents.Config{}, httpapi.Options{})
		execOn(t, dsn, loopback(dsn, "said_pt402", "said_22p02", "said_p0001", "said_cast"))
		for name, want := range map[string]string{"said_pt402": "402 PT402", "said_22p02": "400 22P02", "said_p0001": "400 P0001", "said_cast": "400 22P02"} {
			for _, behind := range []string{"far_", "guessed_"} {
				for _, query := range []string{"id=eq.1&select=n", "id=eq.1&select=n&on_conflict=opensesame7"} {
					a := r.get("/dbcontents/" + behind + name + "?" + query)
					p := r.problem(a)
					if got := fmt.Sprint(p.Status, " ", p.Code); got != want {
						t.Errorf("%s: %s%s is %s, want %s: %s", language, behind, name, got, want, a.body)
					}
					if strings.Contains(a.text(), "opensesame7") {
						t.Errorf("%s: %s%s?%s: %s", language, behind, name, query, a.text())
					}
				}
			}
		}
		if a := r.get("/dbcontents/said_pt402"); a.StatusCode != http.StatusPaymentRequired || strings.Count(a.body, "opensesame7") < 3 {
			t.Errorf("%s: its author speaks to the client: %s", language, a.body)
		}
		if !strings.Contains(r.logged(), "opensesame7") {
			t.Error("what the foreign server says is not in the log")
		}
	}
}
