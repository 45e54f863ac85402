// Package dbcontents reads the contents of PostgreSQL tables: as Go values, or
// written as JSON, NDJSON, CSV or text straight from the wire, in constant
// memory. Every connection it takes is given back, every failure is named, and
// only what was exposed can be read.
//
//	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
//	rows, err := store.Query(ctx, dbcontents.Query{Table: "test_table", Format: dbcontents.JSON})
//	if err != nil {
//		return err
//	}
//	_, err = rows.WriteTo(w) // closes the rows
//
// or, with Go values:
//
//	type item struct {
//		ID    int
//		Value *string
//	}
//	items, err := dbcontents.Read[item](ctx, store, dbcontents.Query{Table: "test_table", Limit: 100})
//
// or, row by row:
//
//	rows, err := store.Query(ctx, dbcontents.Query{Select: dbcontents.Columns("id", "value"), Limit: 100})
//	if err != nil {
//		return err
//	}
//	for row, err := range rows.All() { // closes the rows, also on break
//		...
//	}
//
// Package httpapi, beside this one, serves a Store over HTTP.
//
// # Life cycle
//
// [Open] checks its [Config] and does not connect; the first read does. A Store
// is safe for concurrent use and is closed once, by whoever opened it. A pool given
// as Config.Pool stays its owner's.
//
// [Store.Query] takes one connection; [Rows] hold it until their last row or
// their Close. Close is idempotent, may be deferred, and does not read what is
// left: it cancels the query at the server and keeps the connection. All,
// Collect and WriteTo close by themselves. [Store.Snapshot] gives several reads
// one state of the database; it holds a connection until Release. Close of a
// Store waits for readers up to Config.CloseTimeout and names those that were
// forgotten.
//
// [Store.Export] writes a large table by several connections at once, which all see one state of
// the database.
//
// The context given to Query governs the whole read. When it ends, the query
// ends at the server too.
//
// # The query language
//
// A [Query] says what PostgREST's URLs say, and httpapi makes one of such a URL.
// [Where], [And], [Or] and [Not] make the filter, with operators in that
// language's own words, see [Op]; a [Field] selects a column, a path into a
// JSON value, a cast, a computed column or an aggregate:
//
//	dbcontents.Query{
//		Table: "books",
//		Where: dbcontents.And(
//			dbcontents.Where("price", dbcontents.OpLt, 20),
//			dbcontents.Where("title", dbcontents.OpILike, "*go*"),
//			dbcontents.Not(dbcontents.Where("sold", dbcontents.OpIs, true)),
//		),
//		Order: []dbcontents.Order{{Column: "published", Desc: true}},
//		Limit: 50,
//		Pages: true,
//	}
//
// It becomes one plain SELECT. Names come from the catalog; values travel as
// parameters whose types PostgreSQL takes from what they are compared with,
// so that a value is written as its column's type is written. A value that the
// database refuses is [ErrInvalid] with its SQLSTATE. Plans and prepared statements are
// kept by the shape of a Query, whatever its values.
//
// Query.Count counts all rows that there are, in the same round trip.
// Query.Pages gives tokens that lead to the next and the previous page: positions in an
// order that the primary key makes unique. So a page begins where the one before it ended,
// whatever was inserted or deleted meanwhile, and costs the same wherever it is. Where the values
// of the order are too long for a token, [Rows.More] tells that rows follow, and Query.Offset leads to them.
//
// Query.Function calls a function, whose result is read like a table: a view with parameters.
//
// [Embed] makes the Field that reads related rows along with each row: those to which a
// foreign key leads, nested as deep as they are asked for, with a filter, an order and
// limits of their own. The statement stays one. [Collect] fills nested structs with them.
//
// # What can be read
//
// Config.Tables names the tables and views that may be read; Config.AllTables
// adds whatever the role may SELECT in Config.Schemas. Config.Functions names the functions
// that may be called. Names from outside are
// compared with PostgreSQL's catalog and never become SQL. The catalog is
// remembered: a table or column made, altered or dropped later is seen within
// five seconds, and at once where the database contradicts what was remembered.
// So a column that ALTER TABLE adds is missing from whole rows for a moment, without an
// error; one that it drops, renames or gives another type never is a wrong answer.
//
// Every read is read-only at the database, whatever the role may do, and runs
// under settings that make its output independent of the configuration of
// server, database and role: UTC, ISO dates, hex bytea, shortest floats, UTF-8.
// On a connection of an owned pool they belong to the connection; on a borrowed
// one they travel with each read and are gone after it. Whatever code of the database
// changes in the session during a read, such as its role, is rolled back after it. Either way a read on a
// warm connection costs one network round trip.
//
// # Errors
//
// Every error is an [*Error]. Nearly all match one of ten sentinels through
// [errors.Is]: [ErrConfig], [ErrInvalid], [ErrNoTable], [ErrDenied], [ErrBusy],
// [ErrUnavailable], [ErrTimeout], [ErrInterrupted], [ErrTooLarge], [ErrClosed].
// A caller that gave up gets [context.Canceled]; a caller's deadline matches
// ErrTimeout and [context.DeadlineExceeded]. Error.Code names the diagnosis,
// Error.Message says what is wrong with the Query and Error.Hint what to do; both
// may be shown to anyone. Error.Detail is for the log: it has the names, and
// the database's own words, which may quote what is stored. No error holds a
// password or a connection string.
//
// A read that meets a connection which died while idle, or a table that has
// changed, is tried a second time, if no row was delivered yet.
//
// After a connection could not be made, reads that need a new one fail at once
// with the same Code until the next attempt is due, which Error.RetryAfter
// tells: 0.25 s at first, 2 s at most, 5 s for a cause that people must mend. One read,
// or [Store.Ping], then tries for all. Reads for which there is a connection go on.
//
// # Limits
//
// Connecting 3 s, waiting for a connection 5 s, for a lock 2 s, for the first
// row 15 s, a whole read 10 min, a row 64 MiB, as it is written and, unless the pool is the program's own, on the wire; all in Config. Memory does not
// depend on the number of rows: WriteTo keeps one block of 128 KiB, and a row.
//
// PostgreSQL 14 or later is needed.
package dbcontents
