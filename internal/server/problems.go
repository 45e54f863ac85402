package server

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// problems are what is wrong with the environment, each with the variable that
// has to be changed.
type problems []struct{ variable, text string }

func (p *problems) add(variable, text string) {
	*p = append(*p, struct{ variable, text string }{variable, text})
}

func (p problems) has(variable string) bool {
	for _, one := range p {
		if one.variable == variable {
			return true
		}
	}
	return false
}

// err is one error for all of them, a line for each, or nil.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("the configuration cannot be used")
	for _, one := range p {
		b.WriteString("\n" + one.variable + ": " + one.text)
	}
	return &failure{code: exitUsage, err: errors.New(b.String()), hint: "server help lists all variables"}
}

// ofStore adds what dbcontents.Open has found. It names fields of its Config;
// whoever set them knows variables. source is that of the connection string.
func (p *problems) ofStore(err error, source string) {
	before := *p
	for _, leaf := range leaves(err) {
		field, text, _ := strings.Cut(leaf.Error(), ": ")
		variable := variableOf(field)
		switch {
		case field == "ConnString":
			variable = source
			if source == libpq {
				variable = libpqVariable(text)
			}
		case variable == "":
			variable, text = source, leaf.Error()
		}
		// A value that was not understood was not passed on either: what the
		// Store says about the variable then is wrong.
		if !before.has(variable) {
			p.add(variable, text)
		}
	}
}

// leaves are the errors that were joined into err.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, leaves(e)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return leaves(inner)
	}
	return []error{err}
}

// libpq stands for the variables that pgx reads.
const libpq = "PG*"

// libpqVariable is the variable of libpq that a message about a connection
// string means when there is no connection string.
func libpqVariable(text string) string {
	for _, v := range []struct{ begin, variable string }{
		{"the port", "PGPORT"},
		{"the host", "PGHOST"},
		{"the user", "PGUSER"},
		{"the database", "PGDATABASE"},
		{"sslmode ", "PGSSLMODE"},
		{"sslrootcert ", "PGSSLROOTCERT"},
		{"sslcert ", "PGSSLCERT"},
		{"sslkey ", "PGSSLKEY"},
		{"connect_timeout ", "PGCONNECT_TIMEOUT"},
		{"target_session_attrs ", "PGTARGETSESSIONATTRS"},
		{"load_balance_hosts ", "PGLOADBALANCEHOSTS"},
		{"service ", "PGSERVICE"},
	} {
		if strings.HasPrefix(text, v.begin) {
			return v.variable
		}
	}
	return libpq
}

// misplaced adds the variables that hold a connection string, but for the one that
// is for it, and returns vars without them. Whatever would be wrong with such a
// value, or if nothing was, it must not be shown.
func (p *problems) misplaced(vars map[string]string) map[string]string {
	vars = maps.Clone(vars)
	for _, v := range variables {
		if v.Name == "DATABASE_URL" || !confidential.ConnString(vars[v.Name]) {
			continue
		}
		text := "it holds a connection string, which belongs in DATABASE_URL"
		if strings.HasSuffix(v.Name, "_FILE") {
			text = "it holds a connection string, not the name of a file; set DATABASE_URL to it"
		}
		p.add(v.Name, text)
		delete(vars, v.Name)
	}
	return vars
}

const ownPrefix = "DBCONTENTS_"

// foreign are variables with our prefix that are not meant for us: those of
// this project's tests, and those that Kubernetes sets in every container for
// each service in the namespace, such as one that is called dbcontents.
var foreign = regexp.MustCompile(`^DBCONTENTS_(TEST_.*|(.*_)?SERVICE_(HOST|PORT|PORT_.*)|(.*_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_.*)?)$`)

// unknown adds the variables that look like ours and are not: a misspelt one
// would otherwise have no effect, silently.
func (p *problems) unknown(vars map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !strings.HasPrefix(name, ownPrefix) || known(name) || foreign.MatchString(name) ||
			strings.HasSuffix(name, "_PORT") && strings.Contains(vars[name], "://") { // Kubernetes again
			continue
		}
		p.add(name, "there is no such variable; the nearest is "+nearest(name))
	}
}

func known(name string) bool {
	for _, v := range variables {
		if v.Name == name {
			return true
		}
	}
	return false
}

// nearest is the variable whose name takes the fewest changes to become,
// with or without our prefix.
func nearest(name string) string {
	best, least := "", len(name)+1
	for _, v := range variables {
		if d := min(distance(name, v.Name), distance(strings.TrimPrefix(name, ownPrefix), v.Name)); d < least {
			best, least = v.Name, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
