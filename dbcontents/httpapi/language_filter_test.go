package httpapi_test

import (
	"strings"
	"testing"
)

func TestLanguageOfFilters(t *testing.T) {
	t.Parallel()
	h, pool := language(t)
	var readings []reading
	for _, r := range []reading{
		{"eq", "n=eq.20", `n = 20`},
		{"eq of text is the rest of the value, without any quoting", "name=eq.two, and (more).", `name = 'two, and (more).'`},
		{"quotes and backslashes are themselves", `name=eq.Percent %25 under_score *star* "quote" \back`, `name = 'Percent % under_score *star* "quote" \back'`},
		{"the empty text", "name=eq.", `name = ''`},
		{"neq leaves nulls out", "n=neq.20", `n <> 20`},
		{"isdistinct sees nulls", "n=isdistinct.20", `n IS DISTINCT FROM 20`},
		{"not leaves nulls out", "n=not.eq.20", `NOT n = 20`},
		{"not.isdistinct", "n=not.isdistinct.20", `NOT n IS DISTINCT FROM 20`},
		{"the type is the column's: bigint", "big=eq.9007199254740993", `big = 9007199254740993`},
		{"numeric", "num=gte.1.1&num=neq.NaN", `num >= 1.1 AND num <> 'NaN'`},
		{"boolean", "flag=eq.true", `flag`},
		{"enum", "mood=gt.sad", `mood > 'sad'`},
		{"date", "day=gte.2020-06-15", `day >= '2020-06-15'`},
		{"timestamptz", "at=lt.2020-01-01T12:00:00%2B02:00", `at < '2020-01-01 12:00:00+02'`},
		{"timestamptz without a zone is UTC", "at=eq.2020-01-01 10:00", `at = '2020-01-01 10:00+00'`},
		{"array", "nums=eq.{1,2}", `nums = '{1,2}'`},
		{"a star in like is a percent sign", "name=like.t*", `name LIKE 't%'`},
		{"a percent sign and an underscore too", "name=like.%25_nder%25", `name LIKE '%_nder%'`},
		{"ilike", "name=ilike.PERCENT*", `name ILIKE 'PERCENT%'`},
		{"not.like", "name=not.like.*e*", `NOT name LIKE '%e%'`},
		{"no way to write a star", `name=like.*\**`, `name LIKE '%\%%'`},

		{"in", "id=in.(1,3,5)", `id IN (1, 3, 5)`},
		{"in with quotes", `name=in.("two, and (more).",one)`, `name IN ('two, and (more).', 'one')`},
		{"in with escapes", `name=in.("Percent %25 under_score *star* \"quote\" \\back")`, `id = 5`},
		{"in of nothing", "id=in.()", `false`},
		{"in of an empty text is nothing too", `name=in.("")`, `false`},
		{"in of empty texts", `name=in.(,)`, `name = ''`},
		{"in: what follows is ignored", "id=in.(1,2)x", `id IN (1, 2)`},
		{"in: a quote that ends too early is taken raw", `name=in.("one"x,one)`, `name = 'one'`},
		{"in: an item ends at a NUL", "name=in.(one%00two)", `name = 'one'`},
		{"in: NULL is a text", "name=not.in.(NULL)", `NOT name = 'NULL'`},
		{"in: quotes within and backslashes are themselves", `name=in.(Percent %25 under_score *star* "quote" \back,one)`, `id IN (1, 5)`},
		{"in: braces are themselves", `tags->>1=in.({z})`, `id = 5`},
		{"not.in leaves nulls out", "n=not.in.(10,30)", `NOT n IN (10, 30)`},

		{"is null", "n=is.null", `n IS NULL`},
		{"is NULL", "n=not.is.NULL", `n IS NOT NULL`},
		{"is not_null", "n=is.not_null", `n IS NOT NULL`},
		{"is true", "flag=is.true", `flag IS TRUE`},
		{"is False", "flag=is.False", `flag IS FALSE`},
		{"is unknown", "flag=is.unknown", `flag IS UNKNOWN`},
		{"not.is.true", "flag=not.is.true", `flag IS NOT TRUE`},
		{"is: what follows is ignored", "n=is.nullish", `n IS NULL`},

		{"not before any", "name=not.ilike(any).{ON*,TW*}", `NOT name ILIKE ANY ('{ON%,TW%}')`},
		{"a list of any with quotes", `name=eq(any).{one,"two, and (more)."}`, `id IN (1, 2)`},

		{"arrays: cs", "tags=cs.{a,b}", `tags @> '{a,b}'`},
		{"arrays: cd", "tags=cd.{a,b}", `tags <@ '{a,b}'`},
		{"arrays: ov", "tags=ov.{a,c}", `tags && '{a,c}'`},
		{"arrays with quoted elements", `tags=cs.{"x,y"}`, `tags @> '{"x,y"}'`},
		{"jsonb: cs", `doc=cs.{"t":"text"}`, `doc @> '{"t":"text"}'`},
		{"jsonb: cd", `doc=cd.[1,2,3,{"k":[3]}]`, `doc <@ '[1,2,3,{"k":[3]}]'`},
		{"ranges: cs", "span=cs.[2,3)", `span @> '[2,3)'::int4range`},
		{"ranges: cd", "span=cd.[0,10)", `span <@ '[0,10)'`},
		{"ranges: ov", "span=ov.(3,9)", `span && '(3,9)'`},
		{"ranges: sl", "span=sl.[9,20)", `span << '[9,20)'`},
		{"ranges: sr", "span=sr.(,5)", `span >> '(,5)'`},
		{"ranges: nxr", "span=nxr.(0,9]", `span &< '(0,9]'`},
		{"ranges: nxl", "span=nxl.[5,)", `span &> '[5,)'`},
		{"ranges: adj", "span=adj.[5,9]", `span -|- '[5,9]'`},
		{"ranges of dates", "days=ov.[2020-01-15,2020-01-16)", `days && '[2020-01-15,2020-01-16)'`},

		{"fts", "lexemes=fts.cat", `lexemes @@ to_tsquery('cat')`},
		{"fts with a configuration", "lexemes=fts(english).cats|dogs", `lexemes @@ to_tsquery('english', 'cats|dogs')`},
		{"plfts", "lexemes=plfts(english).the cats", `lexemes @@ plainto_tsquery('english', 'the cats')`},
		{"phfts", "lexemes=phfts(english).cats running", `lexemes @@ phraseto_tsquery('english', 'cats running')`},
		{"phfts finds its words in their distance", "lexemes=phfts(english).cats are running", `lexemes @@ phraseto_tsquery('english', 'cats are running')`},
		{"wfts", "lexemes=wfts(english).cats or dog", `lexemes @@ websearch_to_tsquery('english', 'cats or dog')`},
		{"not.wfts", "lexemes=not.wfts(english).-cats", `NOT lexemes @@ websearch_to_tsquery('english', '-cats')`},
		{"fts of text", "name=fts(english).twos", `to_tsvector('english', name) @@ to_tsquery('english', 'twos')`},
		{"fts of text without a configuration", "name=fts.two", `to_tsvector(name) @@ to_tsquery('two')`},
		{"fts of jsonb", "doc=plfts(english).texts", `to_tsvector('english', doc) @@ plainto_tsquery('english', 'texts')`},
		{"fts of a domain over tsvector", "words=fts(english).cats", `words @@ to_tsquery('english', 'cats')`},
		{"fts of a computed column", "label=fts(english).one", `label(things) @@ to_tsquery('english', 'one')`},
		{"which is not wrapped", "label=fts(simple).and", `label(things) @@ to_tsquery('simple', 'and')`},
		{"fts of a computed tsvector is not wrapped", "lexed=fts(english).cats", `lexed(things) @@ to_tsquery('english', 'cats')`},

		{"a path as text", "doc->>t=eq.text", `doc->>'t' = 'text'`},
		{"a path as JSON", "doc->a->b=eq.[]", `doc->'a'->'b' = '[]'`},
		{"a path with an index", "doc->a->b->>0=gt.1", `doc->'a'->'b'->>0 > '1'`},
		{"a path is null", "doc->t=is.null", `doc->'t' IS NULL`},
		{"a path in a list", "doc->>t=in.(text,x)", `doc->>'t' IN ('text', 'x')`},
		{"a path into an array", "tags->>0=eq.b", `to_jsonb(tags)->>0 = 'b'`},
		{"a path into a composite", "p->>x=eq.2", `to_jsonb(p)->>'x' = '2'`},
		{"a computed column", "label=like.1:*", `label(things) LIKE '1:%'`},
		{"a path into a computed column", "parts->>n=eq.20", `parts(things)->>'n' = '20'`},

		{"a column with a space", "odd name=eq.2", `"odd name" = 2`},
		{"a column with a dash", "x-y=eq.dash", `"x-y" = 'dash'`},
		{"a column in quotes", `"a.b"=eq.dot&"a,b(c)"=eq.comma`, `"a.b" = 'dot' AND "a,b(c)" = 'comma'`},
		{"a column of another script", "%C3%9Cn%C3%AF=eq.%C3%B6", `"Ünï" = 'ö'`},
		{"a column called format", "format=eq.csv", `format = 'csv'`},
		{"a column called like a key, by a list", "and=(limit.eq.2,and.eq.2,not.eq.2,count.eq.2)", `"limit" = 2`},
		{"a filter twice", "n=gt.5&n=lt.15", `n > 5 AND n < 15`},
		{"what follows a filter's key is ignored", "id!=eq.1", `id = 1`},
		{"a semicolon separates too", "id=gt.1;id=lt.4", `id > 1 AND id < 4`},
		{"a percent sign without digits is itself", "name=like.Percent %*", `name LIKE 'Percent %%'`},
		{"an empty pair is ignored", "&;n=eq.20&", `n = 20`},
		{"columns and on_conflict belong to writes", "columns=id&on_conflict=name&id=lt.3", `id < 3`},
		{"a key without = is ignored", "name&id=eq.1", `id = 1`},

		{"or", "or=(id.eq.1,n.eq.20)", `id = 1 OR n = 20`},
		{"and", "and=(id.gt.1,id.lt.4)", `id > 1 AND id < 4`},
		{"not.or", "not.or=(id.eq.1,n.eq.20)", `NOT (id = 1 OR n = 20)`},
		{"not.and", "not.and=(id.gt.1,id.lt.4)", `NOT (id > 1 AND id < 4)`},
		{"lists are joined with and", "or=(id.eq.1,id.eq.2)&or=(n.eq.10,n.eq.30)&flag=is.true", `(id = 1 OR id = 2) AND (n = 10 OR n = 30) AND flag`},
		{"lists in lists", "or=(id.eq.1,and(n.eq.20,not.or(flag.is.true,id.not.in.(2,3))))", `id = 1 OR (n = 20 AND NOT (flag IS TRUE OR NOT id IN (2, 3)))`},
		{"not in a list", "or=(id.not.lt.4,name.not.is.null)", `NOT id < 4 OR name IS NOT NULL`},
		{"a quoted value in a list", `or=(name.eq."two, and (more).",id.eq.1)`, `name = 'two, and (more).' OR id = 1`},
		{"a quote that ends too early in a list is taken raw", `or=(name.eq."one"x,id.eq.2)`, `id = 2`},
		{"a value with escapes in a list", `or=(name.eq."Percent %25 under_score *star* \"quote\" \\back",id.eq.1)`, `id IN (1, 5)`},
		{"an array in a list", "or=(nums.cs.{1,2},nums.ov.{3})", `nums @> '{1,2}' OR nums && '{3}'`},
		{"a range in a list", `or=(span.cs."[2,3)",id.eq.4)`, `span @> '[2,3)'::int4range OR id = 4`},
		{"a text search in a list", `or=(lexemes.fts(english).cats,lexemes.plfts(english)."sleeping, dog")`, `lexemes @@ to_tsquery('english', 'cats') OR lexemes @@ plainto_tsquery('english', 'sleeping, dog')`},
		{"any in a list", "or=(id.eq(any).{1,2},name.like(any).{P*})", `id IN (1, 2) OR name LIKE 'P%'`},
		{"a path in a list of filters", "or=(doc->2->k->0.eq.3,doc->a->b.eq.[])", `doc->2->'k'->0 = '3' OR doc->'a'->'b' = '[]'`},
		{"space in a list", "or=( id.eq.1 , and ( id.gt.3 , id.lt.5 ) ) ", `id = 1 OR id = 4`},
		{"tabs in a list", "or=(%09id.eq.1,%09and%09(id.gt.3,id.lt.5))", `id = 1 OR id = 4`},
		{"one parenthesis too many", "or=(id.eq.1,id.eq.2))", `id IN (1, 2)`},
		{"an empty value in a list", "or=(name.eq.,id.eq.1)", `name = '' OR id = 1`},
	} {
		readings = append(readings, reading{r.name, "select=id,name&order=id&" + r.query, "SELECT id, name FROM things WHERE " + r.sql + " ORDER BY id"})
	}
	compare(t, h, pool, readings)
}

// Every operator by itself, and with any and all where it takes them.
func TestLanguageOfOperators(t *testing.T) {
	t.Parallel()
	h, pool := language(t)
	var readings []reading
	add := func(op, column, sql, value string) {
		like := strings.ReplaceAll(value, "*", "%")
		readings = append(readings, reading{op, "select=id&order=id&" + column + "=" + op + "." + value, "SELECT id FROM things WHERE " + column + " " + sql + " ('" + like + "') ORDER BY id"})
	}
	for op, sql := range map[string]string{"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="} {
		add(op, "n", sql, "20")
		add(op+"(any)", "n", sql+" ANY", "{20,10}")
		add(op+"(all)", "n", sql+" ALL", "{20,10}")
	}
	add("eq(all)", "n", "= ALL", "{20,20}")
	for op, p := range map[string]struct{ sql, o, w string }{"like": {"LIKE", "*o*", "*w*"}, "ilike": {"ILIKE", "*O*", "*W*"}, "match": {"~", "o.", "^.w"}, "imatch": {"~*", "O.", "^.W"}} {
		add(op, "name", p.sql, p.w)
		add(op, "name", p.sql, strings.ToUpper(p.w))
		add(op+"(any)", "name", p.sql+" ANY", "{"+p.o+","+p.w+"}")
		add(op+"(all)", "name", p.sql+" ALL", "{"+p.o+","+p.w+"}")
	}
	compare(t, h, pool, readings)
}

func TestLanguageOfOrder(t *testing.T) {
	t.Parallel()
	h, pool := language(t)
	var readings []reading
	for _, r := range []reading{
		{"ascending by default, nulls last", "order=n,id", `n, id`},
		{"asc", "order=n.asc,id", `n ASC, id`},
		{"desc, nulls first", "order=n.desc,id.desc", `n DESC, id DESC`},
		{"nulls first", "order=n.nullsfirst,id", `n NULLS FIRST, id`},
		{"asc, nulls first", "order=n.asc.nullsfirst,id", `n NULLS FIRST, id`},
		{"desc, nulls last", "order=n.desc.nullslast,id", `n DESC NULLS LAST, id`},
		{"the first order counts", "order=id.desc&order=id", `id DESC`},
		{"space around keys", "order= n.desc , id ", `n DESC, id`},
		{"a path", "order=doc->>t.desc.nullslast,id", `doc->>'t' DESC NULLS LAST, id`},
		{"a path as JSON", "order=doc->a->b->0,id", `doc->'a'->'b'->0, id`},
		{"a path into an array", "order=tags->>0,id", `to_jsonb(tags)->>0, id`},
		{"a quoted name", `order="a.b".desc,"odd name",id`, `"a.b" DESC, "odd name", id`},
		{"a computed column", "order=label.desc", `label(things) DESC`},
		{"a type's own order", "order=mood.desc,id", `mood DESC, id`},
		{"tabs around keys", "order=%09n.desc%09,%09id", `n DESC, id`},
		{"a path that ends with an index", "order=doc->a->b->0.desc.nullslast,id", `doc->'a'->'b'->0 DESC NULLS LAST, id`},
		{"limit", "order=id&limit=2", `id LIMIT 2`},
		{"no rows by limit", "order=id&limit=0", `id LIMIT 0`},
		{"offset", "order=id&offset=3", `id OFFSET 3`},
		{"both", "order=id&limit=2&offset=1", `id LIMIT 2 OFFSET 1`},
		{"the last limit and offset count", "order=id&limit=1&limit=2&offset=4&offset=2", `id LIMIT 2 OFFSET 2`},
		{"a negative limit before the last does not count", "order=id&limit=-1&limit=2", `id LIMIT 2`},
		{"an empty limit or offset is none", "order=id&limit=&offset=+", `id`},
		{"a negative offset is none", "order=id&offset=-3", `id`},
		{"huge numbers", "order=id&limit=99999999999999999999&offset=99999999999999999999", `id LIMIT 0`},
		{"limit as a column needs a list", "order=id&and=(limit.gte.2)&limit=1", `id LIMIT 1 OFFSET 1`},
	} {
		readings = append(readings, reading{r.name, "select=id&" + r.query, "SELECT id FROM things ORDER BY " + r.sql})
	}
	compare(t, h, pool, readings)
}
