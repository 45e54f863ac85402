=== the primary key, after
SELECT "pairs"."a", "pairs"."a", "pairs"."b" FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "pairs"."a", "pairs"."b" LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the primary key, before
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== keys alike, downwards, after
SELECT "pairs"."a", "pairs"."b", "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b", "pairs"."a") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."b" DESC, "pairs"."a" DESC LIMIT $3
-- $1 = 'x'
-- $2 = '1'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== keys alike, downwards, before
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."b" AS c2, "pairs"."a" AS c3 FROM "public"."pairs" WHERE ("pairs"."b", "pairs"."a") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "pairs"."b" NULLS LAST, "pairs"."a" NULLS LAST LIMIT $3) page ORDER BY c2 DESC, c3 DESC
-- $1 = 'x'
-- $2 = '1'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== ways that differ, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND "pairs"."b" OPERATOR(pg_catalog.<) $2 ORDER BY "pairs"."a", "pairs"."b" DESC LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."a", "pairs"."b" DESC LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2, c3 DESC LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== ways that differ, before
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND "pairs"."b" OPERATOR(pg_catalog.>) $2 ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" NULLS LAST LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" NULLS LAST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 NULLS LAST LIMIT $3) page ORDER BY c2, c3 DESC
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that can be null, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that can be null, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($2, $3) ORDER BY "pairs"."c" DESC NULLS FIRST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."c" DESC NULLS FIRST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 DESC NULLS FIRST, c4 DESC NULLS FIRST LIMIT $4) page ORDER BY c2, c3, c4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that is null, after
SELECT "pairs"."a", "pairs"."c", "pairs"."a", "pairs"."b" FROM "public"."pairs" WHERE "pairs"."c" IS NULL AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that is null, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."c" DESC NULLS FIRST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NOT NULL ORDER BY "pairs"."c" DESC NULLS FIRST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 DESC NULLS FIRST, c4 DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3, c4
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that can be null, nulls first, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 NULLS FIRST, c3, c4 LIMIT $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that can be null, nulls first, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($2, $3) ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2 DESC NULLS LAST, c3 DESC NULLS FIRST, c4 DESC NULLS FIRST LIMIT $4) page ORDER BY c2 NULLS FIRST, c3, c4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that is null, nulls first, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($1, $2) ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a", "pairs"."b" LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NOT NULL ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a", "pairs"."b" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 NULLS FIRST, c3, c4 LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== a value that is null, nulls first, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3) page ORDER BY c2 NULLS FIRST, c3, c4
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== downwards, nulls last, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($2, $3) ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC, "pairs"."b" DESC LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC, "pairs"."b" DESC LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c" DESC NULLS LAST, "pairs"."a" DESC, "pairs"."b" DESC LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2 DESC NULLS LAST, c3 DESC, c4 DESC LIMIT $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== downwards, nulls last, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a" NULLS LAST, "pairs"."b" NULLS LAST LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c" NULLS FIRST, "pairs"."a" NULLS LAST, "pairs"."b" NULLS LAST LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 NULLS FIRST, c3 NULLS LAST, c4 NULLS LAST LIMIT $4) page ORDER BY c2 DESC NULLS LAST, c3 DESC, c4 DESC
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second can be null, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND (("pairs"."c" OPERATOR(pg_catalog.>) $2 OR "pairs"."c" IS NULL) OR "pairs"."c" OPERATOR(pg_catalog.=) $2 AND "pairs"."b" OPERATOR(pg_catalog.>) $3) ORDER BY "pairs"."a", "pairs"."c", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."a", "pairs"."c", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2, c3, c4 LIMIT $4
-- $1 = '1'
-- $2 = '2024-01-01'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second can be null, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND ("pairs"."c" OPERATOR(pg_catalog.<) $2 OR "pairs"."c" OPERATOR(pg_catalog.=) $2 AND "pairs"."b" OPERATOR(pg_catalog.<) $3) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 DESC NULLS FIRST, c4 DESC NULLS FIRST LIMIT $4) page ORDER BY c2, c3, c4
-- $1 = '1'
-- $2 = '2024-01-01'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second is null, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND (false OR "pairs"."c" IS NULL AND "pairs"."b" OPERATOR(pg_catalog.>) $2) ORDER BY "pairs"."a", "pairs"."c", "pairs"."b" LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."a", "pairs"."c", "pairs"."b" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2, c3, c4 LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second is null, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND ("pairs"."c" IS NOT NULL OR "pairs"."c" IS NULL AND "pairs"."b" OPERATOR(pg_catalog.<) $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 DESC NULLS FIRST, c4 DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3, c4
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second is null, nulls first, after
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND ("pairs"."c" IS NOT NULL OR "pairs"."c" IS NULL AND "pairs"."b" OPERATOR(pg_catalog.>) $2) ORDER BY "pairs"."a", "pairs"."c" NULLS FIRST, "pairs"."b" LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."a", "pairs"."c" NULLS FIRST, "pairs"."b" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2, c3 NULLS FIRST, c4 LIMIT $3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== the second is null, nulls first, before
SELECT c1, c2, c3, c4, pg_catalog.count(*) OVER () AS c5 FROM (WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.=) $1 AND (false OR "pairs"."c" IS NULL AND "pairs"."b" OPERATOR(pg_catalog.<) $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS LAST, "pairs"."b" DESC NULLS FIRST LIMIT $3), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."c" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."a" OPERATOR(pg_catalog.<) $1 ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."c" DESC NULLS LAST, "pairs"."b" DESC NULLS FIRST LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2) found ORDER BY c2 DESC NULLS FIRST, c3 DESC NULLS LAST, c4 DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3 NULLS FIRST, c4
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== with a filter
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" OPERATOR(pg_catalog.=) $2 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($3, $4) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" OPERATOR(pg_catalog.>) $2 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $5
-- $1 = 'm'
-- $2 = '2024-01-01'
-- $3 = '1'
-- $4 = 'x'
-- $5 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== with a filter, counted
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" OPERATOR(pg_catalog.=) $2 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($3, $4) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" OPERATOR(pg_catalog.>) $2 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1) AND "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $5 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $5
-- $1 = 'm'
-- $2 = '2024-01-01'
-- $3 = '1'
-- $4 = 'x'
-- $5 = '10'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.>) $1)
-- $1 = 'm'
-- input true, plain false

=== by a computed column, with a mandatory filter
WITH part1 AS MATERIALIZED (SELECT "books"."id" AS c1, public.age("books".*) AS c2, "books"."id" AS c3 FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND CASE WHEN ("books"."title" OPERATOR(pg_catalog.=) $1) THEN public.age("books".*) OPERATOR(pg_catalog.=) $2 AND "books"."id" OPERATOR(pg_catalog.>) $3 END ORDER BY public.age("books".*), "books"."id" LIMIT $4), part2 AS MATERIALIZED (SELECT "books"."id" AS c1, public.age("books".*) AS c2, "books"."id" AS c3 FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND CASE WHEN ("books"."title" OPERATOR(pg_catalog.=) $1) THEN public.age("books".*) OPERATOR(pg_catalog.>) $2 END ORDER BY public.age("books".*), "books"."id" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "books"."id" AS c1, public.age("books".*) AS c2, "books"."id" AS c3 FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND CASE WHEN ("books"."title" OPERATOR(pg_catalog.=) $1) THEN public.age("books".*) IS NULL END ORDER BY public.age("books".*), "books"."id" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3 LIMIT $4
-- $1 = 'a'
-- $2 = '1'
-- $3 = '2'
-- $4 = '10'
-- column id: type 23 as binary
-- input true, plain false

=== by a column, with a mandatory filter
SELECT "books"."id", "books"."id" FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND "books"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "books"."id" LIMIT $3
-- $1 = 'a'
-- $2 = '2'
-- $3 = '10'
-- column id: type 23 as binary
-- input true, plain false

