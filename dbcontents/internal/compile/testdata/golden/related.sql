=== to one
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name

=== to one, all columns, as Go values
SELECT t.c1, t.c2, t.c3, t.c4, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."id", "e1"."name", "e1"."secret" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."total" AS c3, "orders"."placed" AS c4, "orders"."customer_id" AS c5 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c5 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 23 as binary
-- value 3: type 1700 as binary
-- value 4: type 1184 as binary
-- value 5: type 16 as binary
-- value 6: type 23 as binary
-- value 7: type 25 as text
-- value 8: type 25 as text
-- id
-- customer_id
-- total
-- placed
-- customers: many false, spread false, most 0, optional false
-- 	id
-- 	name
-- 	secret

=== to one, all columns but one
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."id", "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 23 as binary
-- value 4: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	id
-- 	name

=== to one, with a filter
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id" AND ("e1"."name" ~~ $1)
-- $1 = 'A%'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- input true, plain false

=== to one, with a filter, an order and limits
SELECT t.c1, CASE WHEN ("e1".*) IS DISTINCT FROM NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN LATERAL (SELECT "e2"."id", "e2"."name", "e2"."secret" FROM "public"."customers" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."id" AND ("e2"."id" OPERATOR(pg_catalog.>) $1) ORDER BY "e2"."id" LIMIT LEAST(CAST($2 AS pg_catalog.int8), 1) OFFSET $3) AS "e1" ON true
-- $1 = '5'
-- $2 = '3'
-- $3 = '1'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- input true, plain false

=== to one and to one
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."id", CASE WHEN "e2"."id" IS NOT NULL THEN true END, "e2"."name" FROM (SELECT "items"."line" AS c1, "items"."order_id" AS c2 FROM "public"."items") AS t LEFT JOIN "public"."orders" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id" LEFT JOIN "public"."customers" AS "e2" ON "e1"."customer_id" OPERATOR(pg_catalog.=) "e2"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 23 as binary
-- value 4: type 16 as binary
-- value 5: type 25 as text
-- line
-- orders: many false, spread false, most 0, optional false
-- 	id
-- 	customers: many false, spread false, most 0, optional false
-- 		name

=== to one, an alias, as CSV
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- who: many false, spread false, most 0, optional false
-- 	name

=== to many
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id", "e1"."total"))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- 	total

=== to many, with a filter, an order and limits
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" AND ("e1"."id" OPERATOR(pg_catalog.>) $1) ORDER BY "e1"."id" LIMIT $2 OFFSET $3) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '5'
-- $2 = '3'
-- $3 = '1'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== to many, no rows
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" LIMIT $1) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '0'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== to many, times in a zone
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW(pg_catalog.to_json("e1"."placed")))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	placed

=== to many by a junction
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."name"))) FROM "public"."tags" AS "e1" JOIN "public"."labels" AS "e2" ON "e1"."id" OPERATOR(pg_catalog.=) "e2"."tag_id" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."order_id") FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2 FROM "public"."orders") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- tags: many true, spread false, most 0, optional false
-- 	name

=== to many by a junction, with a filter, an order and limits
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."name")) AS r FROM "public"."tags" AS "e1" JOIN "public"."labels" AS "e2" ON "e1"."id" OPERATOR(pg_catalog.=) "e2"."tag_id" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."order_id" AND ("e1"."id" OPERATOR(pg_catalog.>) $1) ORDER BY "e1"."id" LIMIT $2 OFFSET $3) AS e3) FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2 FROM "public"."orders") AS t
-- $1 = '5'
-- $2 = '3'
-- $3 = '1'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- tags: many true, spread false, most 0, optional false
-- 	name
-- input true, plain false

=== nested
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."line"))) FROM "public"."items" AS "e2" WHERE "e1"."id" OPERATOR(pg_catalog.=) "e2"."order_id"), (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e3"."name"))) FROM "public"."tags" AS "e3" JOIN "public"."labels" AS "e4" ON "e3"."id" OPERATOR(pg_catalog.=) "e4"."tag_id" WHERE "e1"."id" OPERATOR(pg_catalog.=) "e4"."order_id")))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- 	items: many true, spread false, most 0, optional false
-- 		line
-- 	tags: many true, spread false, most 0, optional false
-- 		name

=== the same table twice
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id"))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id"), (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e2"."total")) AS r FROM "public"."orders" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."customer_id" AND ("e2"."id" OPERATOR(pg_catalog.>) $1) ORDER BY "e2"."id" LIMIT $2 OFFSET $3) AS e3) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '5'
-- $2 = '3'
-- $3 = '1'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- value 3: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- some: many true, spread false, most 0, optional false
-- 	total
-- input true, plain false

=== inner to one
SELECT t.c1, CASE WHEN "e2"."id" IS NOT NULL THEN true END, "e2"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."customers" AS "e1" WHERE "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id")) AS t LEFT JOIN "public"."customers" AS "e2" ON t.c2 OPERATOR(pg_catalog.=) "e2"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name

=== inner to many, with a filter
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."id"))) FROM "public"."orders" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."customer_id" AND ("e2"."total" OPERATOR(pg_catalog.>) $2)) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers" WHERE EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id" AND ("e1"."total" OPERATOR(pg_catalog.>) $1))) AS t
-- $1 = '9'
-- $2 = '9'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== inner by a junction
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e3"."name"))) FROM "public"."tags" AS "e3" JOIN "public"."labels" AS "e4" ON "e3"."id" OPERATOR(pg_catalog.=) "e4"."tag_id" WHERE t.c2 OPERATOR(pg_catalog.=) "e4"."order_id") FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."tags" AS "e1" JOIN "public"."labels" AS "e2" ON "e1"."id" OPERATOR(pg_catalog.=) "e2"."tag_id" WHERE "orders"."id" OPERATOR(pg_catalog.=) "e2"."order_id")) AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- tags: many true, spread false, most 0, optional false
-- 	name

=== inner in inner
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e3"."id", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e5"."line"))) FROM "public"."items" AS "e5" WHERE "e3"."id" OPERATOR(pg_catalog.=) "e5"."order_id")))) FROM "public"."orders" AS "e3" WHERE t.c2 OPERATOR(pg_catalog.=) "e3"."customer_id" AND EXISTS (SELECT FROM "public"."items" AS "e4" WHERE "e3"."id" OPERATOR(pg_catalog.=) "e4"."order_id")) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers" WHERE EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id" AND EXISTS (SELECT FROM "public"."items" AS "e2" WHERE "e1"."id" OPERATOR(pg_catalog.=) "e2"."order_id"))) AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- 	items: many true, spread false, most 0, optional false
-- 		line

=== inner, empty
SELECT t.c1 FROM (SELECT "customers"."id" AS c1 FROM "public"."customers" WHERE EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id")) AS t
-- value 1: type 23 as binary
-- id

=== empty
SELECT t.c1 FROM (SELECT "customers"."id" AS c1 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- id

=== rows without related ones
SELECT t.c1 FROM (SELECT "customers"."id" AS c1 FROM "public"."customers" WHERE (NOT EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id"))) AS t
-- value 1: type 23 as binary
-- id
-- input true, plain false

=== rows with related ones, or a value
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."id"))) FROM "public"."orders" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."customer_id" AND ("e2"."total" OPERATOR(pg_catalog.>) $3)) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers" WHERE ((EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id" AND ("e1"."total" OPERATOR(pg_catalog.>) $1))) OR ("customers"."name" OPERATOR(pg_catalog.=) $2))) AS t
-- $1 = '9'
-- $2 = 'x'
-- $3 = '9'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== rows of a level without related ones
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id"))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" AND (NOT EXISTS (SELECT FROM "public"."items" AS "e2" WHERE "e1"."id" OPERATOR(pg_catalog.=) "e2"."order_id"))) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== rows by the number of related ones
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."id"))) FROM "public"."orders" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."customer_id" AND ("e2"."total" OPERATOR(pg_catalog.>) $4)) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers" WHERE (((SELECT pg_catalog.count(*) FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id" AND ("e1"."total" OPERATOR(pg_catalog.>) $1)) OPERATOR(pg_catalog.>) $2) AND ("customers"."id" OPERATOR(pg_catalog.<) $3))) AS t
-- $1 = '9'
-- $2 = '1'
-- $3 = '100'
-- $4 = '9'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== a spread of one
SELECT t.c1, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 25 as text
-- id
-- customer

=== a spread of many
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id", "e1"."total")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" ORDER BY "e1"."id") AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread true, most 0, optional false
-- 	id
-- 	total

=== a spread of many in a spread of one
SELECT t.c1, "e1"."name", CASE WHEN CASE WHEN "e1"."id" IS NOT NULL THEN true END THEN COALESCE((SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."total"))) FROM "public"."orders" AS "e2" WHERE "e1"."id" OPERATOR(pg_catalog.=) "e2"."customer_id"), ARRAY[]::pg_catalog.bytea[]) END FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 25 as text
-- value 3: type 1001 as binary
-- id
-- name
-- orders: many true, spread true, most 0, optional true
-- 	total

=== a spread of one in many
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id", "e2"."name"))) FROM "public"."orders" AS "e1" LEFT JOIN "public"."customers" AS "e2" ON "e1"."customer_id" OPERATOR(pg_catalog.=) "e2"."id" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- 	name

=== order by a column of one
SELECT t.c1, CASE WHEN "e2"."id" IS NOT NULL THEN true END, "e2"."id" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "e1"."name" AS c3, "orders"."id" AS c4 FROM "public"."orders" LEFT JOIN "public"."customers" AS "e1" ON "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id" ORDER BY "e1"."name" DESC NULLS LAST, "orders"."id" LIMIT $1) AS t LEFT JOIN "public"."customers" AS "e2" ON t.c2 OPERATOR(pg_catalog.=) "e2"."id" ORDER BY t.c3 DESC NULLS LAST, t.c4
-- $1 = '5'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 23 as binary
-- id
-- customers: many false, spread false, most 0, optional false
-- 	id

=== order of many by a column of one
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" LEFT JOIN "public"."customers" AS "e2" ON "e1"."customer_id" OPERATOR(pg_catalog.=) "e2"."id" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" ORDER BY "e2"."name") AS e3) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id

=== order by a column of many
refused: related_order: A related order on 'orders' is not possible
hint: sort by a column of an embed only if there is at most one such row for each row

=== a limit and an offset are of the rows around which the others are put
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."line"))) FROM "public"."items" AS "e2" WHERE t.c3 OPERATOR(pg_catalog.=) "e2"."order_id") FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."id" AS c3, "orders"."placed" AS c4 FROM "public"."orders" WHERE ("orders"."total" OPERATOR(pg_catalog.>) $1) ORDER BY "orders"."placed" LIMIT $2 OFFSET $3) AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id" ORDER BY t.c4
-- $1 = '7'
-- $2 = '10'
-- $3 = '20'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 1001 as binary
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- items: many true, spread false, most 0, optional false
-- 	line
-- input true, plain false

=== an exact count is of the parents
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."id"))) FROM "public"."orders" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers" WHERE EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id") LIMIT $1) AS t
-- $1 = '1'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
count: SELECT pg_catalog.count(*) FROM "public"."customers" WHERE EXISTS (SELECT FROM "public"."orders" AS "e1" WHERE "customers"."id" OPERATOR(pg_catalog.=) "e1"."customer_id")

=== an exact count does without an embed that leaves no row out
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id"))) FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
count: SELECT pg_catalog.count(*) FROM "public"."customers"

=== the first page
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."line"))) FROM "public"."items" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."order_id"), t.c3 FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2, "orders"."id" AS c3 FROM "public"."orders" ORDER BY "orders"."id" LIMIT $1) AS t ORDER BY t.c3
-- $1 = '10'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- value 3: type 0 as text
-- id
-- items: many true, spread false, most 0, optional false
-- 	line

=== a page after a row
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."line"))) FROM "public"."items" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."order_id"), t.c3 FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2, "orders"."id" AS c3 FROM "public"."orders" WHERE "orders"."id" OPERATOR(pg_catalog.>) $1 ORDER BY "orders"."id" LIMIT $2) AS t ORDER BY t.c3
-- $1 = '17'
-- $2 = '10'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- value 3: type 0 as text
-- id
-- items: many true, spread false, most 0, optional false
-- 	line
-- input true, plain false

=== a page before a row
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."line"))) FROM "public"."items" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."order_id"), t.c3, t.c4 FROM (SELECT c1, c2, c3, pg_catalog.count(*) OVER () AS c4 FROM (SELECT "orders"."id" AS c1, "orders"."id" AS c2, "orders"."id" AS c3 FROM "public"."orders" WHERE "orders"."id" OPERATOR(pg_catalog.<) $1 ORDER BY "orders"."id" DESC NULLS FIRST LIMIT $2) page ORDER BY c3) AS t ORDER BY t.c3
-- $1 = '17'
-- $2 = '10'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- value 3: type 0 as text
-- value 4: type 0 as text
-- id
-- items: many true, spread false, most 0, optional false
-- 	line
-- input true, plain false

=== a page after a row, inner, with a value that can be null
SELECT t.c1, CASE WHEN "e2"."id" IS NOT NULL THEN true END, "e2"."name", t.c3, t.c4 FROM (WITH part1 AS MATERIALIZED (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."total" AS c3, "orders"."id" AS c4 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."customers" AS "e1" WHERE "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id") AND "orders"."total" OPERATOR(pg_catalog.=) $1 AND "orders"."id" OPERATOR(pg_catalog.>) $2 ORDER BY "orders"."total", "orders"."id" LIMIT $3), part2 AS MATERIALIZED (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."total" AS c3, "orders"."id" AS c4 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."customers" AS "e1" WHERE "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id") AND "orders"."total" OPERATOR(pg_catalog.>) $1 ORDER BY "orders"."total", "orders"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1)), part3 AS MATERIALIZED (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."total" AS c3, "orders"."id" AS c4 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."customers" AS "e1" WHERE "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id") AND "orders"."total" IS NULL ORDER BY "orders"."total", "orders"."id" LIMIT $3 - (SELECT pg_catalog.count(*) FROM part1) - (SELECT pg_catalog.count(*) FROM part2)) SELECT * FROM (TABLE part1 UNION ALL TABLE part2 UNION ALL TABLE part3) found ORDER BY c3, c4 LIMIT $3) AS t LEFT JOIN "public"."customers" AS "e2" ON t.c2 OPERATOR(pg_catalog.=) "e2"."id" ORDER BY t.c3, t.c4
-- $1 = '1.5'
-- $2 = '17'
-- $3 = '10'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 0 as text
-- value 5: type 0 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- input true, plain false

=== pages by a column of one
refused: page_unordered: rows that are sorted by a column of another table have no order in which pages could follow each other
hint: pages need a primary key, and an order by values that can be compared; use limit and offset

=== a computed to-one
SELECT t.c1, CASE WHEN ("e1".*) IS DISTINCT FROM NULL THEN true END, "e1"."name", CASE WHEN CASE WHEN ("e1".*) IS DISTINCT FROM NULL THEN true END THEN public.label(CAST("e1".* AS "public"."customers")) END FROM (SELECT "orders"."id" AS c1, CAST("orders".* AS "public"."orders") AS c2 FROM "public"."orders") AS t LEFT JOIN LATERAL (SELECT "e2"."id", "e2"."name", "e2"."secret" FROM public.favourite(t.c2) AS "e2" LIMIT 1) AS "e1" ON true
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- 	label
-- input true, plain false

=== a computed to-many
SELECT t.c1, (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e1"."id"))) FROM public.recent(t.c2) AS "e1") FROM (SELECT "customers"."id" AS c1, CAST("customers".* AS "public"."customers") AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input false, plain false

=== a computed to-many below a to-one
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."id"))) FROM public.recent("e1".*) AS "e2" WHERE (CASE WHEN "e1"."id" IS NOT NULL THEN true END) IS NOT NULL) FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 1001 as binary
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- 	orders: many true, spread false, most 0, optional false
-- 		id
-- input false, plain false

=== a view may have several rows for one
SELECT t.c1, CASE WHEN ("e1".*) IS DISTINCT FROM NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN LATERAL (SELECT "e2"."id", "e2"."name", "e2"."secret" FROM "public"."people" AS "e2" WHERE t.c2 OPERATOR(pg_catalog.=) "e2"."id" LIMIT 1) AS "e1" ON true
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- people: many false, spread false, most 0, optional false
-- 	name
-- input false, plain false

=== a view, inner, sorted
SELECT t.c1, CASE WHEN ("e2".*) IS DISTINCT FROM NULL THEN true END, "e2"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders" WHERE EXISTS (SELECT FROM "public"."people" AS "e1" WHERE "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id")) AS t LEFT JOIN LATERAL (SELECT "e3"."id", "e3"."name", "e3"."secret" FROM "public"."people" AS "e3" WHERE t.c2 OPERATOR(pg_catalog.=) "e3"."id" ORDER BY "e3"."name" LIMIT 1) AS "e2" ON true
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- people: many false, spread false, most 0, optional false
-- 	name
-- input false, plain false

=== mandatory filters on each level
SELECT t.c1, CASE WHEN "e2"."id" IS NOT NULL THEN true END, "e2"."name", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e3"."line"))) FROM "public"."items" AS "e3" WHERE t.c3 OPERATOR(pg_catalog.=) "e3"."order_id" AND ("e3"."line" OPERATOR(pg_catalog.<) $6)), (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e4"."name"))) FROM "public"."tags" AS "e4" JOIN "public"."labels" AS "e5" ON "e4"."id" OPERATOR(pg_catalog.=) "e5"."tag_id" AND ("e5"."tag_id" OPERATOR(pg_catalog.>) $7) WHERE t.c3 OPERATOR(pg_catalog.=) "e5"."order_id" AND ("e4"."name" OPERATOR(pg_catalog.<>) $8)) FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2, "orders"."id" AS c3 FROM "public"."orders" WHERE ("orders"."total" OPERATOR(pg_catalog.>) $1) AND ("orders"."id" OPERATOR(pg_catalog.>) $2) AND CASE WHEN ("orders"."total" OPERATOR(pg_catalog.>) $1) THEN EXISTS (SELECT FROM "public"."items" AS "e1" WHERE "orders"."id" OPERATOR(pg_catalog.=) "e1"."order_id" AND ("e1"."line" OPERATOR(pg_catalog.<) $3)) END) AS t LEFT JOIN "public"."customers" AS "e2" ON t.c2 OPERATOR(pg_catalog.=) "e2"."id" AND ("e2"."secret" OPERATOR(pg_catalog.=) $4) AND CASE WHEN t.c2 OPERATOR(pg_catalog.=) "e2"."id" AND ("e2"."secret" OPERATOR(pg_catalog.=) $4) THEN (public.label("e2".*) OPERATOR(pg_catalog.=) $5) END
-- $1 = '1'
-- $2 = '2'
-- $3 = '9'
-- $4 = 'c'
-- $5 = 'x'
-- $6 = '9'
-- $7 = '3'
-- $8 = 't'
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 1001 as binary
-- value 5: type 1001 as binary
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name
-- items: many true, spread false, most 0, optional false
-- 	line
-- tags: many true, spread false, most 0, optional false
-- 	name
count: SELECT pg_catalog.count(*) FROM "public"."orders" WHERE ("orders"."total" OPERATOR(pg_catalog.>) $1) AND ("orders"."id" OPERATOR(pg_catalog.>) $2) AND CASE WHEN ("orders"."total" OPERATOR(pg_catalog.>) $1) THEN EXISTS (SELECT FROM "public"."items" AS "e1" WHERE "orders"."id" OPERATOR(pg_catalog.=) "e1"."order_id" AND ("e1"."line" OPERATOR(pg_catalog.<) $3)) END
-- $1 = '1'
-- $2 = '2'
-- $3 = '9'
-- input true, plain false

=== what an allow-list of a level hides
refused: column_unknown: column customers.secret does not exist
hint: names are case-sensitive; the columns are id, name

=== all columns of an allow-list, joined by one that it hides
SELECT t.c1, CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name" FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN "public"."customers" AS "e1" ON t.c2 OPERATOR(pg_catalog.=) "e1"."id"
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- id
-- customers: many false, spread false, most 0, optional false
-- 	name

=== MaxRows reads one row more, which tells
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" LIMIT $1) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '101'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 100, optional false
-- 	id
-- input true, plain false

=== MaxRows and a smaller limit
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" LIMIT $1) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '3'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	id
-- input true, plain false

=== MaxRows and a greater limit
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."id")) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" LIMIT $1) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '101'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 100, optional false
-- 	id
-- input true, plain false

=== an aggregate of many
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW(sum("e1"."total"))) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	sum

=== an aggregate of many in groups, sorted by its name
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."placed", pg_catalog.count(*))) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" GROUP BY "e1"."placed" ORDER BY pg_catalog.count(*) DESC LIMIT $1) AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- $1 = '3'
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	placed
-- 	count
-- input true, plain false

=== the count of old clients
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW(pg_catalog.count(*))) AS r FROM "public"."orders" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id") AS e2) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	count

=== an aggregate of one
SELECT t.c1, CASE WHEN (e2.*) IS DISTINCT FROM NULL THEN true END, e2.c1 FROM (SELECT "orders"."id" AS c1, "orders"."customer_id" AS c2 FROM "public"."orders") AS t LEFT JOIN LATERAL (SELECT pg_catalog.count(*) AS c1 FROM "public"."customers" AS "e1" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."id") AS e2 ON true
-- value 1: type 23 as binary
-- value 2: type 16 as binary
-- value 3: type 20 as binary
-- id
-- customers: many false, spread false, most 0, optional false
-- 	count

=== an aggregate is hoisted from a spread
SELECT sum("orders"."total"), "e1"."name", pg_catalog.count(CASE WHEN "e1"."id" IS NOT NULL THEN true END) FROM "public"."orders" LEFT JOIN "public"."customers" AS "e1" ON "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id" GROUP BY "e1"."name" ORDER BY pg_catalog.count(CASE WHEN "e1"."id" IS NOT NULL THEN true END)
-- value 1: type 1700 as binary
-- value 2: type 25 as text
-- value 3: type 20 as binary
-- sum
-- name
-- n
-- input true, plain false

=== an aggregate is hoisted to a level of many
SELECT t.c1, (SELECT pg_catalog.array_agg(r) FROM (SELECT pg_catalog.record_send(ROW("e1"."placed", max("e2"."name"))) AS r FROM "public"."orders" AS "e1" LEFT JOIN "public"."customers" AS "e2" ON "e1"."customer_id" OPERATOR(pg_catalog.=) "e2"."id" WHERE t.c2 OPERATOR(pg_catalog.=) "e1"."customer_id" GROUP BY "e1"."placed") AS e3) FROM (SELECT "customers"."id" AS c1, "customers"."id" AS c2 FROM "public"."customers") AS t
-- value 1: type 23 as binary
-- value 2: type 1001 as binary
-- id
-- orders: many true, spread false, most 0, optional false
-- 	placed
-- 	max

=== an embed groups rows, too
SELECT pg_catalog.count(*), CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."line", "e2"."doc"))) FROM "public"."items" AS "e2" WHERE "orders"."id" OPERATOR(pg_catalog.=) "e2"."order_id") FROM "public"."orders" LEFT JOIN "public"."customers" AS "e1" ON "orders"."customer_id" OPERATOR(pg_catalog.=) "e1"."id" GROUP BY CASE WHEN "e1"."id" IS NOT NULL THEN true END, "e1"."name", (SELECT pg_catalog.array_agg(pg_catalog.record_send(ROW("e2"."line", "e2"."doc"))) FROM "public"."items" AS "e2" WHERE "orders"."id" OPERATOR(pg_catalog.=) "e2"."order_id")
-- value 1: type 20 as binary
-- value 2: type 16 as binary
-- value 3: type 25 as text
-- value 4: type 1001 as binary
-- count
-- customers: many false, spread false, most 0, optional false
-- 	name
-- items: many true, spread false, most 0, optional false
-- 	line
-- 	doc
-- input true, plain false

=== an aggregate in a spread of many
refused: spread_aggregate: Aggregates are not implemented for one-to-many or many-to-many spreads.
hint: aggregate in an embed that is not spread, or spread one that has at most one row for each row

=== binary
refused: not_one_bytea: binary is one bytea column; select it, or ask for another format
hint: select exactly one column of type bytea, or ask for another format

