=== limit
SELECT "books"."id" FROM "public"."books" LIMIT $1
-- $1 = '3'
-- column id: type 23 as binary

=== offset
SELECT "books"."id" FROM "public"."books" OFFSET $1
-- $1 = '3'
-- column id: type 23 as binary

=== both
SELECT "books"."id" FROM "public"."books" LIMIT $1 OFFSET $2
-- $1 = '3'
-- $2 = '4'
-- column id: type 23 as binary

=== no rows
SELECT "books"."id" FROM "public"."books" LIMIT $1
-- $1 = '0'
-- column id: type 23 as binary

=== with a filter
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.>) $1) LIMIT $2 OFFSET $3
-- $1 = '7'
-- $2 = '3'
-- $3 = '4'
-- column id: type 23 as binary
-- input true, plain false

=== a negative offset
refused: query_invalid: the offset -1 is negative
hint: correct what the message names

=== orders
SELECT "books"."id" FROM "public"."books" ORDER BY "books"."price" DESC, "books"."title" NULLS FIRST, "books"."published" DESC NULLS LAST, ("books"."doc" ->> 'k')
-- column id: type 23 as binary
-- input true, plain false

=== by a composite and by names
SELECT "books"."id" FROM "public"."books" ORDER BY "books"."part", CAST("books"."class" AS pg_catalog.oid)
-- column id: type 23 as binary

