package dbcontents

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/jackc/pgx/v5/pgconn"
)

// A step is how far the server has come with a statement of a flight.
type step uint8

const (
	sent   step = iota // it is being parsed, against the catalog alone
	parsed             // its parameters are being read, then it is planned
	bound              // it runs
)

// A failure is an error that the database reported, and where in the flight it came up.
// The place tells what the error can be about; its text does not, as it can quote
// anything, in any language.
type failure struct {
	said      *pgconn.PgError
	statement statement
	step      step
	oids      []uint32 // the types of the parameters, if they are known
}

// failed takes note of the first error of the flight.
func (f *flight) failed(said *pgconn.PgError) {
	if f.failure != nil || f.at >= len(f.statements) {
		return
	}
	step := f.step
	if step == sent && f.prepared[f.at].known {
		step = parsed // before this flight
	}
	f.failure = &failure{said, f.statements[f.at], step, f.oids}
}

// parameterContext matches the end of an error's context if the error came up while a
// parameter was read, in every language that PostgreSQL speaks. There is no colon,
// parenthesis or quotation mark around the number; the context of code that
// runs always has one. (Spanish has no $.) The quoted value follows, cut to
// nothing unless the server is configured to log values.
var parameterContext = regexp.MustCompile(`^[^\n$=:：()"'«»„“”「」]* (?:\$|parámetro )(\d+)[^\n\d$=:：()"'«»„“”「」]*?(?: = '(?s:(.*))')?$`)

// parameter is the index of the parameter that the server could not read, if
// that is what has failed.
func (x *failure) parameter() (n int, ok bool) {
	if x.step != parsed {
		return 0, false
	}
	for context := x.said.Where; context != ""; _, context, _ = strings.Cut(context, "\n") {
		found := parameterContext.FindStringSubmatch(context)
		if found == nil {
			continue
		}
		n, err := strconv.Atoi(found[1])
		n--
		if err == nil && n >= 0 && n < len(x.oids) && n < len(x.statement.params) && x.statement.params[n] != nil &&
			quotes(found[2], string(x.statement.params[n])) {
			return n, true
		}
	}
	return 0, false
}

// quotes reports whether inside, which the server has put in quotes, is value or its
// beginning. A client cannot imitate that within another value: there every quote is
// doubled, so behind a quote taken for the opening one an odd number would be left.
func quotes(inside, value string) bool {
	value = strings.ReplaceAll(value, "'", "''")
	if inside == "" || inside == value {
		return true
	}
	inside, cut := strings.CutSuffix(inside, "...")
	return cut && strings.Count(inside, "'")%2 == 0 && strings.HasPrefix(value, inside)
}

// place splits the statement where the server found the mistake.
func (x *failure) place() (before, after string, ok bool) {
	left := int(x.said.Position)
	for i := range x.statement.sql { // positions count characters, from 1
		if left--; left == 0 {
			return x.statement.sql[:i], x.statement.sql[i:], true
		}
	}
	return "", "", false
}

// others are the server's functions that report what code in the database, or
// another server, has said.
var others = strings.Fields(diagnosis.Raise + " pgfdw_report_error dblink_res_error")
