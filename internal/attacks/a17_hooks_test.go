package attacks

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const hookSeed = "CREATE TABLE test_table (id int PRIMARY KEY, value text, tags text[]); INSERT INTO test_table VALUES (1, 'one', '{a,b}')"

// strangerKey marks the context of a caller whom the pool's hook does not serve.
type strangerKey struct{}

func stranger(ctx context.Context) context.Context {
	return context.WithValue(ctx, strangerKey{}, true)
}

func isStranger(ctx context.Context) bool { return ctx.Value(strangerKey{}) != nil }

var errHook = errors.New("no tenant in the context")

// hookedRig reads through a pool that change has given a hook.
func hookedRig(t *testing.T, change func(*pgxpool.Config)) *rig {
	t.Helper()
	db := pgtest.New(t, hookSeed)
	config, err := pgxpool.ParseConfig(db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE"))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 3
	change(config)
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}, AcquireTimeout: time.Second}, httpapi.Options{})
}

func (r *rig) tryRead(ctx context.Context) error {
	rows, err := r.store.Query(ctx, dbcontents.Query{})
	if err != nil {
		return err
	}
	return rows.Close()
}

// A hook that refuses one caller refuses nobody else, at once and by its name.
func TestAttack17_AHookRefusesItsCallerAlone(t *testing.T) {
	begin(t, 17)
	for _, tt := range []struct {
		what   string
		change func(*pgxpool.Config)
		cause  error // what the hook said, if it can
	}{
		{"PrepareConn keeps the connection", func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) {
				if isStranger(ctx) {
					return true, errHook
				}
				return true, nil
			}
		}, errHook},
		{"PrepareConn drops the connection", func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) {
				if isStranger(ctx) {
					return false, errHook
				}
				return true, nil
			}
		}, errHook},
		{"PrepareConn fails at the database", func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
				if isStranger(ctx) {
					_, err := conn.Exec(ctx, "SET no_such_setting = 'x'")
					return true, err
				}
				return true, nil
			}
		}, nil},
		{"BeforeAcquire says no", func(c *pgxpool.Config) {
			//lint:ignore SA1019 the owner of a pool may use it still
			c.BeforeAcquire = func(ctx context.Context, _ *pgx.Conn) bool { return !isStranger(ctx) }
		}, nil},
		{"PrepareConn does not return", func(c *pgxpool.Config) {
			c.PrepareConn = func(ctx context.Context, _ *pgx.Conn) (bool, error) {
				if isStranger(ctx) {
					<-ctx.Done()
					return true, ctx.Err()
				}
				return true, nil
			}
		}, nil},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			r := hookedRig(t, tt.change)
			r.T = t
			if err := r.tryRead(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := r.tryRead(stranger(t.Context()))
				var e *dbcontents.Error
				if !errors.As(err, &e) || e.Code != "pool_hook_failed" || tt.cause != nil && !errors.Is(err, tt.cause) {
					t.Errorf("the stranger: %v", err)
				}
				w := httptest.NewRecorder()
				r.handler.ServeHTTP(w, httptest.NewRequest("GET", "/dbcontents", nil).WithContext(stranger(t.Context())))
				if w.Code != 503 || !strings.Contains(w.Body.String(), "pool_hook_failed") {
					t.Errorf("the stranger: %d, %s", w.Code, w.Body)
				}
				if err := r.tryRead(t.Context()); err != nil {
					t.Errorf("another caller: %v", err)
				}
				if answer := r.get("/dbcontents"); answer.StatusCode != 200 {
					t.Errorf("another client: %s %s", answer.Status, answer.body)
				}
			}
			if s := r.store.Stats(); s.Down || s.FailedConnects != 0 || s.FailedFast != 0 {
				t.Errorf("it counts as a failure to connect: %+v", s)
			}
		})
	}
}

// A connection that died while it was idle is met by the hook first; that is no
// refusal, and the next attempt serves.
func TestAttack17_AHookThatMeetsADeadConnection(t *testing.T) {
	begin(t, 17)
	r := hookedRig(t, func(c *pgxpool.Config) {
		c.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
		c.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
			_, err := conn.Exec(ctx, "SET application_name = 'hooked'")
			return err == nil, err
		}
	})
	for range 3 {
		if err := r.tryRead(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	}
}

// What fails for every connection that is made is told as what it is, and tried again later.
func TestAttack17_AHookOfNewConnections(t *testing.T) {
	begin(t, 17)
	r := hookedRig(t, func(c *pgxpool.Config) {
		c.AfterConnect = func(context.Context, *pgx.Conn) error { return errHook }
	})
	for range 3 {
		err := r.tryRead(t.Context())
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "pool_hook_failed" || e.RetryAfter <= 0 {
			t.Errorf("got %v", err)
		}
	}
	if s := r.store.Stats(); s.Connects != 1 || s.FailedFast != 2 {
		t.Errorf("each read has connected: %+v", s)
	}
}

// A pool that its owner has closed is not a database that is away.
func TestAttack17_AClosedPool(t *testing.T) {
	begin(t, 17)
	var pool *pgxpool.Pool
	db := pgtest.New(t, hookSeed)
	pool = onePool(t, db.DSN, nil)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"test_table"}}, httpapi.Options{})
	if err := r.tryRead(t.Context()); err != nil {
		t.Fatal(err)
	}
	pool.Close()
	for range 2 {
		err := r.tryRead(t.Context())
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "pool_closed" || !errors.Is(err, dbcontents.ErrClosed) || e.RetryAfter != 0 {
			t.Errorf("got %v", err)
		}
		for what, err := range map[string]error{
			"Ping": r.store.Ping(t.Context()), "Check": r.store.Check(t.Context()).Err(),
		} {
			if !errors.As(err, &e) || e.Code != "pool_closed" {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if p := r.problem(r.get("/dbcontents")); p.Status != 503 || p.Cause != "pool_closed" {
		t.Errorf("the client gets %+v", p)
	}
	if s := r.store.Stats(); s.Down || s.FailedConnects != 0 {
		t.Errorf("it counts as a failure to connect: %+v", s)
	}
}

// hostileCodec is one of a program that never meant it for our questions.
type hostileCodec struct{ pgtype.TextCodec }

func (hostileCodec) PlanEncode(*pgtype.Map, uint32, int16, any) pgtype.EncodePlan { return nil }

func (hostileCodec) PlanScan(*pgtype.Map, uint32, int16, any) pgtype.ScanPlan { return nil }

// A program's own codecs are for its own values.
func TestAttack17_CodecsOfTheOwner(t *testing.T) {
	begin(t, 17)
	r := hookedRig(t, func(c *pgxpool.Config) {
		c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
			for name, oid := range map[string]uint32{
				"_text": pgtype.TextArrayOID, "text": pgtype.TextOID, "bool": pgtype.BoolOID, "int4": pgtype.Int4OID,
				"oid": pgtype.OIDOID, "name": pgtype.NameOID, "json": pgtype.JSONOID,
			} {
				conn.TypeMap().RegisterType(&pgtype.Type{Name: name, OID: oid, Codec: hostileCodec{}})
			}
			return nil
		}
	})
	const want = `[{"id":1,"value":"one","tags":["a","b"]}]` + "\n"
	for _, path := range []string{"/dbcontents", "/dbcontents?id=eq.1", "/dbcontents?tags=cs.{a}", "/dbcontents?select=id,value::text,tags"} {
		if answer := r.get(path, "Prefer", "count=exact"); answer.body != want {
			t.Errorf("%s: %s %s", path, answer.Status, answer.body)
		}
	}
	if tables, err := r.store.Tables(t.Context()); err != nil || len(tables) != 1 {
		t.Errorf("tables: %v, %v", tables, err)
	}
	if err := r.store.Check(t.Context()).Err(); err != nil {
		t.Errorf("check: %v", err)
	}
	snapshot, err := r.store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	if _, err := snapshot.Query(t.Context(), dbcontents.Query{}); err != nil {
		t.Errorf("snapshot: %v", err)
	}
}
