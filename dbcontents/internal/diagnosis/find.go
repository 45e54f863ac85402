package diagnosis

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A Stage is where in a read an error came up; the same SQLSTATE means something
// else while connecting (42501: no CONNECT privilege) than while reading.
type Stage uint8

const (
	// Connecting is an attempt to connect.
	Connecting Stage = 1 << iota
	// Reading is everything that is asked on a connection.
	Reading
	// Naming is the look-up of a table whose name came from outside.
	Naming
	// Valued is reading by a statement with values, paths or casts of the request.
	Valued
	// Entering is taking the role and the settings of a session.
	Entering
	// Unencrypted is connecting where no attempt was to use TLS.
	Unencrypted
	anywhere = Connecting | Reading | Naming | Entering
	asking   = Reading | Naming | Entering
)

// ByCode finds a row by its code; an unknown code has the last row's meaning.
func ByCode(code string) *Diagnosis {
	for i := range Table {
		if Table[i].Code == code {
			return &Table[i]
		}
	}
	return &Table[len(Table)-1]
}

// Of names an error of the driver that came up at a stage. The caller has already
// dealt with its context and its own limits, which look like driver errors
// (a cancelled query is 57014) and therefore must be asked first.
func Of(at Stage, err error) *Finding {
	if already, ok := err.(*Finding); ok {
		return already
	}
	find := diagnose
	if at == Connecting {
		find = furthest
		if withoutTLS(err) {
			at |= Unencrypted
		}
	}
	detail, cause := Disarm(err)
	d, state := find(at, cause)
	f := New(d.Code, detail, cause)
	f.SQLState = state
	f.toClient(cause)
	return f
}

// diagnose finds the row of the table that recognises err, and its SQLSTATE.
func diagnose(at Stage, err error) (d *Diagnosis, state string) {
	said := &pgconn.PgError{}
	errors.As(err, &said)
	for i := range Table {
		if d = &Table[i]; d.At&at != 0 && d.recognises(said, err) {
			return d, said.Code
		}
	}
	panic("unreachable: the last diagnosis matches everything")
}

// recognises reports whether d is the diagnosis of err, in which the database
// said said; its code is empty if it said nothing.
func (d *Diagnosis) recognises(said *pgconn.PgError, err error) bool {
	if said.Code != "" && (d.Routine == "" || d.Routine == said.Routine) {
		for state := range strings.FieldsSeq(d.States) {
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

// Disarm takes the parts out of err that carry the whole connection
// configuration, password included, and returns a cause that is safe to keep
// and to print, and its text.
func Disarm(err error) (detail string, cause error) {
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
