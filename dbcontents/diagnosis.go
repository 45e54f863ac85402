package dbcontents

import (
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// stage is where in a read an error came up; the same SQLSTATE means something
// else while connecting (42501: no CONNECT privilege) than while reading.
type stage uint8

const (
	connecting stage = 1 << iota
	reading
	// naming is the look-up of a table whose name came from outside.
	naming
	// valued is reading by a statement with values, paths or casts of the request.
	valued
	// unencrypted is connecting where no attempt was to use TLS.
	unencrypted
	anywhere = connecting | reading | naming
	asking   = reading | naming
)

// A diagnosis is one row of the table from which every error, problem
// document and report is made.
type diagnosis struct {
	code     string // stable name
	sentinel error
	status   int    // HTTP status as long as nothing was sent
	title    string // short, constant, for anyone
	hint     string // what to do; names nothing from inside
	retry    bool   // a second attempt before the first row may succeed
	// How it is recognised: SQLSTATEs (five characters, or a class of two),
	// or a function on the error; at is the stage. A row with neither is only
	// made by name.
	at    stage
	state string // space-separated
	// routine, if not empty, is the function of the server that must have
	// reported the SQLSTATE. Unlike its text it is the same in every language.
	routine string
	match   func(error) bool
}

// diagnoses is searched from the top; the first match wins.
var diagnoses = []diagnosis{
	// The caller and ourselves.
	{code: "canceled", status: 499, title: "the caller gave up", hint: "the client went away; nothing to do"},
	{code: "deadline_exceeded", sentinel: ErrTimeout, status: 504, title: "the caller's deadline passed", hint: "allow more time, or read less with a limit"},
	{code: "first_row_timeout", sentinel: ErrTimeout, status: 504, title: "no row in time", hint: "the query took too long to give its first row; add an index or a limit, or raise the limit on the first row"},
	{code: "query_timeout", sentinel: ErrTimeout, status: 504, title: "the read took too long", hint: "read less with a limit, or raise the limit on a whole read"},
	{code: "store_closed", sentinel: ErrClosed, status: 503, title: "the store is closed", hint: "the server is stopping; try again"},
	{code: "rows_closed", sentinel: ErrClosed, status: 500, title: "the rows are closed", hint: "read before Close, and once only"},
	{code: "snapshot_released", sentinel: ErrClosed, status: 500, title: "the snapshot was released", hint: "take a new snapshot"},
	{code: "snapshot_failed", sentinel: ErrInterrupted, status: 500, title: "the snapshot is over", hint: "a read in this snapshot failed, which ends its transaction; release it and take a new one"},
	{code: "reader_not_closed", sentinel: ErrBusy, status: 500, title: "a reader was not closed", hint: "close every Rows and release every Snapshot, best with defer right after the error check"},
	{code: "writer_failed", sentinel: ErrInterrupted, status: 500, title: "the output could not be written", hint: "the receiver of the rows failed or went away"},
	{code: "invalid_value", sentinel: ErrInterrupted, status: 500, title: "a value could not be encoded", hint: "a value that the database sent is not what its type says; see the server's log"},
	{code: "config_file_unreadable", sentinel: ErrConfig, status: 500, title: "a file of the configuration cannot be read", hint: "the file that the message names cannot be read inside this process or container"},
	{code: "config_invalid", sentinel: ErrConfig, status: 500, title: "invalid configuration", hint: "correct the settings that the message names"},

	// The request.
	{code: "name_invalid", sentinel: ErrInvalid, status: 400, title: "invalid name", hint: "a name is 1 to 63 bytes of UTF-8 without NUL"},
	{code: "query_invalid", sentinel: ErrInvalid, status: 400, title: "invalid query", hint: "correct what the message names"},
	{code: "snapshot_busy", sentinel: ErrInvalid, status: 500, title: "the snapshot is in use", hint: "close the open Rows before the next Query of the same snapshot"},
	{code: "column_unknown", sentinel: ErrInvalid, status: 400, title: "no such column", hint: "names are case-sensitive; select only columns that the table has"},
	{code: "columns_not_allowed", sentinel: ErrDenied, status: 403, title: "no column of the table may be read", hint: "the allow-list for this table leaves no column to read; its names are case-sensitive, and a computed column must be selected by name"},
	{code: "table_not_exposed", sentinel: ErrNoTable, status: 404, title: "no such table", hint: "only exposed tables can be read; names are case-sensitive; the index lists what there is"},
	{code: "view_broken", status: 500, title: "the view or foreign table is broken", hint: "a function or table behind the view or foreign table is missing; see the server's log", at: reading, match: missingInside},
	{code: "table_missing", sentinel: ErrNoTable, status: 404, title: "no such table", hint: "the table is exposed but does not exist; names are case-sensitive and the schema is public unless named", retry: true, at: asking, state: "42P01 3F000"},
	{code: "select_denied", sentinel: ErrDenied, status: 403, title: "not allowed to read the table", hint: "grant the server's role USAGE on the schema and SELECT on the table", retry: true, at: reading, state: "42501"},
	{code: "name_not_encodable", sentinel: ErrInvalid, status: 400, title: "invalid name", hint: "the database cannot hold such a name, as its encoding lacks a character of it", at: naming, state: "22021 22P05 42602 42622"},
	{code: "operator_missing", sentinel: ErrInvalid, status: 404, title: "no such operation on this type", hint: "the column's type cannot be sorted or compared this way", at: reading, state: "42883"},
	{code: "type_unknown", sentinel: ErrInvalid, status: 400, title: "no such type", hint: "cast to a built-in type that names no object of the database, or to a domain, enum, range or extension's type in an exposed schema"},
	{code: "aggregates_off", sentinel: ErrInvalid, status: 400, title: "aggregates are not allowed", hint: "leave sum, avg, count, min and max out, or have the server's Config allow them"},
	{code: "page_unordered", sentinel: ErrInvalid, status: 400, title: "the table has no pages", hint: "pages need a primary key, and an order by values that can be compared; use limit and offset"},
	{code: "page_token_invalid", sentinel: ErrInvalid, status: 400, title: "not a token of this table and order", hint: "use a token as it was given, with the same table and order, or begin with the first page"},
	{code: "serializable_standby", sentinel: ErrUnavailable, status: 503, title: "a standby cannot be serializable", hint: "the sessions of the server's role default to serializable transactions, which a standby does not have; set default_transaction_isolation to 'repeatable read' for the role, or in the connection string", at: anywhere, state: "0A000", routine: "GetSerializableTransactionSnapshot"},
	{code: "column_missing", sentinel: ErrInterrupted, status: 503, title: "the table changed", hint: "a column went away while the table was read; try again", retry: true, at: reading, state: "42703"},
	{code: "plan_changed", sentinel: ErrInterrupted, status: 503, title: "the table changed", hint: "the table changed while it was read; try again", retry: true, at: reading, state: "0A000", routine: "RevalidateCachedQuery"},
	{code: "value_refused", sentinel: ErrInvalid, status: 400, title: "the database refuses a value of the request", hint: "write each value as its column's type is written, and cast only to what it can be cast to", at: valued, state: "22 0A000 54000 54001 23502 23514 42601 42704 42725 42803 42804 42809 42846 42P18 42P21 42P22"},
	{code: "statement_missing", sentinel: ErrInterrupted, status: 503, title: "a prepared statement went away", hint: "somebody deallocated a statement of this connection; behind a pooler set default_query_exec_mode=exec", retry: true, at: asking, state: "26000"},

	// Way to the database.
	{code: "dns_not_found", sentinel: ErrUnavailable, status: 503, title: "the database's host name is unknown", hint: "the database's host name is unknown here; in Compose use the service's name, in Kubernetes service.namespace", at: connecting, match: dnsNotFound},
	{code: "dns_failed", sentinel: ErrUnavailable, status: 503, title: "the name server does not answer", hint: "the name server does not answer; check the network and /etc/resolv.conf", at: connecting, match: is[*net.DNSError]},
	{code: "socket_missing", sentinel: ErrUnavailable, status: 503, title: "no server socket", hint: "no PostgreSQL socket at that path; check PGHOST and that the volume is mounted", at: connecting, match: socketMissing},
	{code: "loopback_in_container", sentinel: ErrUnavailable, status: 503, title: "nothing listens on localhost", hint: "localhost inside a container is the container itself; set the database's host to the Compose service's name, or to host.docker.internal", at: connecting, match: loopbackInContainer},
	{code: "connection_refused", sentinel: ErrUnavailable, status: 503, title: "the database refuses connections", hint: "nothing listens at the database's address; is PostgreSQL up, does it listen on that interface, is the port right?", at: connecting, match: isErrno(syscall.ECONNREFUSED)},
	{code: "no_route", sentinel: ErrUnavailable, status: 503, title: "no route to the database", hint: "there is no route to the database's host; check the network, VPN or container network", at: connecting, match: isErrno(syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EADDRNOTAVAIL)},
	{code: "not_postgres", sentinel: ErrUnavailable, status: 503, title: "not a PostgreSQL server", hint: "something answers at the database's address but it is not PostgreSQL; check the port", at: connecting, match: notPostgres},
	{code: "tls_refused", sentinel: ErrUnavailable, status: 503, title: "the server has no TLS", hint: "the database refuses TLS; enable ssl there, or set sslmode=disable on a trusted network", at: connecting, match: contains("server refused TLS connection")},
	{code: "tls_unknown_authority", sentinel: ErrUnavailable, status: 503, title: "unknown certificate authority", hint: "the database's certificate is signed by an unknown authority; set sslrootcert", at: connecting, match: is[x509.UnknownAuthorityError]},
	{code: "tls_wrong_name", sentinel: ErrUnavailable, status: 503, title: "the certificate is for another name", hint: "connect by a name that is in the database's certificate, or use sslmode=verify-ca", at: connecting, match: is[x509.HostnameError]},
	{code: "tls_invalid_certificate", sentinel: ErrUnavailable, status: 503, title: "invalid certificate", hint: "the database's certificate is not valid (expired?); check both clocks", at: connecting, match: is[x509.CertificateInvalidError]},
	{code: "tls_failed", sentinel: ErrUnavailable, status: 503, title: "the TLS handshake failed", hint: "the database's side broke the TLS handshake off; check sslcert and sslkey, and what stands in between", at: connecting, match: tlsFailed},
	{code: "wrong_password", sentinel: ErrUnavailable, status: 503, title: "wrong password", hint: "the database rejects the server's password; an empty password is reported this way too", at: connecting, state: "28P01"},
	{code: "tls_required", sentinel: ErrUnavailable, status: 503, title: "the role is not admitted without TLS", hint: "pg_hba.conf does not admit the server's role from this address without TLS; set sslmode=require", at: unencrypted, state: "28000", routine: "ClientAuthentication"},
	{code: "role_not_admitted", sentinel: ErrUnavailable, status: 503, title: "the role is not admitted", hint: "pg_hba.conf does not admit the server's role from this address, or the role does not exist or may not log in", at: connecting, state: "28000"},
	{code: "database_missing", sentinel: ErrUnavailable, status: 503, title: "no such database", hint: "the database does not exist; its name defaults to the role's name", at: connecting, state: "3D000"},
	{code: "connect_denied", sentinel: ErrUnavailable, status: 503, title: "no CONNECT privilege", hint: "grant the server's role CONNECT on the database", at: connecting, state: "42501"},
	{code: "database_closed", sentinel: ErrUnavailable, status: 503, title: "the database accepts no connections", hint: "the database is closed for connections; ALTER DATABASE ... ALLOW_CONNECTIONS true opens it", at: connecting, state: "55000"},
	{code: "parameter_unknown", sentinel: ErrUnavailable, status: 503, title: "startup parameter refused", hint: "the server does not know a parameter of the connection string; behind a pooler set default_query_exec_mode=exec", at: connecting, state: "42704 08P01 22023"},
	{code: "database_starting", sentinel: ErrUnavailable, status: 503, title: "the database is starting or stopping", hint: "the database is starting or stopping; try again", retry: true, at: anywhere, state: "57P03"},
	{code: "too_many_connections", sentinel: ErrBusy, status: 503, title: "no free connection at the database", hint: "the database has no free connection; lower the pool's size or raise max_connections", at: anywhere, state: "53300"},
	{code: "wrong_server_role", sentinel: ErrUnavailable, status: 503, title: "no suitable server", hint: "no host satisfies target_session_attrs", at: connecting, match: wrongServerRole},
	{code: "server_silent", sentinel: ErrUnavailable, status: 503, title: "the database accepts connections and says nothing", hint: "something accepts connections at the database's address and says nothing; is the database's server stopped or overloaded, is it a proxy without one, is it another program?", at: connecting, match: silent},
	{code: "connect_timeout", sentinel: ErrUnavailable, status: 503, title: "the database does not answer", hint: "the database's address does not answer; a firewall usually drops the packets", at: connecting, match: timedOut},
	{code: "hung_up", sentinel: ErrUnavailable, status: 503, title: "the database hangs up", hint: "the database's address accepts connections and closes them at once; a published port, tunnel or proxy without its server, or a server that crashes", at: connecting, match: connectionLost},
	{code: "pool_hook_failed", sentinel: ErrUnavailable, status: 503, title: "a hook of the connection pool refused", hint: "the program lends its own connection pool, and a hook of it (PrepareConn, BeforeAcquire, AfterConnect, BeforeConnect) gave no connection; see the server's log"},
	{code: "pool_closed", sentinel: ErrClosed, status: 503, title: "the connection pool is closed", hint: "the program has closed the connection pool that it lends; close the pool after the store"},
	{code: "pool_busy", sentinel: ErrBusy, status: 503, title: "all connections are in use", hint: "all connections of the pool are in use; try again, or raise the pool's size"},

	// What the rows must be for the format asked for.
	{code: "not_one_row", sentinel: ErrInvalid, status: 406, title: "not exactly one row", hint: "ask for an array, or for one row by a unique column"},
	{code: "too_costly", sentinel: ErrInvalid, status: 400, title: "the query costs too much", hint: "filter and sort by what an index serves, and ask for fewer rows with limit"},
	{code: "not_one_bytea", sentinel: ErrInvalid, status: 406, title: "not one bytea column", hint: "select exactly one column of type bytea, or ask for another format"},

	// While reading.
	{code: "table_locked", sentinel: ErrBusy, status: 503, title: "the table is locked", hint: "another session holds a lock on the table (a migration?); try again", at: asking, state: "55P03"},
	{code: "not_populated", sentinel: ErrUnavailable, status: 503, title: "the materialized view was never filled", hint: "the materialized view was never filled; run REFRESH MATERIALIZED VIEW", at: reading, state: "55000", routine: "ExecOpenScanRelation"},
	{code: "read_conflict", sentinel: ErrInterrupted, status: 503, title: "the read was in conflict with another session", hint: "the database ended the read in favour of another session, or, on a standby, of its recovery; try again", retry: true, at: asking, state: "40001 40P01"},
	{code: "query_canceled", sentinel: ErrInterrupted, status: 503, title: "the read was cancelled at the database", hint: "an administrator of the database cancelled the read; try again", at: asking, state: "57014"},
	{code: "writes", sentinel: ErrDenied, status: 403, title: "the view writes", hint: "reading this view would write, and only reading is allowed", at: reading, state: "25006"},
	{code: "reader_too_slow", sentinel: ErrTimeout, status: 504, title: "the reader was too slow", hint: "the database ended a transaction that was idle too long; read faster or in parts", at: asking, state: "25P03 25P04"},
	{code: "out_of_resources", sentinel: ErrUnavailable, status: 503, title: "the database is out of resources", hint: "the database is out of disk, memory or temporary space", at: anywhere, state: "53"},
	{code: "row_too_large", sentinel: ErrTooLarge, status: 500, title: "a row is too large", hint: "a row or value exceeds a limit; select fewer columns", at: asking, state: "54", match: is[*pgproto3.ExceededMaxBodyLenErr]},
	{code: "status_raised", status: 500, title: "the database refused", hint: "a function of the database refused in its own words; the status of SQLSTATE PTnnn is nnn, from 400 on", at: reading, state: "PT"},
	{code: "conflict", sentinel: ErrInvalid, status: 409, title: "the database reports a conflict", hint: "a function of the database met a value that is there already, or is missing, in another table", at: reading, state: "23503 23505"},
	{code: "function_denied", sentinel: ErrDenied, status: 403, title: "the database does not allow it", hint: "a function of the database refused what it was asked to do; see the server's log", at: reading, state: "0L 0P 28"},
	{code: "raised", sentinel: ErrInvalid, status: 400, title: "the database refused", hint: "a function of the database raised an error; its words are in the server's log", at: reading, state: "P0001", match: raised},
	{code: "value_failed", status: 500, title: "a value could not be computed", hint: "a value in the table or view could not be computed or converted", at: asking, state: "22"},
	{code: "data_corrupted", sentinel: ErrUnavailable, status: 500, title: "the database reports damage", hint: "the database reports damaged data or an I/O error; look at its log at once", at: anywhere, state: "XX001 XX002 58"},
	{code: "foreign_server_failed", sentinel: ErrUnavailable, status: 503, title: "a foreign server failed", hint: "the table lies on a foreign server that the database cannot reach or read", at: reading, state: "08001 HV"},
	{code: "connection_lost", sentinel: ErrInterrupted, status: 503, title: "the connection to the database was lost", hint: "the connection to the database was lost while reading; try again", retry: true, at: asking, state: "57P01 57P02 57P05 08", match: connectionLost},
	// What is left.
	{code: "connect_failed", sentinel: ErrUnavailable, status: 503, title: "cannot connect to the database", hint: "the database cannot be reached; the server's log has the cause", at: connecting, match: func(error) bool { return true }},
	{code: "database_error", status: 500, title: "unexpected database error", hint: "the database reported an unexpected error; see the server's log", at: anywhere, match: func(error) bool { return true }},
}

// diagnosisOf finds a row by its code; an unknown code has the last row's meaning.
func diagnosisOf(code string) *diagnosis {
	for i := range diagnoses {
		if diagnoses[i].code == code {
			return &diagnoses[i]
		}
	}
	return &diagnoses[len(diagnoses)-1]
}

// classify makes the Error for an error of the driver. The caller has already
// dealt with its context and its own limits, which look like driver errors
// (a cancelled query is 57014) and therefore must be asked first.
func classify(op, table string, at stage, err error) *Error {
	var already *Error
	if errors.As(err, &already) {
		return already
	}
	find := diagnose
	if at == connecting {
		find = furthest
		if withoutTLS(err) {
			at |= unencrypted
		}
	}
	detail, cause := disarm(err)
	d, state := find(at, cause)
	e := newError(op, table, d.code, detail, cause)
	e.SQLState = state
	e.toClient(cause)
	return e
}

// diagnose finds the row of the table that recognises err, and its SQLSTATE.
func diagnose(at stage, err error) (d *diagnosis, state string) {
	said := &pgconn.PgError{}
	errors.As(err, &said)
	for i := range diagnoses {
		if d = &diagnoses[i]; d.at&at != 0 && d.recognises(said, err) {
			return d, said.Code
		}
	}
	panic("unreachable: the last diagnosis matches everything")
}

// recognises reports whether d is the diagnosis of err, in which the database
// said said; its code is empty if it said nothing.
func (d *diagnosis) recognises(said *pgconn.PgError, err error) bool {
	if said.Code != "" && (d.routine == "" || d.routine == said.Routine) {
		for state := range strings.FieldsSeq(d.state) {
			if strings.HasPrefix(said.Code, state) {
				return true
			}
		}
	}
	return d.match != nil && d.match(err)
}

// withoutTLS reports whether err is that of a connection none of whose
// attempts, over a network, was to use TLS.
func withoutTLS(err error) bool {
	var e *pgconn.ConnectError
	if !errors.As(err, &e) || e.Config.TLSConfig != nil || strings.HasPrefix(e.Config.Host, "/") {
		return false
	}
	return !slices.ContainsFunc(e.Config.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig != nil })
}

// disarm takes the parts out of err that carry the whole connection
// configuration, password included, and returns a cause that is safe to keep
// and to print, and its text.
func disarm(err error) (detail string, cause error) {
	var connectErr *pgconn.ConnectError
	if errors.As(err, &connectErr) {
		// Config is reachable through the ConnectError only, so its inside is safe.
		cause = errors.Unwrap(connectErr)
		database := connectErr.Config.Database
		if database == "" {
			database = connectErr.Config.User // PostgreSQL's default
		}
		return "role " + connectErr.Config.User + " cannot connect to database " + database + ": " + distinct(cause), cause
	}
	var parseErr *pgconn.ParseConfigError
	if errors.As(err, &parseErr) {
		// Its cause may quote the connection string as well: keep the kind only.
		return "the connection string cannot be parsed", nil
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Message, err
	}
	return err.Error(), err
}

// distinct joins the lines of a joined connect error, each once: with
// sslmode=prefer every address is tried twice and fails twice.
func distinct(err error) string {
	var lines []string
	seen := map[string]bool{}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" && !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
