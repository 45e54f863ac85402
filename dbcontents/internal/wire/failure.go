package wire

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A Step is how far the server has come with a statement of a flight.
type Step uint8

// The steps.
const (
	Sent   Step = iota // it is being parsed, against the catalog alone
	parsed             // its parameters are being read, then it is planned
	bound              // it runs
)

// A Failure is an error that the database reported, and where in the flight it came up.
// The place tells what the error can be about; its text does not, as it can quote
// anything, in any language.
type Failure struct {
	Said       *pgconn.PgError // what the database said
	Statement  Statement
	Step       Step
	ParamTypes []uint32 // the types of the parameters, if they are known
}

// note takes note of the first error of the flight.
func (f *Flight) note(said *pgconn.PgError) {
	if f.refused != nil || f.at >= len(f.Statements) {
		return
	}
	step := f.step
	if step == Sent && f.prepared[f.at].known {
		step = parsed // before this flight
	}
	f.refused = &Failure{said, f.Statements[f.at], step, f.oids}
}

// parameterContext matches the end of an error's context if the error came up while a
// parameter was read, in every language that PostgreSQL speaks. There is no colon,
// parenthesis or quotation mark around the number; the context of code that
// runs always has one. (Spanish has no $.) The quoted value follows, cut to
// nothing unless the server is configured to log values.
var parameterContext = regexp.MustCompile(`^[^\n$=:：()"'«»„“”「」]* (?:\$|parámetro )(\d+)[^\n\d$=:：()"'«»„“”「」]*?(?: = '(?s:(.*))')?$`)

// Parameter is the index of the parameter that the server could not read, if
// that is what has failed.
func (x *Failure) Parameter() (n int, ok bool) {
	if x.Step != parsed {
		return 0, false
	}
	for context := x.Said.Where; context != ""; _, context, _ = strings.Cut(context, "\n") {
		found := parameterContext.FindStringSubmatch(context)
		if found == nil {
			continue
		}
		n, err := strconv.Atoi(found[1])
		n--
		if err == nil && n >= 0 && n < len(x.ParamTypes) && n < len(x.Statement.Params) && x.Statement.Params[n] != nil &&
			quotes(found[2], string(x.Statement.Params[n])) {
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

// Place splits the statement where the server found the mistake.
func (x *Failure) Place() (before, after string, ok bool) {
	left := int(x.Said.Position)
	for i := range x.Statement.SQL { // positions count characters, from 1
		if left--; left == 0 {
			return x.Statement.SQL[:i], x.Statement.SQL[i:], true
		}
	}
	return "", "", false
}
