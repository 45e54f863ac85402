=== rows
SELECT pg_catalog.count(*) FROM "public"."books"
-- column count: type 20 as binary
-- input true, plain false

=== of columns
SELECT sum("books"."price"), avg("books"."id"), max("books"."big"), min("books"."title"), max("books"."mail") FROM "public"."books"
-- column sum: type 1700 as binary
-- column avg: type 1700 as binary
-- column max: type 20 as binary
-- column min: type 25 as text
-- column max: type 0 as text
-- input true, plain false

=== of a path, cast
SELECT CAST(max(CAST(("books"."doc" ->> 'n') AS pg_catalog.text)) AS pg_catalog.text) FROM "public"."books"
-- column most: type 25 as text
-- input true, plain false

=== in groups
SELECT "books"."sold", sum("books"."price") FROM "public"."books" GROUP BY "books"."sold" ORDER BY "books"."sold" LIMIT $1
-- $1 = '5'
-- column sold: type 16 as binary
-- column sum: type 1700 as binary
-- input true, plain false

=== in groups, counted
SELECT "books"."sold", pg_catalog.count(*) FROM "public"."books" GROUP BY "books"."sold"
-- column sold: type 16 as binary
-- column count: type 20 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT  FROM "public"."books" GROUP BY "books"."sold") counted
-- input true, plain false

=== of all, counted
SELECT pg_catalog.count(*) FROM "public"."books"
-- column count: type 20 as binary
count: SELECT pg_catalog.count(*) FROM (SELECT pg_catalog.count(*) FROM "public"."books") counted
-- input true, plain false

=== one that there is not
refused: query_invalid: unknown aggregate "median"; want sum, avg, count, min or max
hint: correct what the message names

=== pages of groups
refused: query_invalid: groups have no primary key, so they have no pages
hint: correct what the message names

