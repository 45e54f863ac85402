package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

// A rival answers GET /dbcontents/{table} in its own way. Like the real server
// each is a process, this program started again, with DATABASE_URL, ADDR and
// DBCONTENTS_POOL_SIZE in its environment.
type rival func(ctx context.Context) (http.Handler, error)

var rivals = map[string]rival{
	"@drain":        drainRival,
	"@answered":     answeredRival,
	"@static":       staticRival,
	"@hand-written": handWrittenRival,
	"@json_agg":     jsonAggRival,
	"@borrowed":     borrowedRival,
}

func serveRival(ctx context.Context, r rival) error {
	handler, err := r(ctx)
	if err != nil {
		return err
	}
	web := http.Server{Addr: os.Getenv("ADDR"), Handler: handler}
	context.AfterFunc(ctx, func() { web.Close() })
	if err := web.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func pool(ctx context.Context) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, os.Getenv("DATABASE_URL")+"&pool_max_conns="+os.Getenv("DBCONTENTS_POOL_SIZE"))
}

// selectAll is the statement of all rivals. They trust the path, as nobody but
// the benchmark asks them.
func selectAll(r *http.Request) string {
	return "SELECT * FROM " + pgx.Identifier{path.Base(r.URL.Path)}.Sanitize()
}

// drainRival is the floor: it receives the rows in binary and drops them. Its
// statements are prepared, as pgx's and ours are.
func drainRival(ctx context.Context) (http.Handler, error) {
	pool, err := pool(ctx)
	if err != nil {
		return nil, err
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		n, err := drain(pool, r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(w, n)
		return err
	}), nil
}

func drain(pool *pgxpool.Pool, r *http.Request) (n int, err error) {
	acquired, err := pool.Acquire(r.Context())
	if err != nil {
		return 0, err
	}
	defer acquired.Release()
	conn, sql := acquired.Conn().PgConn(), selectAll(r)
	if conn.CustomData()[sql] == nil {
		if conn.CustomData()[sql], err = conn.Prepare(r.Context(), sql, sql, nil); err != nil {
			return 0, err
		}
	}
	rows := conn.ExecPrepared(r.Context(), sql, nil, nil, []int16{pgx.BinaryFormatCode})
	for rows.NextRow() {
		n++
	}
	_, err = rows.Close()
	return n, err
}

// answeredRival drains the rows too, and answers with the headers and the bytes
// that the real server has answered with: what is left of a small answer when
// nothing is encoded, logged, limited or thought about.
func answeredRival(ctx context.Context) (http.Handler, error) {
	pool, err := pool(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := savedAnswers(headerOf)
	if err != nil {
		return nil, err
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		if _, err := drain(pool, r); err != nil {
			return err
		}
		a := answers[r.URL.Path]
		maps.Copy(w.Header(), a.header)
		_, err := w.Write(a.body)
		return err
	}), nil
}

// staticRival answers with the bytes that the real server has answered with.
func staticRival(context.Context) (http.Handler, error) {
	answers, err := savedAnswers(bodyOf)
	if err != nil {
		return nil, err
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		body := answers[r.URL.Path].body
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, err := w.Write(body)
		return err
	}), nil
}

// handWrittenRival is what one writes on an afternoon.
func handWrittenRival(ctx context.Context) (http.Handler, error) {
	pool, err := pool(ctx)
	if err != nil {
		return nil, err
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		rows, err := pool.Query(r.Context(), selectAll(r))
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToMap)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(w).Encode(all)
	}), nil
}

// jsonAggRival lets the database make the whole answer, as one value.
func jsonAggRival(ctx context.Context) (http.Handler, error) {
	pool, err := pool(ctx)
	if err != nil {
		return nil, err
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		var body []byte
		if err := pool.QueryRow(r.Context(), "SELECT json_agg(t) FROM ("+selectAll(r)+") t").Scan(&body); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write(body)
		return err
	}), nil
}

// borrowedRival is ours through a pool that belongs to the program around it,
// with the real server's access log.
func borrowedRival(ctx context.Context) (http.Handler, error) {
	pool, err := pool(ctx)
	if err != nil {
		return nil, err
	}
	store, err := dbcontents.Open(dbcontents.Config{Pool: pool, AllTables: true})
	if err != nil {
		return nil, err
	}
	log := server.NewAccessLog(os.Stderr, true, slog.LevelInfo)
	return httpapi.New(store, httpapi.Options{Observe: log.Observe}), nil
}

func handler(answer func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}
