// Package httpapi serves the contents of PostgreSQL tables over HTTP: it wraps
// a [dbcontents.Store] as an [http.Handler] that can be mounted in any mux.
//
//	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
//	...
//	handler := httpapi.New(store, httpapi.Options{})
//	handler.Register(mux) // at /dbcontents and /dbcontents/
//
// The handler registers nothing by itself, starts no goroutine and opens no port. Under
// another path set Options.Prefix to the whole path as the handler sees it. [ParseQuery] is
// for programs that want the query language and respond by themselves.
//
// # Routes
//
//	GET {prefix}, {prefix}/     contents of the default table
//	GET {prefix}/{table}        contents of that table
//	GET {prefix}/rpc/{function} what that function returns, see Config.Functions
//
// HEAD has the same status and headers, and OPTIONS lists the methods. Every other
// path is a 404 that says what exists. [Handler.Livez], [Handler.Readyz],
// [Handler.Version] and [Handler.Index] are handlers of their own. The program
// mounts them where it likes.
//
// {prefix} responds to Accept: application/openapi+json and to format=openapi with a description of
// what the caller may read, in OpenAPI 3.1: see [OpenAPI] and docs/openapi.md.
//
// A browser gets the list of tables at {prefix} if there is no default table because all tables
// are exposed. Keys of the query string that begin with a tilde are for pages in a browser:
// see docs/view.md.
//
// # Query
//
// The query string is PostgREST's read language: select=a,b chooses columns, with
// aliases (n:a), JSON paths (a->b->>c) and casts (a::text); a=eq.1, b=not.in.(1,2)
// and or=(a.gt.1,b.is.null) filter; order=a.desc.nullslast,b sorts; limit and offset
// choose rows. format=json, ndjson, csv, text, html or binary overrides Accept; with
// any other value format is a column. Put a name in double quotes if it has other
// characters than letters, digits, _, $, spaces and inner dashes.
//
// select=a,other(b,c) embeds the rows of a related table, and other.b=eq.1, other.order=c
// and other.limit=3 are for these. See docs/related.md.
//
// For a function, the parameters of the query string that are its parameters are arguments, as
// they stand. If the result has a column of the same name, a value that reads like a
// filter is one. See docs/functions.md.
//
// # Formats
//
// Accept chooses the format:
//
//   - application/json, also for */* and without Accept: an array of objects,
//     whose values are those of PostgreSQL's to_jsonb
//   - application/x-ndjson: one object on each line
//   - text/csv: RFC 4180 with a header line
//   - text/plain: one column, one value on each line. The column is the only one
//     selected, or else the second one.
//   - text/html: pages for people, of a hundred rows at a time; see docs/view.md
//   - application/octet-stream: the bytes of one bytea column
//
// PostgREST's application/vnd.pgrst.array+json and
// application/vnd.pgrst.object+json (the only row as an object, or else a 406) take
// its parameter nulls=stripped.
//
// Some parameters are not PostgREST's. numbers=string, on every kind of JSON, writes
// bigint and numeric as strings. separator=semicolon (or comma, tab, pipe, or the
// character itself in quotes) and cells=safe are for text/csv. The latter is for
// spreadsheets: see [dbcontents.Output].
//
// # Ranges and preferences
//
// The header Range: 0-9 narrows the rows, together with limit and offset.
// Content-Range says which rows a response has, if that is known when the response
// begins: if the response is small, has a limit, or has a count. Prefer takes
// count=exact, count=planned, count=estimated, handling=strict and timezone=, and
// also wait=SECONDS, which is a deadline for this request within the limits of the
// Store, and max-rows=fail, which turns a response that Config.MaxRows would cut
// into an error. Preference-Applied repeats the preferences that were used.
//
// A response that is not streamed has a weak ETag, and a matching If-None-Match gets
// a 304. A page of a table with a primary key has the
// addresses of the next and the previous page in Link. docs/postgrest.md compares
// all this with PostgREST.
//
// # Statuses
//
// Errors are pages for a browser, and for others problem documents (RFC 9457, application/problem+json) with a
// stable cause, a hint that says what to do, and the members code, message,
// details and hint of PostgREST:
//
//   - 206: the rows of a range, if their total is known and there are more
//   - 300: several functions, or several relationships, fit what is asked for
//   - 303: a form of a page in a browser leads to the address that it stands for
//   - 304: see above
//   - 400: the request is wrong
//   - 401: Options.Session refuses the caller, or the caller's role does not exist
//   - 403: the role may not read the table, call the function or write as a view would, the caller
//     may not have the role, a foreign server refuses, or Options.Access does not allow the column,
//     the filter or the order
//   - 404: there is no such table or path, or no such operation on the column's type
//   - 406: no such media type or schema, or not exactly one row, or one bytea column, where that was asked for
//   - 405, 413, 414, 416: as usual
//   - 409: a function of the database reports a conflict
//   - 500: a value, a view, the configuration or the program around the handler is broken; the cause says which
//   - 503 with Retry-After: there is no capacity, or no database
//   - 504: the query took too long
//   - 505: see below
//   - the status nnn that a function of the database chooses by raising SQLSTATE PTnnn
//
// Host, role and database names, and the database's own messages, are left out
// unless Options.Verbose is set.
//
// # Complete or visibly broken
//
// Nothing is sent until 128 KiB are encoded, the response is complete, or a
// second has passed. A failure before that has a real status. A response of up to
// 64 KiB has a Content-Length, and its connection is back in the pool before the
// first byte is sent to the client. So has one of up to 1 MiB if the request has a
// limit and the format is not HTML, or with Prefer: max-rows=fail. A larger one needs a
// place among the streams (Options.MaxStreams). Without a place it is held back up to
// 1 MiB. If it is larger than that, the request waits for a place and reads again.
//
// A stream takes constant memory. It ends with the trailers Dbcontents-Status
// ("complete", or "max-rows" if [dbcontents.Config].MaxRows cut it) and
// Dbcontents-Rows. If it fails midway, the transfer is broken off: HTTP/1.1 has no
// last chunk, and HTTP/2 resets the stream. It never ends cleanly.
//
// This needs a ResponseWriter with write deadlines. If a middleware wraps the
// writer, its type must have an Unwrap method (see [http.ResponseController]).
// [http.TimeoutHandler] cannot be used for large responses. Without deadlines, and
// for HTTP/1.0 clients, which cannot tell a broken transfer from a complete one,
// responses are held back as a whole up to 1 MiB. Larger ones are an error (500 or
// 505), and a warning is logged once.
//
// # Headers of the program
//
// The handler adds to headers that the program around it has set on the response.
// Vary and Link have the program's members and ours. Cache-Control is ours, plus
// what the program forbids beyond that, such as no-store. What the program allows
// beyond ours, such as public or max-age, does not count; to allow it, the program
// must change the header as it is written. X-Request-Id, if the program has set it,
// is the id of the request in the log and in problem documents. Otherwise it is the
// id that the client sent, if it is harmless, or a new one.
//
// # Limits
//
// Options.MaxInFlight requests for contents are worked on at once, and
// Options.MaxStreams of them may stream. Options.Queue more requests wait for up to
// Options.QueueTimeout, and others get a 503 at once. Requests that are wrong are
// refused without waiting, and health checks do not wait. [Handler.Stats] has the
// counters.
//
// A whole response is written after its turn is over, so a client that does not
// read takes nobody's turn. Responses of more than 64 KiB together take at most
// 64 MiB of memory meanwhile. One that finds no memory left needs a place among the
// streams. The body that a request may have is read, up to 64 KiB, and ignored.
//
// A query string has at most 32 KiB. A client must accept one block of 128 KiB
// within Options.WriteTimeout, and read at least at Options.MinRate over a minute
// of waiting. Otherwise the transfer is broken off, which frees the connection. The
// limits of the read itself are those of the Store.
package httpapi
