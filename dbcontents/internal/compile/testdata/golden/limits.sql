=== limit 0, offset 0, all
SELECT "pairs"."a" FROM "public"."pairs"
-- column a: type 23 as binary
-- input false, plain false

=== limit 0, offset 0, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1)
-- $1 = 'x'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 0, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b"), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b"), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b") SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 0, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 0, counted
SELECT "pairs"."a" FROM "public"."pairs"
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

=== limit 0, offset 20, all
SELECT "pairs"."a" FROM "public"."pairs" OFFSET $1
-- $1 = '20'
-- column a: type 23 as binary
-- input false, plain false

=== limit 0, offset 20, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1) OFFSET $2
-- $1 = 'x'
-- $2 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 20, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b"), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b"), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b") SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 OFFSET $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 20, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST OFFSET $3) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 0, offset 20, counted
SELECT "pairs"."a" FROM "public"."pairs" OFFSET $1
-- $1 = '20'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

=== limit 10, offset 0, all
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1
-- $1 = '10'
-- column a: type 23 as binary
-- input false, plain false

=== limit 10, offset 0, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1) LIMIT $2
-- $1 = 'x'
-- $2 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 0, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 0, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 0, counted
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1
-- $1 = '10'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

=== limit 10, offset 20, all
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1 OFFSET $2
-- $1 = '10'
-- $2 = '20'
-- column a: type 23 as binary
-- input false, plain false

=== limit 10, offset 20, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1) LIMIT $2 OFFSET $3
-- $1 = 'x'
-- $2 = '10'
-- $3 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 20, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $4 OFFSET $5
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '10'
-- $5 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 20, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3 OFFSET $4) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '10'
-- $4 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit 10, offset 20, counted
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1 OFFSET $2
-- $1 = '10'
-- $2 = '20'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

=== limit -1, offset 0, all
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1
-- $1 = '0'
-- column a: type 23 as binary
-- input false, plain false

=== limit -1, offset 0, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1) LIMIT $2
-- $1 = 'x'
-- $2 = '0'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 0, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $4
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '0'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 0, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '0'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 0, counted
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1
-- $1 = '0'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

=== limit -1, offset 20, all
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1 OFFSET $2
-- $1 = '0'
-- $2 = '20'
-- column a: type 23 as binary
-- input false, plain false

=== limit -1, offset 20, filtered
SELECT "pairs"."a" FROM "public"."pairs" WHERE ("pairs"."b" OPERATOR(pg_catalog.=) $1) LIMIT $2 OFFSET $3
-- $1 = 'x'
-- $2 = '0'
-- $3 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 20, after a row, in parts
WITH part1 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.=) $1 AND ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.>) ($2, $3) ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5), part2 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" OPERATOR(pg_catalog.>) $1 ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "pairs"."a" AS c1, "pairs"."c" AS c2, "pairs"."a" AS c3, "pairs"."b" AS c4 FROM "public"."pairs" WHERE "pairs"."c" IS NULL ORDER BY "pairs"."c", "pairs"."a", "pairs"."b" LIMIT $4 + $5 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c2, c3, c4 LIMIT $4 OFFSET $5
-- $1 = '2024-01-01'
-- $2 = '1'
-- $3 = 'x'
-- $4 = '0'
-- $5 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 20, before a row
SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "pairs"."a" AS c1, "pairs"."a" AS c2, "pairs"."b" AS c3 FROM "public"."pairs" WHERE ("pairs"."a", "pairs"."b") OPERATOR(pg_catalog.<) ($1, $2) ORDER BY "pairs"."a" DESC NULLS FIRST, "pairs"."b" DESC NULLS FIRST LIMIT $3 OFFSET $4) page ORDER BY c2, c3
-- $1 = '1'
-- $2 = 'x'
-- $3 = '0'
-- $4 = '20'
-- column a: type 23 as binary
-- input true, plain false

=== limit -1, offset 20, counted
SELECT "pairs"."a" FROM "public"."pairs" LIMIT $1 OFFSET $2
-- $1 = '0'
-- $2 = '20'
-- column a: type 23 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."pairs" LIMIT $1) counted
-- $1 = '1001'
count: EXPLAIN (FORMAT JSON) SELECT  FROM "public"."pairs"
-- input false, plain false

