=== the first
SELECT "books"."title", "books"."id" FROM "public"."books" ORDER BY "books"."id" LIMIT $1
-- $1 = '10'
-- column title: type 25 as text

=== after a row, by the key alone
SELECT "books"."id", "books"."id" FROM "public"."books" WHERE "books"."id" OPERATOR(pg_catalog.>) $1 ORDER BY "books"."id" LIMIT $2
-- $1 = '17'
-- $2 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== before a row, by the key alone
SELECT c1, c2, pg_catalog.count(*) OVER () AS c3 FROM (SELECT "books"."id" AS c1, "books"."id" AS c2 FROM "public"."books" WHERE "books"."id" OPERATOR(pg_catalog.<) $1 ORDER BY "books"."id" DESC NULLS FIRST LIMIT $2) page ORDER BY c2
-- $1 = '17'
-- $2 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== after a row, keys alike
SELECT "books"."id", "books"."title", "books"."id" FROM "public"."books" WHERE ("books"."title", "books"."id") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "books"."title", "books"."id" LIMIT $3
-- $1 = 'x'
-- $2 = '17'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== after a row, keys that can be null
WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" OPERATOR(pg_catalog.=) $1 AND "books"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "books"."price", "books"."id" LIMIT $3), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" OPERATOR(pg_catalog.>) $1 ORDER BY "books"."price", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" IS NULL ORDER BY "books"."price", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3 LIMIT $3
-- $1 = '1.5'
-- $2 = '17'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== after a null, which is last
SELECT "books"."id", "books"."price", "books"."id" FROM "public"."books" WHERE "books"."price" IS NULL AND "books"."id" OPERATOR(pg_catalog.>) $1 ORDER BY "books"."price", "books"."id" LIMIT $2
-- $1 = '17'
-- $2 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== after a null, which is first
WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" IS NULL AND "books"."id" OPERATOR(pg_catalog.>) $1 ORDER BY "books"."price" NULLS FIRST, "books"."id" LIMIT $2), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" IS NOT NULL ORDER BY "books"."price" NULLS FIRST, "books"."id" LIMIT $2 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 NULLS FIRST, c3 LIMIT $2
-- $1 = '17'
-- $2 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== before a row, downwards
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" OPERATOR(pg_catalog.=) $1 AND "books"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "books"."price" NULLS LAST, "books"."id" NULLS LAST LIMIT $3), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" OPERATOR(pg_catalog.>) $1 ORDER BY "books"."price" NULLS LAST, "books"."id" NULLS LAST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."price" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."price" IS NULL ORDER BY "books"."price" NULLS LAST, "books"."id" NULLS LAST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2 NULLS LAST, c3 NULLS LAST LIMIT $3) page ORDER BY c2 DESC, c3 DESC
-- $1 = '1.5'
-- $2 = '17'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== ways that differ
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND (("pairs"."c" OPERATOR(pg_catalog.>) $2 OR "pairs"."c" IS NULL) OR "pairs"."c" OPERATOR(pg_catalog.=) $2 AND "pairs"."b" OPERATOR(pg_catalog.>) $3) ORDER BY "pairs"."a" DESC, "pairs"."c", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."a" DESC, "pairs"."c", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC, c3, c4 LIMIT $4
-- $1 = '1'
-- $2 = '2024-01-01'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a key of two columns
SELECT "pairs"."a", "pairs"."a", "pairs"."b" FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "pairs"."a", "pairs"."b" LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== by an extension's type
WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."mail" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."mail" OPERATOR(ext.=) $1 AND "books"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "books"."mail", "books"."id" LIMIT $3), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."mail" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."mail" OPERATOR(ext.>) $1 ORDER BY "books"."mail", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."mail" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."mail" IS NULL ORDER BY "books"."mail", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3 LIMIT $3
-- $1 = 'a@b'
-- $2 = '17'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== by a composite
WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."part" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."part" OPERATOR(pg_catalog.=) CAST($1 AS public.pair) AND "books"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "books"."part", "books"."id" LIMIT $3), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."part" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."part" OPERATOR(pg_catalog.>) CAST($1 AS public.pair) ORDER BY "books"."part", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "books"."id" AS c1, "books"."part" AS c2, "books"."id" AS c3 FROM "public"."books" WHERE "books"."part" IS NOT DISTINCT FROM NULL ORDER BY "books"."part", "books"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3 LIMIT $3
-- $1 = '(1,x)'
-- $2 = '17'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== a table without a key
refused: page_unordered: s"1.odd "table has no primary key, so its rows have no order in which pages could follow each other
hint: pages need a primary key, and an order by values that can be compared; use limit and offset

=== a token of another order
refused: page_token_invalid: the token is of another table or order, or the table was altered since
hint: use a token as it was given, with the same table and order, or begin with the first page

=== what is no token
refused: page_token_invalid: the token is not one that this package has given
hint: use a token as it was given, with the same table and order, or begin with the first page

