package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	addColumn  = "ALTER TABLE changing ADD COLUMN more text DEFAULT 'more'"
	dropColumn = "ALTER TABLE changing DROP COLUMN more"
	// ofRole selects the sessions of the server under test.
	ofRole = " FROM pg_stat_activity WHERE usename = '" + role + "'"
	// briefly keeps a statement of ours from waiting long for readers.
	briefly = "SET lock_timeout = '1s'; "
)

// A fault is broken for a while and mended again. What can only happen in an
// instant is repeated all the while.
type fault struct {
	name  string
	begin func(*world) error
	again func(*world, *rand.Rand) error
	end   func(*world) error
}

func sql(statements string) func(*world) error {
	return func(w *world) error { return w.sql(statements) }
}

func again(statements string) func(*world, *rand.Rand) error {
	return func(w *world, _ *rand.Rand) error { return w.sql(statements) }
}

// network turns the proxy's knobs. Its one error is that a port cannot be had
// back at once, as somebody's outgoing connection has it.
func network(f func(*world)) func(*world) error {
	return func(w *world) (err error) {
		defer func() {
			if reason := recover(); reason != nil {
				err = fmt.Errorf("%v", reason)
			}
		}()
		f(w)
		return nil
	}
}

var faults = []fault{
	{name: "session terminated", again: again("SELECT pg_terminate_backend(pid)" + ofRole)},
	{name: "query cancelled", again: again("SELECT pg_cancel_backend(pid)" + ofRole + " AND state = 'active'")},
	{name: "crash and recovery", begin: crash},
	{
		name:  "no connection left",
		begin: sql("ALTER ROLE soak CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid)" + ofRole),
		end:   sql("ALTER ROLE soak CONNECTION LIMIT -1"),
	},
	{name: "table locked", begin: lock},
	{name: "privilege revoked", begin: sql(briefly + "REVOKE SELECT ON few, many FROM soak"), end: sql("GRANT SELECT ON few, many TO soak")},
	{name: "table renamed", begin: sql(briefly + "ALTER TABLE few RENAME TO few_elsewhere"), end: sql("ALTER TABLE IF EXISTS few_elsewhere RENAME TO few")},
	{name: "column added", begin: sql(briefly + addColumn), end: sql("ALTER TABLE changing DROP COLUMN IF EXISTS more")},
	{
		name:  "connection refused",
		begin: network(func(w *world) { w.proxy.Refuse(true); w.proxy.Reset() }),
		end:   network(func(w *world) { w.proxy.Refuse(false) }),
	},
	{name: "connection reset", again: func(w *world, _ *rand.Rand) error { w.proxy.Reset(); return nil }},
	{name: "half closed", again: func(w *world, _ *rand.Rand) error { w.proxy.HalfClose(); return nil }},
	{
		name:  "no answer",
		begin: network(func(w *world) { w.proxy.Hang(true) }),
		end:   network(func(w *world) { w.proxy.Hang(false) }),
	},
	{
		name:  "cut off",
		again: func(w *world, r *rand.Rand) error { w.proxy.CutAfter(r.IntN(300_000)); return nil },
		end:   network(func(w *world) { w.proxy.CutAfter(-1) }),
	},
	{
		name:  "slow network",
		begin: network(func(w *world) { w.proxy.SetLatency(20 * time.Millisecond); w.proxy.SetRate(500_000) }),
		end:   network(func(w *world) { w.proxy.SetLatency(0); w.proxy.SetRate(0) }),
	},
	{name: flood}, // the crowd's part
}

// flood is the class in which hundreds of clients come at once.
const flood = "flood"

// quiet is the name of the time in which nothing is broken.
const quiet = "nothing"

// breakThings breaks one thing after the other, each class once in a round, in
// an order that the seed decides, at least one round. An error is a world that cannot be mended.
func (w *world) breakThings(ctx context.Context, t *tally, o options) error {
	r := rand.New(rand.NewPCG(o.seed, 0))
	end := time.Now().Add(o.duration)
	for round := 0; ; round++ {
		for _, i := range r.Perm(len(faults)) {
			lasts := time.Duration(300+r.IntN(700)) * time.Millisecond
			rests := time.Duration(50+r.IntN(250)) * time.Millisecond
			if ctx.Err() != nil || round > 0 && time.Now().Add(lasts).After(end) {
				return context.Cause(ctx)
			}
			t.begin(faults[i].name)
			err := faults[i].inflict(w, r, lasts)
			t.begin(quiet)
			if err == nil {
				// Or the next fault would meet nobody who gets as far as it.
				err = eventually("the database can be reached", func() bool { return !w.store.Stats().Down })
			}
			if err != nil {
				return fmt.Errorf("%s: %w", faults[i].name, err)
			}
			time.Sleep(rests)
		}
	}
}

// inflict breaks it for a while. That a statement of ours fails, because a
// reader is in its way or the server has just crashed, is part of the game; that
// it cannot be undone is not.
func (f *fault) inflict(w *world, r *rand.Rand, lasts time.Duration) error {
	over := time.After(lasts)
	if f.begin != nil {
		f.begin(w) //nolint:errcheck // see above
	}
	for done := false; !done; {
		if f.again != nil {
			f.again(w, r) //nolint:errcheck // see above
		}
		select {
		case <-over:
			done = true
		case <-time.After(time.Duration(10+r.IntN(60)) * time.Millisecond):
		}
	}
	if f.end == nil {
		return nil
	}
	var problem error
	err := eventually("it can be undone", func() bool {
		problem = f.end(w)
		return problem == nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", err, problem)
	}
	return nil
}

// lock holds a table that nobody can read meanwhile, for as long as a fault lasts at least.
func lock(w *world) error {
	return w.admin(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, briefly+"BEGIN; LOCK TABLE few, many; SELECT pg_sleep(0.5); COMMIT")
		return err
	})
}

// crash kills one of the server's processes, upon which it ends all others and
// recovers. The process is named to a shell at the server, as it may run in a container.
func crash(w *world) error {
	err := w.admin(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf("COPY (SELECT 1) TO PROGRAM 'kill -9 %d'", conn.PgConn().PID()))
		return err
	})
	if err == nil {
		return errors.New("the server did not crash")
	}
	return nil
}
