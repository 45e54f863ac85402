=== exact
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1) LIMIT $2
-- $1 = '7'
-- $2 = '3'
-- column id: type 23 as binary
count: SELECT pg_catalog.count(*) FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1)
-- $1 = '7'
-- input true, plain false

=== planned
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1)
-- $1 = '7'
-- column id: type 23 as binary
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1)
-- $1 = '7'
-- input true, plain false

=== estimated
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1)
-- $1 = '7'
-- column id: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1) LIMIT $2) counted
-- $1 = '7'
-- $2 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1)
-- $1 = '7'
-- input true, plain false

=== another word
refused: query_invalid: rows are counted "guessed"; want exact, planned or estimated
hint: correct what the message names

