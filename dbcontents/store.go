package dbcontents

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/fill"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/pool"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// Store reads the contents of tables. It is made by [Open] and is safe for
// concurrent use. A zero Store behaves like a closed one.
type Store struct {
	*shared
	session *session // on whose behalf it reads; nil for its own
	catalog catalog.Catalog
	asker   storeAsker // makes the look-ups that reads need
}

// shared is what a Store has in common with those that As has made of it.
type shared struct {
	config  Config
	pool    *pool.Pool
	plans   *compile.Plans
	limits  struct{ firstRow, query interrupt.Limit }
	cpus    int
	looks   looks
	waiting atomic.Int64 // reads that wait long for a server to come to their position
	structs fill.Structs // of Collect

	mu      sync.Mutex
	closed  bool
	gaveUp  bool // Close has returned without waiting for the readers left
	readers map[*reader]struct{}
	idle    chan struct{} // closed when closed and the last reader is gone

	counters struct {
		reads, rows, errors, retries, canceled atomic.Int64
	}
}

// Open makes a Store. It checks every setting and reports all problems at once
// in one error that matches [ErrConfig]. It does not connect: a database that
// is down is met, and named, by the first read. The caller must Close the Store.
func Open(config Config) (*Store, error) {
	config = config.withDefaults()
	exposed, err := config.validate()
	// Made even if err is set already, to report all problems at once.
	connections, poolErr := pool.Open(config.pool())
	if err = errors.Join(err, poolErr); err != nil {
		if connections != nil {
			connections.Close()
		}
		return nil, newError("open", "", configCode(err), "", err)
	}
	s := &Store{shared: &shared{config: config, pool: connections, readers: map[*reader]struct{}{}, idle: make(chan struct{}), cpus: runtime.GOMAXPROCS(0)}}
	s.limits.firstRow = interrupt.Limit{Code: "first_row_timeout", After: config.FirstRowTimeout}
	s.limits.query = interrupt.Limit{Code: "query_timeout", After: config.QueryTimeout}
	s.asker = storeAsker{s, "catalog", config.FirstRowTimeout}
	s.structs.MaxJSON = config.MaxRowBytes
	s.plans = compile.NewPlans(s.config.MaxRowBytes)
	s.catalog = *catalog.New(exposed, s.plans.Forget)
	return s, nil
}

// Config is the configuration in effect, with the defaults of fields that were left
// empty. PoolSize and ConnectTimeout stay zero where the connection string or a
// default decides; see Stats.MaxConns. ConnString, which may hold a password, is
// left out. Do not change the lists.
func (s *Store) Config() Config {
	if s == nil || s.shared == nil {
		return Config{}
	}
	c := s.config
	c.ConnString = ""
	return c
}

// configCode is the code for what is wrong with a configuration: that of a file
// only if nothing else is.
func configCode(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) == 1 && diagnosis.Is[*pool.FileError](err) {
		return "config_file_unreadable"
	}
	return "config_invalid"
}

// A reader is whoever holds a connection: Rows, a Snapshot, or a short question of our own.
type reader struct {
	op, table string           // for errors
	what      string           // "rows", "a snapshot"
	where     string           // file:line, with Config.TrackReaders
	crowded   bool             // there were more readers than CPUs when it began
	unnamed   bool             // its short flights use no kept statements
	watch     *interrupt.Watch // of what it does now, else nil
}

// stage is where an error of r's own question came up.
func (r *reader) stage() diagnosis.Stage {
	if r.op == "catalog" {
		return diagnosis.Naming
	}
	return diagnosis.Reading
}

// enter registers a reader; it fails when the Store is closed.
func (s *Store) enter(r *reader) error {
	if s.config.TrackReaders {
		r.where = caller()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return newError(r.op, r.table, "store_closed", "", nil)
	}
	s.readers[r] = struct{}{}
	r.crowded = len(s.readers) > s.cpus
	return nil
}

// watched lets Close end what w watches for r. If Close has given up on r
// already, it is ended now.
func (s *Store) watched(r *reader, w *interrupt.Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.watch = w
	if s.gaveUp && w != nil {
		w.EndSoon(newError(r.op, r.table, "store_closed", "", nil))
	}
}

func (s *Store) leave(r *reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.readers[r]; !ok {
		return
	}
	delete(s.readers, r)
	if s.closed && len(s.readers) == 0 {
		close(s.idle)
	}
}

func (s *Store) usable(op string) error {
	if s == nil || s.shared == nil {
		return newError(op, "", "store_closed", "the store was not opened", nil)
	}
	if s.isClosed() {
		return newError(op, "", "store_closed", "", nil)
	}
	if s.session != nil && s.session.wrong != nil {
		return classify(op, "", diagnosis.Entering, s.session.wrong)
	}
	return nil
}

func (s *Store) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close refuses new reads, waits up to Config.CloseTimeout for those under way,
// and closes the pool if the Store owns it. If a reader is still open then,
// Close returns an error that names it (with Config.TrackReaders also the line
// that opened it), ends its query at the server, and leaves its connection to
// be closed when the reader is. Close may be called again; it then does nothing.
func (s *Store) Close() error {
	if s == nil || s.shared == nil {
		return nil
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if len(s.readers) == 0 {
		close(s.idle)
	}
	s.mu.Unlock()

	timer := time.NewTimer(s.config.CloseTimeout)
	defer timer.Stop()
	var err error
	select {
	case <-s.idle:
	case <-timer.C:
		err = s.giveUp()
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.pool.Close() // returns when a leaked reader is closed, if ever
	}()
	if err != nil {
		return err
	}
	select {
	case <-closed:
	case <-timer.C: // connections that broke may take some seconds more
	}
	return nil
}

// giveUp names the readers that are still open and ends their queries.
func (s *Store) giveUp() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gaveUp = true
	var problems []error
	for r := range s.readers {
		text := r.what
		if r.table != "" {
			text += " of " + r.table
		}
		if r.where != "" {
			text += ", opened at " + r.where
		}
		problems = append(problems, errors.New(text))
		if r.watch != nil {
			r.watch.EndSoon(newError(r.op, r.table, "store_closed", "", nil))
		}
	}
	detail := strconv.Itoa(len(problems)) + " not closed within " + s.config.CloseTimeout.String() + ": " + errors.Join(problems...).Error()
	return newError("close", "", "reader_not_closed", detail, errors.Join(problems...))
}

// Ping reports whether a connection can be had, takes the session's role and settings,
// and answers. While the database is known to be away it fails at once with the known
// cause, as reads do.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.usable("ping"); err != nil {
		return err
	}
	return s.ask(ctx, "ping", func(conn *pgxpool.Conn, r *reader) (usable bool, err error) {
		f := wire.Flight{Statements: append(s.session.enter(nil), wire.Statement{SQL: "SELECT 1", Sync: true})}
		return s.exchange(ctx, conn, r, s.config.AcquireTimeout, &f, nil)
	})
}
