// Package httpapi serves the contents of PostgreSQL tables over HTTP: it wraps
// a [dbcontents.Store] as an [http.Handler] that can be mounted in any mux.
//
//	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
//	...
//	handler := httpapi.New(store, httpapi.Options{})
//	mux.Handle("/dbcontents", handler)
//	mux.Handle("/dbcontents/", handler)
//
// The handler registers nothing, starts no goroutine and opens no port. Under
// another path set Options.Prefix to the whole path as the handler sees it.
//
// # Routes
//
//	GET {prefix}, {prefix}/     contents of the default table
//	GET {prefix}/{table}        contents of that table
//
// HEAD gives the same status and headers, OPTIONS the methods. Every other
// path is a 404 that says what exists. [Handler.Livez], [Handler.Readyz],
// [Handler.Version] and [Handler.Index] are handlers of their own, for a
// program to mount where it likes.
//
// # Query
//
// The query string is PostgREST's read language for one table: select=a,b
// chooses columns, with aliases (n:a), JSON paths (a->b->>c) and casts (a::text);
// a=eq.1, b=not.in.(1,2) and or=(a.gt.1,b.is.null) filter; order=a.desc.nullslast,b
// sorts; limit and offset cut. format=json, ndjson, csv, text or html overrides
// Accept; with any other value format is a column. A name with other characters
// than letters, digits, _, $, spaces and inner dashes goes into double quotes.
//
// # Formats
//
// By Accept: application/json (also for */* and without Accept), an array of
// objects whose values are what PostgreSQL's to_jsonb makes of them;
// application/x-ndjson, an object a line; text/csv by RFC 4180 with a header;
// text/plain, one column, a value a line (the only one selected, else the
// second); text/html, a page for a person, a hundred rows at a time;
// application/octet-stream, the bytes of one bytea column. PostgREST's
// application/vnd.pgrst.array+json and application/vnd.pgrst.object+json (the
// only row as an object, else 406) take its parameter nulls=stripped.
//
// Further parameters are ours: numbers=string on every kind of JSON writes
// bigint and numeric as strings; separator=semicolon (or comma, tab, pipe, or
// the character itself in quotes) and cells=safe are for text/csv, the latter
// for spreadsheets, see [dbcontents.Output].
//
// # Ranges and preferences
//
// Range: 0-9 and limit and offset narrow the rows together. Content-Range says
// which they are, whenever that is known at the beginning: of every answer
// that fits, of a page asked for with a limit, and with a count. Prefer knows
// count=exact, planned and estimated, handling=strict, timezone=, wait=SECONDS (a deadline for this request, within the limits of
// the Store), and max-rows=fail, which makes an answer that Config.MaxRows
// would cut an error instead; Preference-Applied repeats what was used. An
// answer that fits has a weak ETag, and If-None-Match spares sending it again.
// A page of a table with a primary key leads to its neighbours by Link.
// docs/postgrest.md compares all this with PostgREST.
//
// # Statuses
//
// Errors are problem documents (RFC 9457, application/problem+json) with a
// stable cause, a hint that says what to do, and the members code, message,
// details and hint of PostgREST. 400: the request is wrong; 403: the role may
// not read the table, or Options.Access leaves none of its columns; 404: there is no such table or path; 405, 406, 414: as
// usual; 503 with Retry-After: no capacity, or no database; 504: the query ran
// out of time; 505: see below; and what a function of the database asks for by
// raising an SQLSTATE PTnnn. Host, role and database names and the
// database's own words are left out unless Options.Verbose is set.
//
// # Whole or visibly broken
//
// Nothing is sent until 128 KiB are encoded, the answer is complete, or a
// second has passed; a failure before that is a real status. An answer of up to
// 64 KiB has a Content-Length, and its connection is back in the pool before the
// first byte goes to the client. A longer one needs a place among the streams
// (Options.MaxStreams). Without one it is held back up to 1 MiB, and if it is
// larger it waits for a place and is read again. It is streamed in constant memory
// and ends with the trailers Dbcontents-Status ("complete", or "max-rows" if
// [dbcontents.Config].MaxRows cut it) and Dbcontents-Rows. If it fails midway
// the transfer is broken off: no last chunk in HTTP/1.1, a reset stream in
// HTTP/2. It never ends cleanly.
//
// That needs a ResponseWriter with write deadlines. Around the handler, a
// middleware's writer must have an Unwrap method (see
// [http.ResponseController]), and [http.TimeoutHandler] cannot be used for
// large answers. Without deadlines, and for HTTP/1.0 clients, for whom a broken
// transfer looks like a whole one, answers are held back as a whole up to
// 1 MiB; larger ones are an error (500, 505), and a warning is logged once.
//
// # Headers of the program
//
// What the program around the handler has set on the response before is added to.
// Vary and Link have its members and ours. Cache-Control is ours with what the
// program forbids beyond that, such as no-store; what it allows beyond ours, such as
// public or max-age, does not count: a program that knows better changes the header as it
// is written. X-Request-Id, if it is set, is the id of the request in the log and in
// problem documents.
//
// # Limits
//
// Options.MaxInFlight requests for contents are worked on at once, and
// Options.MaxStreams of them may stream; Options.Queue
// more wait for up to Options.QueueTimeout, and the others are a 503 at once.
// What is wrong with a request is said without waiting, and health checks do
// not wait. [Handler.Stats] counts what happens.
//
// A whole answer is written when its turn is over already, so that a client that does not
// read takes nobody's turn; answers of more than 64 KiB take at most 64 MiB of memory
// together meanwhile, and beyond that a place among the streams. The body that
// a request may have is read, up to 64 KiB, and means nothing.
//
// A query string has at most 32 KiB. One block of 128 KiB must be taken by the
// client within Options.WriteTimeout, and over a minute of waiting at
// Options.MinRate at least; else the transfer is broken off, which frees the
// connection. The limits of the read itself are those of the Store.
package httpapi
