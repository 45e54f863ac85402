package attacks

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// While nothing is known of the tables, a hook that fails or hangs for one caller fails that
// caller alone, and others read at once, whoever comes first.
func TestAttack24_AHookOnAColdCatalog(t *testing.T) {
	begin(t, 24)
	hangs := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	fails := func(context.Context) error { return errHook }
	for name, change := range map[string]func(*pgxpool.Config){
		"PrepareConn fails": func(c *pgxpool.Config) { c.PrepareConn = prepareStranger(fails, true) },
		"PrepareConn drops": func(c *pgxpool.Config) { c.PrepareConn = prepareStranger(fails, false) },
		"PrepareConn hangs": func(c *pgxpool.Config) { c.PrepareConn = prepareStranger(hangs, true) },
		"BeforeAcquire refuses": func(c *pgxpool.Config) {
			//lint:ignore SA1019 the owner of a pool may use it still
			c.BeforeAcquire = func(ctx context.Context, _ *pgx.Conn) bool { return !isStranger(ctx) }
		},
		"BeforeAcquire hangs": func(c *pgxpool.Config) {
			//lint:ignore SA1019 the owner of a pool may use it still
			c.BeforeAcquire = func(ctx context.Context, _ *pgx.Conn) bool { return !isStranger(ctx) || hangs(ctx) == nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := hookedRig(t, func(c *pgxpool.Config) {
				change(c)
				c.MaxConns = 6
			})
			r.T = t
			var strangers, others sync.WaitGroup
			for range 2 {
				strangers.Go(func() {
					err := r.tryRead(stranger(t.Context()))
					var e *dbcontents.Error
					if !errors.As(err, &e) || e.Code != "pool_hook_failed" {
						t.Errorf("the stranger: %v", err)
					}
				})
			}
			time.Sleep(50 * time.Millisecond) // the stranger's look-up is under way
			start := time.Now()
			for range 4 {
				others.Go(func() {
					if err := r.tryRead(t.Context()); err != nil {
						t.Errorf("another caller: %v", err)
					}
				})
			}
			others.Wait()
			if took := time.Since(start); took > 900*time.Millisecond { // the hook hangs for AcquireTimeout, 1 s
				t.Errorf("others wait %v for a stranger's hook", took)
			}
			strangers.Wait()
			if s := r.store.Stats(); s.Down || s.FailedFast != 0 {
				t.Errorf("it counts as a failure to connect: %+v", s)
			}
			await13(t, "nothing is held", func() bool { return r.store.Stats().AcquiredConns == 0 })
		})
	}
}

// prepareStranger is a PrepareConn that calls what for a stranger only.
func prepareStranger(what func(context.Context) error, keep bool) func(context.Context, *pgx.Conn) (bool, error) {
	return func(ctx context.Context, _ *pgx.Conn) (bool, error) {
		if isStranger(ctx) {
			return keep, what(ctx)
		}
		return true, nil
	}
}

// roleKey marks a context with the role that a pool's hook takes for it.
type roleKey struct{}

// A denial, or a table of fewer columns, that one caller met as the role of a pool's hook is not another's.
func TestAttack24_ADenialBehindAHookIsNobodyElses(t *testing.T) {
	begin(t, 24)
	db := pgtest.New(t, "CREATE TABLE notes (id int PRIMARY KEY, open text, closed text); INSERT INTO notes VALUES (1, 'o', 'c')")
	x := &tenancy{db: db}
	x.dsn = db.Role("NOINHERIT")
	x.login = pgtest.UserOf(t, x.dsn)
	to := `GRANT ROLE TO "` + x.login + `"`
	roles := []string{
		pgtest.UserOf(t, db.Role("", to, "GRANT SELECT ON notes TO ROLE")), pgtest.UserOf(t, db.Role("", to, "GRANT SELECT (id, open) ON notes TO ROLE")), pgtest.UserOf(t, db.Role("", to)),
	}
	for _, order := range [][]int{{2, 0, 1}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}, {0, 2, 1}, {0, 1, 2}} {
		pool := onePool(t, x.dsn, func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
				role, _ := ctx.Value(roleKey{}).(string)
				_, err := conn.Exec(ctx, "SELECT set_config('role', $1, false)", role)
				return err == nil, err
			}
			c.MaxConns = 3
		})
		r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"notes"}}, httpapi.Options{})
		as := func(who int) context.Context { return context.WithValue(t.Context(), roleKey{}, roles[who]) }
		for range 3 {
			for _, who := range order {
				rows, err := r.store.Query(as(who), dbcontents.Query{Select: dbcontents.Columns("open")})
				if err == nil {
					rows.Close()
				}
				if (err != nil) != (who == 2) || err != nil && !errors.Is(err, dbcontents.ErrDenied) {
					t.Errorf("order %v, role %d reads what is open: %v", order, who, err)
				}
				rows, err = r.store.Query(as(who), dbcontents.Query{Select: dbcontents.Columns("closed")})
				if err == nil {
					rows.Close()
				}
				if (err != nil) != (who > 0) {
					t.Errorf("order %v, role %d reads what is closed: %v", order, who, err)
				}
			}
		}
	}
}
