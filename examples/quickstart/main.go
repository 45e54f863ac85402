// Quickstart starts a throwaway PostgreSQL, puts a table into it and serves
// that with the real server:
//
//	go run ./examples/quickstart
//
// It uses the PostgreSQL programs of this machine, else Docker. Where there is
// neither, it downloads programs for Linux or macOS from Maven Central once, and
// says in which directory it keeps them: dbcontents in the user's cache directory
// (XDG_CACHE_HOME, or /var/cache for root), which no other user may be able to
// change. They are trusted as they come over HTTPS; the checksum beside them
// detects damage, not malice. DBCONTENTS_TEST_POSTGRES=download=URL names a mirror
// with HTTPS and skips the search.
//
// ADDR is the address to listen on, :8888 by default. Ctrl-C stops both and
// leaves nothing behind but a download.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/pgfetch"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", server.Explain(err))
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	environ := environment()
	fmt.Println("starting PostgreSQL ...")
	db, err := pgtest.StartAnywhere(ctx, pgtest.Release{Version: pgfetch.Version, Fetch: pgfetch.Fetch})
	if ctx.Err() != nil && err != nil {
		return nil // interrupted, and everything is removed
	}
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("stopping PostgreSQL and removing it ...")
		err = errors.Join(err, db.Stop())
	}()
	dsn, err := seed(ctx, db)
	if ctx.Err() != nil && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	return server.Serve(ctx, append(environ, "DATABASE_URL="+dsn), os.Stderr, func(contents string) {
		fmt.Printf("\n%s, with a table test_table.\n\n%s\nCtrl-C stops everything.\n\n", db, strings.ReplaceAll(try, "URL", contents))
	})
}

const try = `  curl URL
  curl -H 'Accept: text/csv' URL
  curl -H 'Accept: text/plain' URL
  curl 'URL?select=id,value&order=price.desc.nullslast&limit=2'
  in a browser: URL
`

// environment is what the server gets to see: of the variables of this process
// only a few mean anything here, and those of libpq could lead astray.
func environment() []string {
	environ := []string{"DBCONTENTS_DRAIN=0s"} // nobody has to be told first
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case name == "ADDR" || name == "LOG_LEVEL" || name == "LOG_FORMAT":
			environ = append(environ, v)
		case strings.HasPrefix(name, "PG"):
			os.Unsetenv(name)
		}
	}
	return environ
}

//go:embed seed.sql
var seedSQL string

// seed makes the table and a role that may read it and do nothing else, as
// the server of a real database should have one.
func seed(ctx context.Context, db *pgtest.Server) (dsn string, err error) {
	u, err := url.Parse(db.DSN("postgres"))
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	password := rand.Text()
	if _, err := conn.Exec(ctx, seedSQL+"CREATE ROLE reader LOGIN PASSWORD '"+password+"'; GRANT SELECT ON test_table TO reader"); err != nil {
		return "", err
	}
	u.User = url.UserPassword("reader", password)
	return u.String(), nil
}
