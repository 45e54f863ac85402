=== everything, as Go values
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", "books"."tags", "books"."sizes", "books"."words", "books"."part", "books"."mail", "books"."code", "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 1009 as text
-- column sizes: type 1016 as text
-- column words: type 3614 as text
-- column part: type 20001 as text
-- column mail: type 20002 as text
-- column code: type 25 as text
-- column class: type 2205 as text

=== everything as JSON
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", pg_catalog.to_json("books"."tags"), pg_catalog.to_json("books"."sizes"), "books"."words", pg_catalog.to_json("books"."part"), "books"."mail", public."code_json"("books"."code"), "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 114 as text
-- column sizes: type 114 as text
-- column words: type 3614 as text
-- column part: type 114 as text
-- column mail: type 20002 as text
-- column code: type 114 as text
-- column class: type 2205 as text
-- input true, plain false

=== everything as NDJSON without nulls
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", pg_catalog.jsonb_strip_nulls("books"."doc"), "books"."big", pg_catalog.to_json("books"."tags"), pg_catalog.to_json("books"."sizes"), "books"."words", pg_catalog.to_json("books"."part"), "books"."mail", public."code_json"("books"."code"), "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 114 as text
-- column sizes: type 114 as text
-- column words: type 3614 as text
-- column part: type 114 as text
-- column mail: type 20002 as text
-- column code: type 114 as text
-- column class: type 2205 as text
-- input true, plain false

=== everything as JSON with numbers as strings
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", pg_catalog.to_json("books"."tags"), pg_catalog.to_json("books"."sizes"::pg_catalog.text[]), "books"."words", pg_catalog.to_json("books"."part"), "books"."mail", public."code_json"("books"."code"), "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 114 as text
-- column sizes: type 114 as text
-- column words: type 3614 as text
-- column part: type 114 as text
-- column mail: type 20002 as text
-- column code: type 114 as text
-- column class: type 2205 as text
-- input true, plain false

=== everything as CSV
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", "books"."tags", "books"."sizes", "books"."words", "books"."part", "books"."mail", "books"."code", "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 1009 as text
-- column sizes: type 1016 as text
-- column words: type 3614 as text
-- column part: type 20001 as text
-- column mail: type 20002 as text
-- column code: type 25 as text
-- column class: type 2205 as text

=== everything as it comes, and a time in a zone
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", "books"."tags", "books"."sizes", "books"."words", pg_catalog.to_json("books"."part"), "books"."mail", "books"."code", "books"."class" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 1009 as binary
-- column sizes: type 1016 as binary
-- column words: type 3614 as text
-- column part: type 114 as text
-- column mail: type 20002 as text
-- column code: type 25 as text
-- column class: type 2205 as text

=== text of the second column
SELECT "books"."title" FROM "public"."books"
-- column title: type 25 as text

=== text of the one selected
SELECT "books"."price" FROM "public"."books"
-- column price: type 1700 as binary

=== text of two
refused: query_invalid: text holds one column; select one, or ask for another format
hint: correct what the message names

=== binary
SELECT "books"."cover" FROM "public"."books"
-- column cover: type 17 as binary

=== binary of a text
refused: not_one_bytea: binary is one bytea column; select it, or ask for another format
hint: select exactly one column of type bytea, or ask for another format

=== columns in another order, one twice
SELECT "books"."title", "books"."id", "books"."title" FROM "public"."books"
-- column title: type 25 as text
-- column id: type 23 as binary
-- column title: type 25 as text

=== an alias
SELECT "books"."title" FROM "public"."books"
-- column name: type 25 as text

=== a star and more
SELECT "books"."id", "books"."title", "books"."price", "books"."sold", "books"."published", "books"."cover", "books"."doc", "books"."big", "books"."tags", "books"."sizes", "books"."words", "books"."part", "books"."mail", "books"."code", "books"."class", public.age("books".*) FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text
-- column price: type 1700 as binary
-- column sold: type 16 as binary
-- column published: type 1184 as binary
-- column cover: type 17 as binary
-- column doc: type 3802 as text
-- column big: type 20 as binary
-- column tags: type 1009 as text
-- column sizes: type 1016 as text
-- column words: type 3614 as text
-- column part: type 20001 as text
-- column mail: type 20002 as text
-- column code: type 25 as text
-- column class: type 2205 as text
-- column age: type 1186 as text
-- input true, plain false

=== a computed column
SELECT public.age("books".*) FROM "public"."books"
-- column age: type 1186 as text
-- input true, plain false

=== paths
SELECT ("books"."doc" -> 'a' -> (0) -> E'b''\\'), ("books"."doc" -> 'a' ->> (-1)), (pg_catalog.to_jsonb("books"."part") -> 'b') FROM "public"."books"
-- column b'\: type 3802 as text
-- column a: type 25 as text
-- column b: type 3802 as text
-- input true, plain false

=== casts
SELECT CAST("books"."price" AS pg_catalog.text), CAST(("books"."doc" ->> 'n') AS pg_catalog.text) FROM "public"."books"
-- column price: type 25 as text
-- column n: type 25 as text
-- input true, plain false

=== a domain with casts
SELECT public."code_json"("books"."code") FROM "public"."books"
-- column code: type 114 as text
-- input true, plain false

=== a domain with casts as CSV
SELECT "books"."code" FROM "public"."books"
-- column code: type 25 as text

=== times in a zone
SELECT pg_catalog.to_json("books"."published") FROM "public"."books"
-- column published: type 114 as text

=== some blocks
SELECT "books"."id" FROM "public"."books" WHERE "books"."ctid" OPERATOR(pg_catalog.>=) $1::pg_catalog.tid AND "books"."ctid" OPERATOR(pg_catalog.<) $2::pg_catalog.tid
-- $1 = '(1024,0)'
-- $2 = '(2048,0)'
-- column id: type 23 as binary

=== the last blocks, with filters and a limit
SELECT "books"."id" FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND ("books"."id" OPERATOR(pg_catalog.>) $2) AND "books"."ctid" OPERATOR(pg_catalog.>=) $3::pg_catalog.tid AND "books"."ctid" OPERATOR(pg_catalog.<) $4::pg_catalog.tid LIMIT $5
-- $1 = 'a'
-- $2 = '1'
-- $3 = '(2048,0)'
-- $4 = '(4294967295,0)'
-- $5 = '5'
-- column id: type 23 as binary
-- input true, plain false

=== a mandatory filter alone
SELECT "books"."id" FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1)
-- $1 = 'a'
-- column id: type 23 as binary
-- input false, plain false

=== a mandatory filter and a plain one, on a page
SELECT "books"."id" FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND ("books"."id" OPERATOR(pg_catalog.>) $2) ORDER BY "books"."id" LIMIT $3 OFFSET $4
-- $1 = 'a'
-- $2 = '1'
-- $3 = '2'
-- $4 = '1'
-- column id: type 23 as binary
count: SELECT pg_catalog.count(*) FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND ("books"."id" OPERATOR(pg_catalog.>) $2)
-- $1 = 'a'
-- $2 = '1'
-- input true, plain false

=== a mandatory filter on a hidden column, and tests that could tell
SELECT "books"."id" FROM "public"."books" WHERE ("books"."title" OPERATOR(pg_catalog.=) $1) AND NOT (("books"."id" OPERATOR(pg_catalog.=) $3)) AND (("books"."doc" ->> 'n') OPERATOR(pg_catalog.=) $4) AND CASE WHEN ("books"."title" OPERATOR(pg_catalog.=) $1) THEN (public.age("books".*) OPERATOR(pg_catalog.>) $2) END
-- $1 = 'a'
-- $2 = '1'
-- $3 = '2'
-- $4 = 'x'
-- column id: type 23 as binary
-- input true, plain false

=== a mandatory filter that matches every row
SELECT "books"."id" FROM "public"."books" WHERE (public.age("books".*) OPERATOR(pg_catalog.>) $1)
-- $1 = '1'
-- column id: type 23 as binary
-- input true, plain false

=== a mandatory filter that matches none
SELECT "books"."id" FROM "public"."books" WHERE false
-- column id: type 23 as binary
-- input false, plain false

=== a mandatory filter on a column that is not there
refused: session_invalid: the mandatory filter of the session: column books.absent does not exist
hint: the program that says who is asking has made a mistake; see the server's log

=== times in a zone as CSV
SELECT "books"."published" FROM "public"."books"
-- column published: type 1184 as text

=== names that have to be quoted
SELECT "odd ""table"."a""b", "odd ""table"."select" FROM "s""1"."odd ""table"
-- column a"b: type 25 as text
-- column select: type 23 as binary
-- input false, plain false

=== an allow-list
SELECT "books"."id", "books"."title" FROM "public"."books"
-- column id: type 23 as binary
-- column title: type 25 as text

=== an allow-list of a computed column alone
refused: columns_not_allowed: the allow-list names computed columns only, which are not among all columns
hint: the allow-list for this table leaves no column to read; its names are case-sensitive, and a computed column must be selected by name

=== what an allow-list hides
refused: column_unknown: column books.price does not exist
hint: names are case-sensitive; the columns are id, title

=== a column that was misspelt
refused: column_unknown: column books.titel does not exist
hint: perhaps you meant the column "title"; names are case-sensitive; the columns are id, title, price, sold, published, cover, doc, big, tags, sizes, words, part, mail, code, class

