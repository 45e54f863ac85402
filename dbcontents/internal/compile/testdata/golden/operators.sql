=== eq
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.=) $1)
-- $1 = '1'
-- column id: type 23 as binary
-- input true, plain false

=== neq
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.<>) $1)
-- $1 = '1'
-- column id: type 23 as binary
-- input true, plain false

=== order
SELECT "books"."id" FROM "public"."books" WHERE (("books"."id" OPERATOR(pg_catalog.>) $1) AND ("books"."id" OPERATOR(pg_catalog.>=) $2) AND ("books"."id" OPERATOR(pg_catalog.<) $3) AND ("books"."id" OPERATOR(pg_catalog.<=) $4))
-- $1 = '1'
-- $2 = '1'
-- $3 = '1'
-- $4 = '1'
-- column id: type 23 as binary
-- input true, plain false

=== isdistinct
SELECT "books"."id" FROM "public"."books" WHERE (("books"."price" OPERATOR(pg_catalog.=) $1) IS NOT TRUE)
-- $1 = '1.5'
-- column id: type 23 as binary
-- input true, plain false

=== isdistinct of a composite
SELECT "books"."id" FROM "public"."books" WHERE (("books"."part" OPERATOR(pg_catalog.=) $1) IS NOT TRUE)
-- $1 = '(1,x)'
-- column id: type 23 as binary
-- input true, plain false

=== in
SELECT "books"."id" FROM "public"."books" WHERE ("books"."id" OPERATOR(pg_catalog.=) ANY ($1))
-- $1 = '{"1","2"}'
-- column id: type 23 as binary
-- input true, plain false

=== in of a domain with a cast
SELECT "books"."id" FROM "public"."books" WHERE ("books"."code" OPERATOR(pg_catalog.=) ANY (ARRAY (SELECT public."code_text"(v) FROM pg_catalog.unnest($1::text[]) v)))
-- $1 = '{"a","b"}'
-- column id: type 23 as binary
-- input true, plain false

=== in of one value
refused: query_invalid: filter on column "id": "in" needs a list of values, not a int
hint: correct what the message names

=== is
SELECT "books"."id" FROM "public"."books" WHERE (("books"."sold" IS TRUE) AND ("books"."price" IS NULL) AND ("books"."price" IS NOT NULL) AND ("books"."sold" IS UNKNOWN))
-- column id: type 23 as binary
-- input true, plain false

=== is of a number
refused: query_invalid: filter on column "id": "is" is compared with 1; want null, not_null, true, false or unknown
hint: correct what the message names

=== like
SELECT "books"."id" FROM "public"."books" WHERE ("books"."title" ~~ $1)
-- $1 = '%go%'
-- column id: type 23 as binary
-- input true, plain false

=== ilike of an extension's type
SELECT "books"."id" FROM "public"."books" WHERE ("books"."mail" OPERATOR(ext.~~*) $1)
-- $1 = '%@x'
-- column id: type 23 as binary
-- input true, plain false

=== match
SELECT "books"."id" FROM "public"."books" WHERE (("books"."title" ~ $1) AND ("books"."title" ~* $2))
-- $1 = '^a'
-- $2 = '^a'
-- column id: type 23 as binary
-- input true, plain false

=== any and all
SELECT "books"."id" FROM "public"."books" WHERE (("books"."id" OPERATOR(pg_catalog.=) ANY ($1)) AND ("books"."title" ~~ ALL ($2)))
-- $1 = '{"1"}'
-- $2 = '{"%a%","%b%"}'
-- column id: type 23 as binary
-- input true, plain false

=== arrays
SELECT "books"."id" FROM "public"."books" WHERE (("books"."tags" @> $1) AND ("books"."tags" <@ $2) AND ("books"."tags" && $3))
-- $1 = '{"a","b\"c"}'
-- $2 = '{"a"}'
-- $3 = '{"a"}'
-- column id: type 23 as binary
-- input true, plain false

=== ranges
SELECT "books"."id" FROM "public"."books" WHERE (("books"."sizes" << $1) AND ("books"."sizes" >> $2) AND ("books"."sizes" &< $3) AND ("books"."sizes" &> $4) AND ("books"."sizes" -|- $5))
-- $1 = 'x'
-- $2 = 'x'
-- $3 = 'x'
-- $4 = 'x'
-- $5 = 'x'
-- column id: type 23 as binary
-- input true, plain false

=== text searches
SELECT "books"."id" FROM "public"."books" WHERE (("books"."words" @@ pg_catalog.to_tsquery($1)) OR (pg_catalog.to_tsvector('english', "books"."title") @@ pg_catalog.plainto_tsquery('english', $2)) OR (pg_catalog.to_tsvector("books"."title") @@ pg_catalog.phraseto_tsquery($3)) OR (public.age("books".*) @@ pg_catalog.websearch_to_tsquery('simple', $4)))
-- $1 = 'a'
-- $2 = 'a b'
-- $3 = 'a b'
-- $4 = 'a'
-- column id: type 23 as binary
-- input true, plain false

=== an extension's type
SELECT "books"."id" FROM "public"."books" WHERE (("books"."mail" OPERATOR(ext.=) $1) AND ("books"."mail" OPERATOR(ext.>) $2) AND (("books"."mail" OPERATOR(ext.=) $3) IS NOT TRUE))
-- $1 = 'a'
-- $2 = 'a'
-- $3 = 'a'
-- column id: type 23 as binary
-- input true, plain false

=== a type that prints names
SELECT "books"."id" FROM "public"."books" WHERE (("books"."class" OPERATOR(pg_catalog.=) $1) AND ("books"."class" OPERATOR(pg_catalog.=) ANY ($2)))
-- $1 = '1259'
-- $2 = '{"1259"}'
-- column id: type 23 as binary
-- input true, plain false

=== a path
SELECT "books"."id" FROM "public"."books" WHERE (("books"."doc" -> 'a' ->> 'b') OPERATOR(pg_catalog.=) $1)
-- $1 = 'x'
-- column id: type 23 as binary
-- input true, plain false

=== values of Go
SELECT "books"."id" FROM "public"."books" WHERE (("books"."published" OPERATOR(pg_catalog.<) $1) AND ("books"."cover" OPERATOR(pg_catalog.=) $2) AND ("books"."sold" OPERATOR(pg_catalog.=) $3) AND ("books"."price" OPERATOR(pg_catalog.=) $4))
-- $1 = '2024-05-06 07:08:09Z'
-- $2 = '\x01ff'
-- $3 = 'false'
-- $4 = '0.1'
-- column id: type 23 as binary
-- input true, plain false

=== not, or, and nothing
SELECT "books"."id" FROM "public"."books" WHERE NOT ((true OR false OR NOT (("books"."id" OPERATOR(pg_catalog.=) $1)) OR true))
-- $1 = '1'
-- column id: type 23 as binary
-- input true, plain false

=== null
refused: query_invalid: filter on column "id": nothing compares with null; use is
hint: correct what the message names

=== an operator that there is not
refused: query_invalid: filter on column "id": unknown operator "=="; perhaps you meant "eq"
hint: correct what the message names

=== one that takes no any
refused: query_invalid: filter on column "id": unknown operator "neq(any)"; neq takes nothing in parentheses
hint: correct what the message names

=== a cast in a filter
refused: query_invalid: a filter's field has a column and a path only; that of column "id" has more
hint: correct what the message names

