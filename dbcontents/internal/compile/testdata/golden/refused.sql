=== an unknown column that is like none
refused: column_unknown: column books.xyzzyxyzzy does not exist
hint: names are case-sensitive; the columns are id, title, price, sold, published, cover, doc, big, tags, sizes, words, part, mail, code, class

=== a column in another letter case
refused: column_unknown: column books.ID does not exist
hint: perhaps you meant the column "id"; names are case-sensitive; the columns are id, title, price, sold, published, cover, doc, big, tags, sizes, words, part, mail, code, class

=== a long name
refused: name_invalid: column "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": the name is 64 bytes long; PostgreSQL's names have at most 63
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== a name that is not UTF-8
refused: name_invalid: column "a\xff": the name is not UTF-8
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== a path without a column
refused: name_invalid: column "": the name is empty
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== an index that is too large
refused: query_invalid: the index 1099511627776 in the path of "doc" is too large
hint: correct what the message names

=== a step of another type
refused: query_invalid: a float64 in the path of "doc"; want a string key or an int index
hint: correct what the message names

=== a key with a NUL
refused: query_invalid: a key in the path of "doc" holds a NUL
hint: correct what the message names

=== text without a path
refused: query_invalid: column "doc" is asked for as text of a path, and has no path; want a cast
hint: correct what the message names

=== an aggregate of nothing
refused: name_invalid: column "": the name is empty
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== a cast of an aggregate that is not there
refused: query_invalid: column "id" has a cast for its aggregate, and no aggregate
hint: correct what the message names

=== a cast that is no name
refused: query_invalid: "text);--" is no name of a type; want letters, digits, _, $ and spaces, as in text or double precision
hint: correct what the message names

=== an alias with a NUL
refused: query_invalid: the alias of column "id" holds a NUL
hint: correct what the message names

=== too many columns
refused: query_invalid: 1665 columns are selected; at most 1664 can be
hint: correct what the message names

=== a filter on a column that is not allowed
refused: column_unknown: column books.price does not exist
hint: names are case-sensitive; the columns are id

=== an order by a column that is not allowed
refused: column_unknown: column books.price does not exist
hint: names are case-sensitive; the columns are id

=== an allowed name that cannot be
refused: name_invalid: allowed column "": the name is empty
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== null by pointer
refused: query_invalid: filter on column "id": nothing compares with null; use is
hint: correct what the message names

=== a value that has no text
refused: query_invalid: filter on column "id": a struct {} has no text that PostgreSQL would read
hint: correct what the message names

=== a field without a name
refused: name_invalid: filter: the name of the column is empty
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== an unknown column in a filter
refused: column_unknown: column books.idd does not exist
hint: perhaps you meant the column "id"; names are case-sensitive; the columns are id, title, price, sold, published, cover, doc, big, tags, sizes, words, part, mail, code, class

=== a filter that is too deep
refused: query_invalid: the filter is nested more than 100 deep
hint: correct what the message names

=== an unknown format
refused: query_invalid: unknown format "xml"; want json, ndjson, csv, text, binary or wire
hint: correct what the message names

=== options of another format
refused: query_invalid: Output.Object is for JSON
hint: correct what the message names

=== a time zone with a NUL
refused: query_invalid: "a\x00" is no time zone
hint: correct what the message names

=== a table's name
refused: name_invalid: table "a\x00": the name holds a NUL
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== a schema's name
refused: name_invalid: schema "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss": the name is 64 bytes long; PostgreSQL's names have at most 63
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== binary of two columns
refused: not_one_bytea: binary is one bytea column; select it, or ask for another format
hint: select exactly one column of type bytea, or ask for another format

=== an order by nothing
refused: name_invalid: order by: the name is empty
hint: a name is 1 to 63 bytes of UTF-8 without NUL

=== an order by an unknown column
refused: column_unknown: column books.titl does not exist
hint: perhaps you meant the column "title"; names are case-sensitive; the columns are id, title, price, sold, published, cover, doc, big, tags, sizes, words, part, mail, code, class

=== nulls in another place
refused: query_invalid: nulls are sorted "middle"; want nullsfirst or nullslast
hint: correct what the message names

=== a page with too many keys
refused: query_invalid: the order has more than 100 keys
hint: correct what the message names

=== too many columns of all
refused: query_invalid: the query has more than 1664 columns to select, sort and group by, which is the most that PostgreSQL takes; select fewer
hint: correct what the message names

=== too many columns with the order
refused: query_invalid: the query has more than 1664 columns to select, sort and group by, which is the most that PostgreSQL takes; select fewer
hint: correct what the message names

=== too many columns with the keys of a page
refused: page_unordered: with the keys of its order, the page would have more than 1664 columns
hint: pages need a primary key, and an order by values that can be compared; use limit and offset

=== text of no column
refused: query_invalid: text holds one column, and the table has none
hint: correct what the message names

