=== no argument
SELECT "number"."number" FROM "public"."number"() AS "number"("number")
-- column number: type 23 as binary
-- input false, plain false

=== no argument, as a bare value
SELECT "number"."number" FROM "public"."number"() AS "number"("number")
-- column number: type 23 as binary
-- input false, plain false

=== one argument
SELECT "found"."id" FROM "public"."found"("words" => CAST($1 AS pg_catalog.text)) AS "found"
-- $1 = 'a b'
-- column id: type 23 as binary
-- input true, plain false

=== VARIADIC comes last
SELECT "found"."id" FROM "public"."found"("p""" => CAST($2 AS pg_catalog.int4), "words" => CAST($3 AS pg_catalog.text), VARIADIC "also" => CAST($1 AS pg_catalog._text)) AS "found"
-- $1 = '{"x","y"}'
-- $2 = '1'
-- $3 = NULL
-- column id: type 23 as binary
-- input true, plain false

=== arguments before filters, and limits last
SELECT "found"."id", public.age("found".*) FROM "public"."found"("p""" => CAST($1 AS pg_catalog.int4), "words" => CAST($2 AS pg_catalog.text)) AS "found" WHERE ("found"."sold" OPERATOR(pg_catalog.=) $3) AND CASE WHEN ("found"."sold" OPERATOR(pg_catalog.=) $3) THEN ("found"."title" ~ $4) END ORDER BY "found"."id" LIMIT $5 OFFSET $6
-- $1 = '1'
-- $2 = 'w'
-- $3 = 'true'
-- $4 = '^a'
-- $5 = '5'
-- $6 = '2'
-- column id: type 23 as binary
-- column age: type 1186 as text
-- input true, plain false

=== counted
SELECT "found"."id" FROM "public"."found"("words" => CAST($1 AS pg_catalog.text)) AS "found" WHERE ("found"."id" OPERATOR(pg_catalog.>) $2) LIMIT $3
-- $1 = 'w'
-- $2 = '3'
-- $3 = '1'
-- column id: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."found"("words" => CAST($1 AS pg_catalog.text)) AS "found" WHERE ("found"."id" OPERATOR(pg_catalog.>) $2) LIMIT $3) counted
-- $1 = 'w'
-- $2 = '3'
-- $3 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."found"("words" => CAST($1 AS pg_catalog.text)) AS "found" WHERE ("found"."id" OPERATOR(pg_catalog.>) $2)
-- $1 = 'w'
-- $2 = '3'
-- input true, plain false

=== columns hidden
SELECT "found"."id" FROM "public"."found"("words" => CAST($1 AS pg_catalog.text)) AS "found"
-- $1 = 'w'
-- column id: type 23 as binary
-- input true, plain false

=== a table as well
refused: query_invalid: a query reads a table or calls a function; it names both
hint: correct what the message names

=== arguments of a table
refused: query_invalid: there are arguments, and no function
hint: correct what the message names

=== pages
refused: page_unordered: the rows of a function have no primary key, so they have no pages
hint: pages need a primary key, and an order by values that can be compared; use limit and offset

