package httpapi_test

import "testing"

func TestLanguageOfSelect(t *testing.T) {
	t.Parallel()
	h, pool := language(t)
	compare(t, h, pool, []reading{
		{"no select is all columns, without the computed ones", "order=id", `SELECT * FROM things ORDER BY id`},
		{"an empty select is all columns", "select=&order=id", `SELECT * FROM things ORDER BY id`},
		{"a star is all columns", "select=*&order=id", `SELECT * FROM things ORDER BY id`},
		{"a star with others keeps the duplicates", "select=id,*,name&id=eq.1", `SELECT id, things.*, name FROM things WHERE id = 1`},
		{"columns in the order asked for", "select=name,id&order=id", `SELECT name, id FROM things ORDER BY id`},
		{"the first select counts", "select=id&select=name&order=id", `SELECT id FROM things ORDER BY id`},
		{"space around items", "select= id , name &order=id", `SELECT id, name FROM things ORDER BY id`},
		{"tabs around items", "select=%09id%09,%09name&order=id", `SELECT id, name FROM things ORDER BY id`},
		{"letters, digits, _ and $ need no quotes", "select=_a$1:id,1st:n&order=id", `SELECT id AS "_a$1", n AS "1st" FROM things ORDER BY id`},
		{"a dash before an arrow is no dash", "select=x-y->0&order=id", `SELECT to_jsonb("x-y")->0 AS "x-y" FROM things ORDER BY id`},
		{"a plus is a space", "select=odd+name&order=id", `SELECT "odd name" FROM things ORDER BY id`},
		{"a name with inner dashes needs no quotes", "select=x-y&order=id", `SELECT "x-y" FROM things ORDER BY id`},
		{"letters of any script need no quotes", "select=%C3%9Cn%C3%AF&order=id", `SELECT "Ünï" FROM things ORDER BY id`},
		{"other characters need quotes", `select="a.b","a,b(c)"&order=id`, `SELECT "a.b", "a,b(c)" FROM things ORDER BY id`},
		{"reserved words are columns too", "select=and,limit,format,not,count&order=id", `SELECT "and", "limit", format, "not", count FROM things ORDER BY id`},

		{"an alias", "select=key:id,name&order=id", `SELECT id AS key, name FROM things ORDER BY id`},
		{"a quoted alias", `select="a:b,c":id&order=id`, `SELECT id AS "a:b,c" FROM things ORDER BY id`},
		{"a quoted alias with escapes", `select="a\"b\\c":id&order=id`, `SELECT id AS "a""b\c" FROM things ORDER BY id`},
		{"a cast", "select=id::text,num::double precision&order=id", `SELECT id::text, num::double precision FROM things ORDER BY id`},
		{"a cast with an alias", "select=t:at::date&order=id", `SELECT at::date AS t FROM things ORDER BY id`},
		{"a cast to an enum of the schema", "select=mood::text,sad:name::mood&id=eq.3", `SELECT mood::text, NULL::mood AS sad FROM things WHERE id = 3`},

		{"a path gives JSON and the key is its name", "select=doc->t&order=id", `SELECT doc->'t' AS t FROM things ORDER BY id`},
		{"a path gives text", "select=doc->>t&order=id", `SELECT doc->>'t' AS t FROM things ORDER BY id`},
		{"a deep path", "select=doc->a->b->2->>c&order=id", `SELECT doc->'a'->'b'->2->>'c' AS c FROM things ORDER BY id`},
		{"the name of an index is the key before it", "select=doc->a->b->0&order=id", `SELECT doc->'a'->'b'->0 AS b FROM things ORDER BY id`},
		{"or the column", "select=doc->0&order=id", `SELECT doc->0 AS doc FROM things ORDER BY id`},
		{"an index before a cast", "select=doc->0::text&order=id", `SELECT (doc->0)::text AS doc FROM things ORDER BY id`},
		{"digits and letters are a key", "select=doc->0x&order=id", `SELECT doc->'0x' AS "0x" FROM things ORDER BY id`},
		{"an index from the end", "select=doc->-1->k->>0&order=id", `SELECT doc->-1->'k'->>0 AS k FROM things ORDER BY id`},
		{"digits in quotes are a key", `select=doc->>"0"&order=id`, `SELECT doc->>'0' AS "0" FROM things ORDER BY id`},
		{"quoted and dashed keys", `select=doc->a->"x.y",doc->a->x-y&order=id`, `SELECT doc->'a'->'x.y' AS "x.y", doc->'a'->'x-y' AS "x-y" FROM things ORDER BY id`},
		{"a path with alias and cast", "select=v:doc->>n::numeric&order=id", `SELECT (doc->>'n')::numeric AS v FROM things ORDER BY id`},
		{"json is kept as stored", "select=raw,raw->b&order=id", `SELECT raw, raw->'b' AS b FROM things ORDER BY id`},
		{"a path into an array", "select=tags->0,nums->>1&order=id", `SELECT to_jsonb(tags)->0 AS tags, to_jsonb(nums)->>1 AS nums FROM things ORDER BY id`},
		{"a path into a composite", `select=p->x,p->>"the y"&order=id`, `SELECT to_jsonb(p)->'x' AS x, to_jsonb(p)->>'the y' AS "the y" FROM things ORDER BY id`},

		{"a computed column", "select=id,label&order=id", `SELECT id, label(things) FROM things ORDER BY id`},
		{"a path into a computed column", "select=parts->n,p2:parts&order=id", `SELECT parts(things)->'n' AS n, parts(things) AS p2 FROM things ORDER BY id`},
		{"a cast of a computed column", "select=parts::text&order=id", `SELECT parts(things)::text FROM things ORDER BY id`},

		{"rows are counted", "select=count()", `SELECT count(*) FROM things`},
		{"aggregates", "select=n.sum(),num.avg(),id.max(),at.min(),name.count()&id=lt.5", `SELECT sum(n), avg(num), max(id), min(at), count(name) FROM things WHERE id < 5`},
		{"aggregates by group", "select=flag,n:count(),big.sum()&order=flag", `SELECT flag, count(*) AS n, sum(big) FROM things GROUP BY flag ORDER BY flag`},
		{"casts before and after an aggregate", "select=doc->>n::numeric.sum()::text", `SELECT sum((doc->>'n')::numeric)::text AS sum FROM things`},
		{"an aggregate with an alias", "select=most:n.max(),all:count()::text", `SELECT max(n) AS most, count(*)::text AS all FROM things`},

		{"groups are limited like rows", "select=flag,count()&order=flag&limit=1&offset=1", `SELECT flag, count(*) FROM things GROUP BY flag ORDER BY flag LIMIT 1 OFFSET 1`},
		{"and so is the only group", "select=count()&limit=0", `SELECT count(*) FROM things LIMIT 0`},
		{"the only group is behind an offset", "select=count()&offset=1", `SELECT count(*) FROM things OFFSET 1`},

		{"a view", "seen?order=id", `SELECT * FROM seen ORDER BY id`},
		{"a materialized view", "kept?order=id&n=eq.20", `SELECT * FROM kept WHERE n = 20 ORDER BY id`},
	})
}

// A domain with casts to json and from text is read and compared by them.
func TestLanguageOfDomains(t *testing.T) {
	t.Parallel()
	h, pool := language(t, `CREATE DOMAIN color AS int;
		CREATE FUNCTION color_out(color) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT to_json('#' || lpad(to_hex($1::int), 6, '0')) $$;
		CREATE FUNCTION color_in(text) RETURNS color LANGUAGE sql IMMUTABLE AS $$ SELECT (('x' || lpad(substr($1, 2), 8, '0'))::bit(32)::int)::color $$;
		CREATE CAST (color AS json) WITH FUNCTION color_out(color) AS IMPLICIT;
		CREATE CAST (text AS color) WITH FUNCTION color_in(text) AS IMPLICIT;
		DROP MATERIALIZED VIEW kept; CREATE TABLE kept (id int, c color); INSERT INTO kept VALUES (1, 1), (2, 255), (3, NULL), (4, 65280);`)
	var readings []reading
	for _, r := range []reading{
		{"all", "", "true"},
		{"eq", "c=eq.%230000ff", "c = 255"},
		{"neq", "c=neq.%230000ff", "c <> 255"},
		{"not", "c=not.eq.%230000ff", "NOT c = 255"},
		{"gt", "c=gt.%230000fe", "c > 254"},
		{"in", "c=in.(%230000ff,%23000001)", "c IN (255, 1)"},
		{"is null", "c=is.null", "c IS NULL"},
		{"isdistinct", "c=isdistinct.%230000ff", "c IS DISTINCT FROM 255"},
		{"in a list", "or=(c.eq.%230000ff,id.eq.3)", "c = 255 OR id = 3"},
	} {
		readings = append(readings, reading{r.name, "kept?order=id&" + r.query, "SELECT id, color_out(c) AS c FROM kept WHERE " + r.sql + " ORDER BY id"})
	}
	compare(t, h, pool, readings)
	compare(t, h, pool, []reading{
		{"in an order", "kept?select=c&order=c.desc.nullslast", `SELECT color_out(c) AS c FROM kept ORDER BY kept.c DESC NULLS LAST`},
		{"with an alias", "kept?select=k:c&order=id", `SELECT color_out(c) AS k FROM kept ORDER BY id`},
		{"a cast has the last word", "kept?select=c::int&order=id", `SELECT c::int FROM kept ORDER BY id`},
	})
}
