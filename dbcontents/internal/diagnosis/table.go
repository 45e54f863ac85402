// Package diagnosis leads from what went wrong to its name, its status and its
// cure. One table holds all that a code means.
package diagnosis

import (
	"crypto/x509"
	"net"
	"syscall"
)

// A Kind is what a caller can do about an error: the sentinel that it matches.
type Kind uint8

// The kinds. The zero Kind matches no sentinel.
const (
	None Kind = iota
	Config
	Unavailable
	Busy
	Timeout
	Interrupted
	NoTable
	Denied
	Invalid
	TooLarge
	Closed
)

// A Diagnosis is one row of the table from which every error, problem document
// and report is made: all that a code means is here.
type Diagnosis struct {
	Code   string // stable name
	Kind   Kind
	Status int    // HTTP status as long as nothing was sent
	Title  string // short, constant, for anyone
	Hint   string // what to do; names nothing from inside
	// Retry tells that a second attempt before the first row may succeed.
	Retry bool
	// Layer is where it ends an attempt to connect, zero if it ends none, and
	// Reached orders those of one layer: the greater, the further the attempt had come.
	Layer   Layer
	Reached int
	// Permanent tells that it does not pass by itself: people must mend it.
	Permanent bool
	// Contradicts tells that a table altered or dropped since it was looked up
	// causes it.
	Contradicts bool

	// How it is recognised: SQLSTATEs (five characters, or a class of two),
	// or a function on the error; At is the stage. A row with neither is only
	// made by name.
	At     Stage
	States string // space-separated
	// Routine, if not empty, is the function of the server that must have
	// reported the SQLSTATE. Unlike its text it is the same in every language.
	Routine string
	match   func(error) bool
}

// Table is searched from the top; the first match wins.
var Table = []Diagnosis{
	// The caller and ourselves.
	{Code: "canceled", Status: 499, Title: "the caller gave up", Hint: "the client went away; nothing to do"},
	{Code: "deadline_exceeded", Kind: Timeout, Status: 504, Title: "the caller's deadline passed", Hint: "allow more time, or read less with a limit"},
	{Code: "first_row_timeout", Kind: Timeout, Status: 504, Title: "no row in time", Hint: "the query took too long to give its first row; add an index or a limit, or raise the limit on the first row"},
	{Code: "query_timeout", Kind: Timeout, Status: 504, Title: "the read took too long", Hint: "read less with a limit, or raise the limit on a whole read"},
	{Code: "store_closed", Kind: Closed, Status: 503, Title: "the store is closed", Hint: "the server is stopping; try again"},
	{Code: "rows_closed", Kind: Closed, Status: 500, Title: "the rows are closed", Hint: "read before Close, and once only"},
	{Code: "snapshot_released", Kind: Closed, Status: 500, Title: "the snapshot was released", Hint: "take a new snapshot"},
	{Code: "snapshot_failed", Kind: Interrupted, Status: 500, Title: "the snapshot is over", Hint: "a read in this snapshot failed, which ends its transaction; release it and take a new one"},
	{Code: "snapshot_not_shared", Kind: Unavailable, Status: 503, Title: "the connections do not see one state of the database", Hint: "the connections lead to several servers or databases, by a pooler or a list of hosts, or the server cannot share what one of them sees; use a connection string with one server, or read with one connection"},
	{Code: "reader_not_closed", Kind: Busy, Status: 500, Title: "a reader was not closed", Hint: "close every Rows and release every Snapshot, best with defer right after the error check"},
	{Code: "writer_failed", Kind: Interrupted, Status: 500, Title: "the output could not be written", Hint: "the receiver of the rows failed or went away"},
	{Code: "invalid_value", Kind: Interrupted, Status: 500, Title: "a value could not be encoded", Hint: "a value that the database sent is not what its type says; see the server's log"},
	{Code: "config_file_unreadable", Kind: Config, Status: 500, Title: "a file of the configuration cannot be read", Hint: "the file that the message names cannot be read inside this process or container", Layer: Configuration, Reached: 1},
	{Code: "config_invalid", Kind: Config, Status: 500, Title: "invalid configuration", Hint: "correct the settings that the message names", Layer: Configuration},

	// The request.
	{Code: "name_invalid", Kind: Invalid, Status: 400, Title: "invalid name", Hint: "a name is 1 to 63 bytes of UTF-8 without NUL"},
	{Code: "query_invalid", Kind: Invalid, Status: 400, Title: "invalid query", Hint: "correct what the message names"},
	{Code: "snapshot_busy", Kind: Invalid, Status: 500, Title: "the snapshot is in use", Hint: "close the open Rows before the next Query of the same snapshot"},
	{Code: "column_unknown", Kind: Invalid, Status: 400, Title: "no such column", Hint: "names are case-sensitive; select only columns that the table has"},
	{Code: "columns_not_allowed", Kind: Denied, Status: 403, Title: "no column of the table may be read", Hint: "the allow-list for this table leaves no column to read; its names are case-sensitive, and a computed column must be selected by name"},
	{Code: "role_not_allowed", Kind: Denied, Status: 403, Title: "not allowed to read as this role", Hint: "the server reads as configured roles only; the caller's role is none of them"},
	{Code: "session_invalid", Kind: Config, Status: 500, Title: "the session cannot be used", Hint: "the program that says who is asking has made a mistake; see the server's log"},
	{Code: "role_missing", Kind: Denied, Status: 401, Title: "the role does not exist", Hint: "the caller's role is configured, but the database has no role of this name", At: Entering, States: "22023", Routine: "call_string_check_hook"},
	{Code: "role_denied", Kind: Denied, Status: 403, Title: "not allowed to become the role", Hint: "grant the caller's role to the role by which the server connects", At: Entering, States: "42501", Routine: "call_string_check_hook"},
	{Code: "setting_refused", Kind: Config, Status: 500, Title: "the database refuses a setting of the session", Hint: "the program that says who is asking gives a setting that the database does not take; see the server's log", At: Entering, States: "42 22"},
	{Code: "table_not_exposed", Kind: NoTable, Status: 404, Title: "no such table", Hint: "only exposed tables can be read; names are case-sensitive; the index lists what there is"},
	{Code: "function_missing", Kind: NoTable, Status: 404, Title: "no such function", Hint: "only exposed functions that are STABLE or IMMUTABLE can be called, with the names of their parameters; names are case-sensitive"},
	{Code: "function_changed", Kind: Interrupted, Status: 503, Title: "the function changed", Hint: "the function was altered or dropped while it was called; try again", Retry: true, Contradicts: true},
	{Code: "function_ambiguous", Kind: Invalid, Status: 300, Title: "several functions fit", Hint: "Try renaming the parameters or the function itself in the database so function overloading can be resolved"},
	{Code: "foreign_denied", Kind: Denied, Status: 403, Title: "not allowed to read at the foreign server", Hint: "the role has no user mapping with a password for the foreign server, or that user may not read the table there", At: Reading, match: foreignDenied},
	{Code: "foreign_server_slow", Kind: Timeout, Status: 504, Title: "the foreign server took too long", Hint: "the foreign server ended the read, by its statement_timeout perhaps; read less, add an index there, or raise the limit there", At: Reading, match: foreign("57014")},
	{Code: "foreign_server_down", Kind: Unavailable, Status: 503, Title: "a foreign server is down", Hint: "the table lies on a foreign server to which the database cannot connect, or which has hung up; the server's log names it, and the database's own log tells why", At: Reading, States: "08001", match: foreign("08", "57P")},
	{Code: "view_broken", Status: 500, Title: "the view or foreign table is broken", Hint: "a function or table behind the view or foreign table is missing; see the server's log", At: Reading, match: missingInside},
	{Code: "table_missing", Kind: NoTable, Status: 404, Title: "no such table", Hint: "the table is exposed but does not exist; names are case-sensitive and the schema is public unless named", Retry: true, Contradicts: true, At: asking, States: "42P01 3F000"},
	{Code: "select_denied", Kind: Denied, Status: 403, Title: "not allowed to read the table", Hint: "grant the server's role USAGE on the schema and SELECT on the table", Retry: true, Contradicts: true, At: Reading, States: "42501"},
	{Code: "name_not_encodable", Kind: Invalid, Status: 400, Title: "invalid name", Hint: "the database cannot hold such a name, as its encoding lacks a character of it", At: Naming, States: "22021 22P05 42602 42622"},
	{Code: "operator_missing", Kind: Invalid, Status: 404, Title: "no such operation on this type", Hint: "the column's type cannot be sorted or compared this way", At: Reading, States: "42883"},
	{Code: "type_unknown", Kind: Invalid, Status: 400, Title: "no such type", Hint: "cast to a built-in type that names no object of the database, or to a domain, enum, range or extension's type in an exposed schema"},
	{Code: "relationship_missing", Kind: Invalid, Status: 400, Title: "no such relationship", Hint: "embed a table that a foreign key relates to the outer one; the hint is a constraint, its only column, or the table between the two"},
	{Code: "relationship_ambiguous", Kind: Invalid, Status: 300, Title: "more than one relationship", Hint: "name the relationship with a hint: its constraint, its only column, or the table between the two"},
	{Code: "embed_unknown", Kind: Invalid, Status: 400, Title: "no such embed", Hint: "filter, sort and limit only what select embeds, by its alias if it has one"},
	{Code: "related_order", Kind: Invalid, Status: 400, Title: "no order by several rows", Hint: "sort by a column of an embed only if there is at most one such row for each row"},
	{Code: "spread_aggregate", Kind: Invalid, Status: 400, Title: "Feature not implemented", Hint: "aggregate in an embed that is not spread, or spread one that has at most one row for each row"},
	{Code: "aggregates_off", Kind: Invalid, Status: 400, Title: "aggregates are not allowed", Hint: "leave sum, avg, count, min and max out, or have the server's Config allow them"},
	{Code: "page_unordered", Kind: Invalid, Status: 400, Title: "the table has no pages", Hint: "pages need a primary key, and an order by values that can be compared; use limit and offset"},
	{Code: "page_token_invalid", Kind: Invalid, Status: 400, Title: "not a token of this table and order", Hint: "use a token as it was given, with the same table and order, or begin with the first page"},
	{Code: "serializable_standby", Kind: Unavailable, Status: 503, Title: "a standby cannot be serializable", Hint: "the sessions of the server's role default to serializable transactions, which a standby does not have; set default_transaction_isolation to 'repeatable read' for the role, or in the connection string", Layer: Server, Reached: 4, At: anywhere, States: "0A000", Routine: "GetSerializableTransactionSnapshot"},
	{Code: "unlogged_on_standby", Kind: Unavailable, Status: 503, Title: "a standby does not have the table", Hint: "the table, or one below the view, is unlogged, and a standby has no rows of it; read it on the primary, or run ALTER TABLE ... SET LOGGED", At: asking, States: "0A000", Routine: "get_relation_info"},
	{Code: "column_missing", Kind: Interrupted, Status: 503, Title: "the table changed", Hint: "a column went away while the table was read; try again", Retry: true, Contradicts: true, At: Reading, States: "42703"},
	{Code: "plan_changed", Kind: Interrupted, Status: 503, Title: "the table changed", Hint: "the table changed while it was read; try again", Retry: true, Contradicts: true, At: Reading, States: "0A000", Routine: "RevalidateCachedQuery"},
	{Code: "value_refused", Kind: Invalid, Status: 400, Title: "the database refuses a value of the request", Hint: "write each value as its column's type is written, and cast only to what it can be cast to", At: Valued, States: "22 0A000 54000 54001 23502 23514 42601 42704 42725 42803 42804 42809 42846 42P18 42P21 42P22"},
	{Code: "statement_missing", Kind: Interrupted, Status: 503, Title: "a prepared statement went away", Hint: "somebody deallocated a statement of this connection; behind a pooler set default_query_exec_mode=exec", Retry: true, At: asking, States: "26000", match: pooler("prepared statement did not exist", "unable to bind")},

	// Way to the database.
	{Code: "dns_not_found", Kind: Unavailable, Status: 503, Title: "the database's host name is unknown", Hint: "the database's host name is unknown here; in Compose use the service's name, in Kubernetes service.namespace", Layer: Names, At: Connecting, match: dnsNotFound},
	{Code: "dns_failed", Kind: Unavailable, Status: 503, Title: "the name server does not answer", Hint: "the name server does not answer; check the network and /etc/resolv.conf", Layer: Names, Reached: 1, At: Connecting, match: Is[*net.DNSError]},
	{Code: "socket_missing", Kind: Unavailable, Status: 503, Title: "no server socket", Hint: "no PostgreSQL socket at that path; check PGHOST and that the volume is mounted", Layer: Network, At: Connecting, match: socketMissing},
	{Code: "loopback_in_container", Kind: Unavailable, Status: 503, Title: "nothing listens on localhost", Hint: "localhost inside a container is the container itself; set the database's host to the Compose service's name, or to host.docker.internal", Layer: Network, Reached: 3, At: Connecting, match: loopbackInContainer},
	{Code: "connection_refused", Kind: Unavailable, Status: 503, Title: "the database refuses connections", Hint: "nothing listens at the database's address; is PostgreSQL up, does it listen on that interface, is the port right?", Layer: Network, Reached: 4, At: Connecting, match: isErrno(syscall.ECONNREFUSED)},
	{Code: "no_route", Kind: Unavailable, Status: 503, Title: "no route to the database", Hint: "there is no route to the database's host; check the network, VPN or container network", Layer: Network, Reached: 1, At: Connecting, match: isErrno(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EADDRNOTAVAIL)},
	{Code: "not_postgres", Kind: Unavailable, Status: 503, Title: "not a PostgreSQL server", Hint: "something answers at the database's address but it is not PostgreSQL; check the port", Layer: Authentication, Reached: 2, Permanent: true, At: Connecting, match: notPostgres},
	{Code: "tls_refused", Kind: Unavailable, Status: 503, Title: "the server has no TLS", Hint: "the database refuses TLS; enable ssl there, or set sslmode=disable on a trusted network", Layer: TLS, Permanent: true, At: Connecting, match: contains("server refused TLS connection")},
	{Code: "tls_unknown_authority", Kind: Unavailable, Status: 503, Title: "unknown certificate authority", Hint: "the database's certificate is signed by an unknown authority; set sslrootcert", Layer: TLS, Reached: 1, Permanent: true, At: Connecting, match: Is[x509.UnknownAuthorityError]},
	{Code: "tls_wrong_name", Kind: Unavailable, Status: 503, Title: "the certificate is for another name", Hint: "connect by a name that is in the database's certificate, or use sslmode=verify-ca", Layer: TLS, Reached: 2, Permanent: true, At: Connecting, match: Is[x509.HostnameError]},
	{Code: "tls_invalid_certificate", Kind: Unavailable, Status: 503, Title: "invalid certificate", Hint: "the database's certificate is not valid (expired?); check both clocks", Layer: TLS, Reached: 3, Permanent: true, At: Connecting, match: Is[x509.CertificateInvalidError]},
	{Code: "tls_failed", Kind: Unavailable, Status: 503, Title: "the TLS handshake failed", Hint: "the database's side broke the TLS handshake off; check sslcert and sslkey, and what stands in between", Layer: TLS, Reached: 4, Permanent: true, At: Connecting, match: tlsFailed},
	{Code: "tls_required", Kind: Unavailable, Status: 503, Title: "the role is not admitted without TLS", Hint: "pg_hba.conf does not admit the server's role from this address without TLS; set sslmode=require", Layer: Authentication, Reached: 4, Permanent: true, At: Unencrypted, States: "28000", Routine: "ClientAuthentication"},
	{Code: "role_not_admitted", Kind: Unavailable, Status: 503, Title: "the role is not admitted", Hint: "pg_hba.conf does not admit the server's role from this address, or the role does not exist or may not log in", Layer: Authentication, Reached: 5, Permanent: true, At: Connecting, States: "28000", match: pooler("no such user", `"trust" authentication failed`)},
	{Code: "wrong_password", Kind: Unavailable, Status: 503, Title: "wrong password", Hint: "the database rejects the server's password; an empty password is reported this way too", Layer: Authentication, Reached: 6, Permanent: true, At: Connecting, States: "28P01", match: pooler("authentication failed")},
	{Code: "database_missing", Kind: Unavailable, Status: 503, Title: "no such database", Hint: "the database does not exist; its name defaults to the role's name", Layer: Database, Reached: 2, Permanent: true, At: Connecting, States: "3D000", match: pooler("no such database", "does not exist")},
	{Code: "connect_denied", Kind: Unavailable, Status: 503, Title: "no CONNECT privilege", Hint: "grant the server's role CONNECT on the database", Layer: Database, Permanent: true, At: Connecting, States: "42501"},
	{Code: "database_closed", Kind: Unavailable, Status: 503, Title: "the database accepts no connections", Hint: "the database is closed for connections; ALTER DATABASE ... ALLOW_CONNECTIONS true opens it", Layer: Database, Reached: 1, At: Connecting, States: "55000"},
	{Code: "parameter_unknown", Kind: Unavailable, Status: 503, Title: "startup parameter refused", Hint: "the server does not know a parameter of the connection string; behind a pooler set default_query_exec_mode=exec", Layer: Server, Reached: 2, Permanent: true, At: Connecting, States: "42704 22023", match: pooler("startup parameter")},
	{Code: "database_starting", Kind: Unavailable, Status: 503, Title: "the database is starting or stopping", Hint: "the database is starting or stopping; try again", Retry: true, Layer: Server, At: anywhere, States: "57P03", match: pooler("server shutting down", "the database system is")},
	{Code: "standby_behind", Kind: Busy, Status: 503, Title: "the database is not that far yet", Hint: "no server has replayed the log up to the position that was asked for; try again, or read without it"},
	{Code: "standby_lagging", Kind: Busy, Status: 503, Title: "the standby is too far behind", Hint: "no server that may be read is near enough to its primary (MaxLag, DBCONTENTS_MAX_LAG); is replay paused or held up, is the primary away, or does nobody write there? try again, or let the primary be read too (target_session_attrs=prefer-standby)"},
	{Code: "lsn_unknown", Status: 500, Title: "the database does not say how far it is", Hint: "the server's role needs EXECUTE on pg_is_in_recovery, pg_current_wal_lsn, pg_current_wal_insert_lsn, pg_last_wal_replay_lsn and pg_postmaster_start_time, with MaxLag (DBCONTENTS_MAX_LAG) on pg_is_in_recovery and pg_last_xact_replay_timestamp, and the database must have them"},
	{Code: "too_many_connections", Kind: Busy, Status: 503, Title: "no free connection at the database", Hint: "the database has no free connection; lower the pool's size or raise max_connections", Layer: Server, Reached: 1, At: anywhere, States: "53300", match: pooler("no more connections allowed", "client connections exceeded", "query_wait_timeout", "too many clients already", "remaining connection slots")},
	{Code: "wrong_server_role", Kind: Unavailable, Status: 503, Title: "no suitable server", Hint: "no host satisfies target_session_attrs", Layer: Server, Reached: 3, At: Connecting, match: wrongServerRole},
	{Code: "server_silent", Kind: Unavailable, Status: 503, Title: "the database accepts connections and says nothing", Hint: "something accepts connections at the database's address and says nothing; is the database's server stopped or overloaded, is it a proxy without one, is it another program?", Layer: Authentication, Reached: 3, At: Connecting, match: silent},
	{Code: "host_down", Kind: Unavailable, Status: 503, Title: "a host does not take connections", Hint: "the last attempt to connect to one of several hosts failed; the others are read; see the check's detail"},
	{Code: "connect_timeout", Kind: Unavailable, Status: 503, Title: "the database does not answer", Hint: "the database's address does not answer; a firewall usually drops the packets", Layer: Network, Reached: 2, At: Connecting, match: timedOut},
	{Code: "hung_up", Kind: Unavailable, Status: 503, Title: "the database hangs up", Hint: "the database's address accepts connections and closes them at once; a published port, tunnel or proxy without its server, or a server that crashes", Layer: Authentication, Reached: 1, At: Connecting, match: hungUp},
	{Code: "pool_hook_failed", Kind: Unavailable, Status: 503, Title: "a hook of the connection pool refused", Hint: "the program lends its own connection pool, and a hook of it (PrepareConn, BeforeAcquire, AfterConnect, BeforeConnect) gave no connection; see the server's log"},
	{Code: "pool_closed", Kind: Closed, Status: 503, Title: "the connection pool is closed", Hint: "the program has closed the connection pool that it lends; close the pool after the store"},
	{Code: "pool_busy", Kind: Busy, Status: 503, Title: "all connections are in use", Hint: "all connections of the pool are in use; try again, or raise the pool's size"},

	// What the rows must be for the format asked for.
	{Code: "not_one_row", Kind: Invalid, Status: 406, Title: "not exactly one row", Hint: "ask for an array, or for one row by a unique column"},
	{Code: "too_costly", Kind: Invalid, Status: 400, Title: "the query costs too much", Hint: "filter and sort by what an index serves, and ask for fewer rows with limit"},
	{Code: "not_one_bytea", Kind: Invalid, Status: 406, Title: "not one bytea column", Hint: "select exactly one column of type bytea, or ask for another format"},

	// While reading.
	{Code: "table_locked", Kind: Busy, Status: 503, Title: "the table is locked", Hint: "another session holds a lock on the table (a migration?); try again", At: asking, States: "55P03"},
	{Code: "not_populated", Kind: Unavailable, Status: 503, Title: "the materialized view was never filled", Hint: "the materialized view was never filled; run REFRESH MATERIALIZED VIEW", At: Reading, States: "55000", Routine: "ExecOpenScanRelation"},
	{Code: "read_conflict", Kind: Interrupted, Status: 503, Title: "the read was in conflict with another session", Hint: "the database ended the read in favour of another session, or, on a standby, of its recovery; try again", Retry: true, At: asking, States: "40001 40P01"},
	{Code: "query_canceled", Kind: Interrupted, Status: 503, Title: "the read was cancelled at the database", Hint: "an administrator of the database cancelled the read; try again", At: asking, States: "57014"},
	{Code: "writes", Kind: Denied, Status: 403, Title: "the view writes", Hint: "reading this view would write, and only reading is allowed", At: Reading, States: "25006"},
	{Code: "reader_too_slow", Kind: Timeout, Status: 504, Title: "the reader was too slow", Hint: "the database ended a transaction that was idle too long; read faster or in parts", At: asking, States: "25P03 25P04"},
	{Code: "out_of_resources", Kind: Unavailable, Status: 503, Title: "the database is out of resources", Hint: "the database is out of disk, memory or temporary space", Layer: Server, Reached: 5, At: anywhere, States: "53"},
	{Code: "row_too_large", Kind: TooLarge, Status: 500, Title: "a row is too large", Hint: "a row or value exceeds a limit; select fewer columns, and limit the rows of related tables in each row", At: asking, States: "54", match: tooLong},
	{Code: "status_raised", Status: 500, Title: "the database refused", Hint: "a function of the database refused in its own words; the status of SQLSTATE PTnnn is nnn, from 400 on", At: Reading, States: "PT"},
	{Code: "conflict", Kind: Invalid, Status: 409, Title: "the database reports a conflict", Hint: "a function of the database met a value that is there already, or is missing, in another table", At: Reading, States: "23503 23505"},
	{Code: "function_denied", Kind: Denied, Status: 403, Title: "the database does not allow it", Hint: "a function of the database refused what it was asked to do; see the server's log", At: Reading, States: "0L 0P 28"},
	{Code: "raised", Kind: Invalid, Status: 400, Title: "the database refused", Hint: "a function of the database raised an error; its words are in the server's log", At: Reading, States: "P0001", match: raised},
	{Code: "value_failed", Status: 500, Title: "a value could not be computed", Hint: "a value in the table or view could not be computed or converted", At: asking, States: "22"},
	{Code: "data_corrupted", Kind: Unavailable, Status: 500, Title: "the database reports damage", Hint: "the database reports damaged data or an I/O error; look at its log at once", Layer: Server, Reached: 6, At: anywhere, States: "XX001 XX002 58"},
	{Code: "foreign_server_failed", Kind: Unavailable, Status: 503, Title: "a foreign server failed", Hint: "the table lies on a foreign server that the database cannot read", At: Reading, States: "HV"},
	{Code: "connection_lost", Kind: Interrupted, Status: 503, Title: "the connection to the database was lost", Hint: "the connection to the database was lost while reading; try again", Retry: true, At: asking, States: "57P01 57P02 57P05 08", match: lost},
	// What is left.
	{Code: "connect_failed", Kind: Unavailable, Status: 503, Title: "cannot connect to the database", Hint: "the database cannot be reached; the server's log has the cause", Layer: Authentication, At: Connecting, match: func(error) bool { return true }},
	{Code: "database_error", Status: 500, Title: "unexpected database error", Hint: "the database reported an unexpected error; see the server's log", Layer: Server, Reached: 7, At: anywhere, match: func(error) bool { return true }},
}
