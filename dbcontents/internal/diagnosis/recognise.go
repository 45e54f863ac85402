package diagnosis

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// The functions by which the diagnosis table recognises errors that have no SQLSTATE.

// Is reports whether err has a T in its chain.
func Is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func isErrno(numbers ...syscall.Errno) func(error) bool {
	return func(err error) bool {
		for _, n := range numbers {
			if errors.Is(err, n) {
				return true
			}
		}
		return false
	}
}

// contains is for the few errors that pgx tells apart by text only; a test
// pins each to the version of pgx in use.
func contains(text string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), text) }
}

// pooler is for what a pooler says of itself, in English: PgBouncer with one SQLSTATE, and pgpool-II. An error
// that the database raises may have the same SQLSTATE and text, but names a routine of PostgreSQL, and PgBouncer has none.
func pooler(texts ...string) func(error) bool {
	return func(err error) bool {
		var said *pgconn.PgError
		return errors.As(err, &said) && (said.Code == "08P01" && said.Routine == "" || fromPgpool(said)) &&
			slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(said.Message, text) })
	}
}

// hungUp is a server that leaves in the middle of the start, also behind a pooler.
func hungUp(err error) bool {
	return connectionLost(err) || pooler("server login has been failing", "server down")(err)
}

// fromPgpool tells an error of pgpool-II itself: it names a file of its own source, which nobody who raises an error can.
func fromPgpool(said *pgconn.PgError) bool { return strings.HasPrefix(said.File, "pool_") }

// pgpoolLost tells that a session of pgpool-II has lost its server: it cannot be reached, or has said good-bye to a query of
// pgpool-II's own, in words that only the hint has.
func pgpoolLost(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && fromPgpool(said) && (strings.HasPrefix(said.Message, "unable to read data") ||
		strings.HasPrefix(said.Message, "unable to flush data") || strings.Contains(said.Hint, `"terminating connection`))
}

// PoolClosed tells puddle's error, from a package that is pgx's business.
func PoolClosed(err error) bool { return err.Error() == "closed pool" }

func dnsNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// Raise is the server's function behind RAISE in PL/pgSQL.
const Raise = "exec_stmt_raise"

// serverStates are SQLSTATEs, or their beginnings, that speak of the server, whoever raises them.
var serverStates = strings.Fields("08 09 21 25 2D 38 39 3B 40 42P17 53 54 55 57 58 F0 HV P0 PGRST XX")

// raised tells a RAISE that speaks of the request, or in a code of its own.
func raised(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Routine == Raise &&
		!slices.ContainsFunc(serverStates, func(class string) bool { return strings.HasPrefix(e.Code, class) })
}

// missingInside tells that something is missing of which the request does not
// speak: the error came up inside a function or on a foreign server, and is
// not what a function raises.
func missingInside(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Where != "" && e.Routine != Raise && slices.Contains(missing, e.Code)
}

// foreign tells an error that postgres_fdw passes on from a foreign server, by its
// SQLSTATE or the beginning of one; those without one, of the connection, are 08006.
func foreign(states ...string) func(error) bool {
	return func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && strings.HasPrefix(e.Routine, "pgfdw_report") &&
			slices.ContainsFunc(states, func(state string) bool { return strings.HasPrefix(e.Code, state) })
	}
}

// foreignDenied tells that a foreign server does not let the role read, or that the role has no way to it:
// no user mapping, or one without the password that it needs.
func foreignDenied(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "2F003" || e.Code == "42704" && e.Routine == "GetUserMapping" || foreign("42501")(err))
}

// missing are the SQLSTATEs for functions, operators, columns, tables and others that do not exist.
var missing = []string{"42883", "42703", "42P01", "42704"}

// wrongServerRole is the answer to target_session_attrs.
func wrongServerRole(err error) bool {
	for _, target := range []error{pgconn.ErrReadOnlyConnection, pgconn.ErrReadWriteConnection, pgconn.ErrPrimaryConnection, pgconn.ErrStandbyConnection} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// tlsFailed is for the alerts of a handshake, of either side; crypto/tls has no
// exported type for them.
func tlsFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

func socketMissing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Net == "unix" && errors.Is(op, os.ErrNotExist)
}

// notPostgres tells the first bytes of another protocol, which are no length
// of a message and no TLS record.
func notPostgres(err error) bool {
	return Is[*pgproto3.ExceededMaxBodyLenErr](err) || Is[tls.RecordHeaderError](err)
}

// silent is a timeout after the connection was made. pgx replaces the error of
// the network by its own, so that only its text tells the two apart.
func silent(err error) bool {
	return timedOut(err) && !contains("dial error: ")(err) &&
		(contains("tls error: ")(err) || contains("failed to receive message: ")(err) || contains("failed to write startup message: ")(err))
}

func timedOut(err error) bool {
	var network net.Error
	return pgconn.Timeout(err) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

func connectionLost(err error) bool {
	return pgpoolLost(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, os.ErrDeadlineExceeded) ||
		isErrno(syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT)(err)
}

// garbled tells bytes that are not of the protocol. PgBouncer writes what it has to say into the
// middle of a row, if the row's server goes away there, and four bytes of it are taken for a length.
// What the database says with such words came whole.
func garbled(err error) bool {
	if Is[*pgconn.PgError](err) {
		return false
	}
	var long *pgproto3.ExceededMaxBodyLenErr
	return errors.As(err, &long) && ofText(long.ActualBodyLen+4) ||
		slices.ContainsFunc([]string{"unknown message type: ", "invalid message length: ", " body is invalid ", " body must have length of "},
			func(text string) bool { return contains(text)(err) })
}

// ofText reports whether the four bytes of a length are rather of an error's fields, which are
// ASCII with a zero byte between: no message of PostgreSQL has 1 GiB (its MaxAllocSize).
func ofText(length int) bool {
	zeros := 0
	for rest := length; rest > 0; rest >>= 8 {
		switch c := rest & 0xff; {
		case c == 0:
			zeros++
		case c < ' ' || c > '~':
			return length >= 1<<30
		}
	}
	return length >= 1<<30 || length >= ' '<<24 && zeros < 2
}

// tooLong is a message that is longer than is accepted.
func tooLong(err error) bool { return Is[*pgproto3.ExceededMaxBodyLenErr](err) && !garbled(err) }

// lost is a connection that broke off while it was read.
func lost(err error) bool { return connectionLost(err) || garbled(err) }

func loopbackInContainer(err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || !errors.Is(err, syscall.ECONNREFUSED) {
		return false
	}
	addr, ok := op.Addr.(*net.TCPAddr)
	return ok && addr.IP.IsLoopback() && inContainer()
}

// inContainer looks for the marks that Docker, Podman and Kubernetes leave.
func inContainer() bool {
	for _, mark := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(mark); err == nil {
			return true
		}
	}
	return os.Getenv("KUBERNETES_SERVICE_HOST") != ""
}
