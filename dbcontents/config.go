package dbcontents

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// Config says where the database is, what of it may be read, and the limits of
// a read. The zero value of every field is a safe default, but at least one
// table must be exposed: Tables or AllTables. A Config is copied by [Open].
type Config struct {
	// ConnString is a connection string in one of libpq's two forms
	// (postgres://... or key=value ...); what it leaves out, or all of it if
	// empty, comes from the environment as with psql (PGHOST, PGPASSFILE, ...).
	// The Store owns a pool made from it. Behind a pooler in transaction mode
	// add default_query_exec_mode=exec: then nothing is left on a connection
	// between two reads. It may name several hosts: target_session_attrs says which of
	// them are read, and load_balance_hosts whether connections are spread over them at
	// random, which is the default, or tried in their order (disable).
	ConnString string
	// Pool is a pool to borrow instead; it cannot be combined with ConnString
	// or PoolSize. Close leaves it open. Nothing is changed on its connections
	// but prepared statements, which are named dbcontents_*. Behind a pooler, whatever its mode, reads do not have the role
	// and the settings that its hooks have set, as those may be another client's: use [Session]. Reads end with
	// ROLLBACK, and idle connections that are found dead are closed.
	Pool *pgxpool.Pool

	// Tables are the tables and views that may be read: "name" for that name
	// in each of Schemas, or "schema.name". Names keep their case; a part that
	// holds a dot is written in double quotes. The first is the default table.
	Tables []string
	// AllTables exposes, besides Tables, everything in Schemas that the role may SELECT.
	AllTables bool
	// Functions are the functions that may be called by a [Query], as Tables has names: all
	// functions of the name that are STABLE or IMMUTABLE, that the role may EXECUTE, whose
	// parameters have names, and whose result has columns that are known beforehand. Others
	// do not exist. AllTables adds none: whoever made a function has promised that it
	// changes nothing, and PostgreSQL holds nobody to it. Default: none.
	Functions []string
	// Schemas are the exposed schemas, in the order in which a name without a
	// schema is looked for. Default: public.
	Schemas []string

	// Roles are the database roles that a [Session] may read as. The role
	// that connects must be a member of each of them, best with NOINHERIT and without
	// rights of its own. Default: none.
	Roles []string

	// PoolSize is the greatest number of connections of an owned pool. Zero
	// means pool_max_conns of the connection string, else 10.
	PoolSize int
	// ConnectTimeout bounds one attempt at one address of an owned pool.
	// Default 3 s, or connect_timeout of the connection string.
	ConnectTimeout time.Duration
	// AcquireTimeout bounds the wait for a connection. It should be longer
	// than ConnectTimeout, so that the cause of a failed connect is seen. Default 5 s.
	AcquireTimeout time.Duration
	// LockTimeout bounds the wait for a lock that another session holds on the table. Default 2 s.
	LockTimeout time.Duration
	// FirstRowTimeout bounds the time from having a connection to the first row. Default 15 s.
	FirstRowTimeout time.Duration
	// QueryTimeout bounds a whole read, the time its receiver takes included. Default 10 min.
	QueryTimeout time.Duration
	// CloseTimeout bounds the wait of Close for readers that are still open. Default 5 s.
	CloseTimeout time.Duration

	// MaxRows is the most rows that one read gives, and the most related rows in each
	// row; [Rows.Truncated] tells when it was met. Zero means no limit.
	MaxRows int64
	// MaxCost is the most that a read, or the exact count of its rows, may cost
	// by the planner's estimate ("cost" in EXPLAIN), so that a stranger's filter
	// without an index does not read a large table. Checking costs each read one
	// more round trip. Zero means no limit.
	MaxCost float64
	// MaxRowBytes is the largest row, in bytes, so that one row cannot take all memory: on the
	// wire, on connections of an owned pool, and as [Rows.WriteTo] writes it and [Rows.Values] gives it,
	// on those of a borrowed pool too. A number of ten bytes on the wire may have 131,072 digits. A larger
	// row is [ErrTooLarge]. What Scan, and Collect into structs, make of a row is not limited. Default 64 MiB.
	MaxRowBytes int

	// MaxLag is how far a standby may be behind its primary, as [Host.Lag] measures it: let it be well above the longest time
	// without a commit on the primary, or let something write regularly. Reads that meet one that is further behind, or does not know how far, try other hosts, and wait for at most AcquireTimeout. Then they fail with
	// [ErrBusy] and the Code "standby_lagging". A [Snapshot] is checked when it is taken. The check travels with
	// the read and costs the database some 20 µs, on a primary too. Zero means no limit.
	MaxLag time.Duration

	// Aggregates allows queries to sum up, average, count and so on, which cost
	// the database the more the larger the table is. See [Field].
	Aggregates bool

	// Trace, if it is not nil, is called when an [Operation] begins: for each read that gets as far as
	// asking for a connection, for each connection that an owned pool makes, and for each look-up in
	// PostgreSQL's catalog. The function that it returns is called once, when the operation has ended: a
	// read has when its connection is free again. What the caller does with the last rows after that is no part of it. A
	// second attempt is part of the same read.
	//
	// The operation uses the context that Trace returns, which must be derived from ctx. Operations that it needs, such
	// as a new connection, find their way to it there. A nil context stands for ctx, and a nil function is not
	// called. Both functions may be called concurrently and must not block.
	Trace func(ctx context.Context, op Operation) (context.Context, func(Outcome))

	// TrackReaders records where every reader was opened, so that Close can
	// name the line that forgot to close one. It costs about a microsecond a read.
	TrackReaders bool
}

// The defaults are the timeout budget: each is shorter than the one that contains it.
const (
	defaultAcquireTimeout  = 5 * time.Second
	defaultLockTimeout     = 2 * time.Second
	defaultFirstRowTimeout = 15 * time.Second
	defaultQueryTimeout    = 10 * time.Minute
	defaultCloseTimeout    = 5 * time.Second
	defaultMaxRowBytes     = 64 << 20
	defaultSchema          = "public"
)

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, byDefault time.Duration) {
		if *d == 0 {
			*d = byDefault
		}
	}
	or(&c.AcquireTimeout, defaultAcquireTimeout)
	or(&c.LockTimeout, defaultLockTimeout)
	or(&c.FirstRowTimeout, defaultFirstRowTimeout)
	or(&c.QueryTimeout, defaultQueryTimeout)
	or(&c.CloseTimeout, defaultCloseTimeout)
	if c.MaxRowBytes == 0 {
		c.MaxRowBytes = defaultMaxRowBytes
	}
	c.Tables, c.Functions, c.Schemas, c.Roles = slices.Clone(c.Tables), slices.Clone(c.Functions), slices.Clone(c.Schemas), slices.Clone(c.Roles)
	if len(c.Schemas) == 0 {
		c.Schemas = []string{defaultSchema}
	}
	return c
}

// validate checks all settings and returns every problem, joined.
func (c Config) validate() (exposed catalog.Exposure, err error) {
	var problems []error
	add := func(field, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if c.Pool != nil && c.ConnString != "" {
		add("Pool", "cannot be combined with ConnString; give one of them")
	}
	if c.Pool != nil && c.PoolSize != 0 {
		add("PoolSize", "is a setting of an owned pool; with Pool the size is the pool's own")
	}
	if c.Pool != nil {
		if part := pool.Misplaced(c.Pool.Config().ConnConfig); part != "" {
			add("Pool", "%s", part)
		}
	}
	// PostgreSQL's limit on connections is 262143; far below int32.
	if c.PoolSize < 0 || c.PoolSize > 1<<18 {
		add("PoolSize", "%d is not between 0 and %d", c.PoolSize, 1<<18)
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"ConnectTimeout", c.ConnectTimeout},
		{"AcquireTimeout", c.AcquireTimeout},
		{"LockTimeout", c.LockTimeout},
		{"FirstRowTimeout", c.FirstRowTimeout},
		{"QueryTimeout", c.QueryTimeout},
		{"CloseTimeout", c.CloseTimeout},
		{"MaxLag", c.MaxLag},
	} {
		// The database counts its timeouts in whole milliseconds of an int32.
		if d.value != 0 && (d.value < time.Millisecond || d.value > 24*24*time.Hour) {
			add(d.field, "%v is not between 1ms and 24 days", d.value)
		}
	}
	if c.MaxRows < 0 {
		add("MaxRows", "%d is negative", c.MaxRows)
	}
	if !(c.MaxCost >= 0) {
		add("MaxCost", "%v is negative, or no number", c.MaxCost)
	}
	if c.MaxRowBytes < 0 {
		add("MaxRowBytes", "%d is negative", c.MaxRowBytes)
	}
	if len(c.Tables) == 0 && !c.AllTables {
		add("Tables", "no table is exposed; name one, or set AllTables")
	}
	quote := confidential.Quote // values: somebody may have put a secret into the wrong field
	for _, s := range c.Schemas {
		if err := catalog.CheckName(s); err != nil {
			add("Schemas", "%s: %v", quote(s), err)
		} else if catalog.IsSystemSchema(s) {
			add("Schemas", "%s is a system schema and is never exposed", quote(s))
		} else if confidential.ConnString(s) {
			add("Schemas", "%s is not the name of a schema", quote(s))
		}
	}
	for _, s := range c.Roles {
		if err := catalog.CheckName(s); err != nil {
			add("Roles", "%s: %v", quote(s), err)
		} else if s == "none" || s == "public" {
			add("Roles", "%s is not the name of a role, but a word of SQL", quote(s))
		} else if confidential.ConnString(s) {
			add("Roles", "%s is not the name of a role", quote(s))
		}
	}
	names := func(field, what string, list []string) (names []catalog.Name) {
		for _, s := range list {
			t, err := catalog.ParseName(s)
			switch {
			case err != nil:
				add(field, "%s: %v", quote(s), err)
			case catalog.IsSystemSchema(t.Schema):
				add(field, "%s: %s is a system schema and is never exposed", quote(s), quote(t.Schema))
			case confidential.ConnString(s):
				add(field, "%s is not the name of a %s", quote(s), what)
			case what == "function" && strings.HasSuffix(s, ")"):
				add(field, "%s: write the name alone, without parentheses", quote(s))
			case what == "function" && s == "*":
				add(field, "functions are exposed by name only")
			}
			names = append(names, t)
		}
		return names
	}
	exposed.Tables = names("Tables", "table", c.Tables)
	exposed.Functions = names("Functions", "function", c.Functions)
	exposed.Schemas, exposed.All = c.Schemas, c.AllTables
	return exposed, errors.Join(problems...)
}

// pool is what the pool's room needs of c.
func (c Config) pool() pool.Config {
	p := pool.Config{
		ConnString: c.ConnString, Borrowed: c.Pool, Size: c.PoolSize, ConnectTimeout: c.ConnectTimeout, AcquireTimeout: c.AcquireTimeout,
		LockTimeout: c.LockTimeout, QueryTimeout: c.QueryTimeout, MaxRowBytes: c.MaxRowBytes, MaxLag: c.MaxLag,
	}
	if c.Trace != nil {
		p.Connecting = c.connecting
	}
	return p
}
