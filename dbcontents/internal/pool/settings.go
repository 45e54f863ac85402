package pool

import (
	"strconv"
	"time"
)

// A setting is a run-time parameter of PostgreSQL that every read relies on.
type setting struct {
	name    string // as it is set for one read, inside the read's transaction
	startup string // as it is set for a whole connection
	value   string
	// reported parameters are announced by the server whenever they change,
	// so that a connection can be trusted, or not, without asking.
	reported bool
}

// settings pins what a read means: it only reads, has limits, and the text of
// its values does not depend on the configuration of the server, the database
// or the role. extra_float_digits 1 is the shortest text that reads back as
// the same number.
func (c Config) settings() []setting {
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	same := func(name, value string, reported bool) setting {
		return setting{name: name, startup: name, value: value, reported: reported}
	}
	return []setting{
		{name: "transaction_read_only", startup: "default_transaction_read_only", value: "on", reported: true},
		same("client_encoding", "UTF8", true),
		same("DateStyle", "ISO, MDY", true),
		same("IntervalStyle", "postgres", true),
		same("TimeZone", "UTC", true),
		same("bytea_output", "hex", false),
		same("extra_float_digits", "1", false),
		same("lc_monetary", "C", false),
		same("quote_all_identifiers", "off", false), // in the names that regclass and its like print
		same("statement_timeout", ms(c.QueryTimeout), false),
		same("lock_timeout", ms(c.LockTimeout), false),
		same("idle_in_transaction_session_timeout", ms(idleInTransaction), false),
	}
}

// idleInTransaction ends a transaction whose owner has died without the
// network noticing. It is longer than a write to a slow receiver may take.
const idleInTransaction = time.Minute
