package pgtest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Order says where Start looks first.
type Order int

const (
	// PreferDocker is for tests: DBCONTENTS_TEST_DSN, Docker, local programs.
	PreferDocker Order = iota
	// PreferLocal is for programs: local programs, Docker. It leaves
	// DBCONTENTS_TEST_DSN alone, as that may be somebody's database.
	PreferLocal
)

const (
	defaultImage = "postgres:17"

	// patience is for one way of a start, image pull and readiness included, when
	// the caller's context has no earlier end. A download may take longer.
	patience = 3 * time.Minute
)

// defaultRepository is Maven Central.
const defaultRepository = "https://repo1.maven.org/maven2"

// way is one manner of getting a server.
type way struct {
	name  string
	start func(ctx context.Context) (*Server, error)
}

// Start starts or finds a server. The context bounds the start, not the
// server's life. When no way works, the error tells why for each and what to
// install.
func Start(ctx context.Context, order Order) (*Server, error) {
	ways, err := waysFor(order, nil, nil)
	if err != nil {
		return nil, err
	}
	return start(ctx, ways, advice)
}

// Release is a PostgreSQL that can be downloaded.
type Release struct {
	Version string
	// Fetch puts its programs, from a Maven repository, into bin in the new
	// directory programs, and temporary files, if any, into stage.
	Fetch func(ctx context.Context, repository, stage, programs string) error
}

// StartAnywhere is Start with PreferLocal for a program that must run anywhere:
// where there are neither local programs nor Docker it downloads the release
// once, keeps it in the user's cache directory, and says so on standard error.
func StartAnywhere(ctx context.Context, release Release) (*Server, error) {
	ways, err := waysFor(PreferLocal, &release, nil)
	if err != nil {
		return nil, err
	}
	return start(ctx, ways, advice+downloadAdvice)
}

// start tries the ways in turn.
func start(ctx context.Context, ways []way, advice string) (*Server, error) {
	var failed []error
	for _, way := range ways {
		begin := time.Now()
		server, err := way.start(ctx)
		if err == nil {
			server.took = time.Since(begin)
			return server, nil
		}
		failed = append(failed, fmt.Errorf("  %s: %w", way.name, err))
	}
	return nil, fmt.Errorf("could not start PostgreSQL\n%w\n%s", errors.Join(failed...), advice)
}

const advice = `One of these is enough:
  PostgreSQL programs: apt-get install postgresql; dnf install postgresql-server; brew install postgresql@17
  a Docker engine: https://docs.docker.com/engine/install/
  any other server: DBCONTENTS_TEST_DSN=postgres://superuser:password@host:5432/postgres (for tests)`

const downloadAdvice = `
  a network that reaches a Maven repository: HTTPS_PROXY=URL for a proxy, DBCONTENTS_TEST_POSTGRES=download=URL for a mirror`

// waysFor reads the environment. What it names explicitly is the only way: a
// run against another server than the one asked for would mislead. A release that
// may be downloaded is the last.
func waysFor(order Order, release *Release, extra []string) ([]way, error) {
	docker := func(image string) way {
		return way{"Docker image " + image, func(ctx context.Context) (*Server, error) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return startDocker(ctx, image, extra...)
		}}
	}
	local := func(dir string) way {
		return way{"local programs", func(ctx context.Context) (*Server, error) {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return startLocal(ctx, dir, extra...)
		}}
	}
	download := func(repository string) way {
		return way{"download", func(ctx context.Context) (*Server, error) { return startDownloaded(ctx, *release, repository) }}
	}
	if force := os.Getenv("DBCONTENTS_TEST_POSTGRES"); force != "" {
		kind, arg, given := strings.Cut(force, "=")
		switch {
		case kind == "docker" && !given:
			return []way{docker(defaultImage)}, nil
		case kind == "docker" && arg != "":
			return []way{docker(arg)}, nil
		case kind == "local" && given == (arg != ""):
			return []way{local(arg)}, nil
		case kind == "download" && given == (arg != "") && release != nil:
			return []way{download(cmp.Or(arg, defaultRepository))}, nil
		case kind == "download":
			return nil, errors.New("DBCONTENTS_TEST_POSTGRES is download, which only the quickstart knows, there also as download=REPOSITORY; elsewhere it may be docker, docker=IMAGE, local or local=BINDIR")
		}
		if given {
			kind += "=..." // what follows may be a URL with a password
		}
		return nil, fmt.Errorf("DBCONTENTS_TEST_POSTGRES is %q; it may be docker, docker=IMAGE, local or local=BINDIR", kind)
	}
	if order == PreferLocal {
		ways := []way{local(""), docker(defaultImage)}
		if release != nil {
			ways = append(ways, download(defaultRepository))
		}
		return ways, nil
	}
	if dsn := os.Getenv("DBCONTENTS_TEST_DSN"); dsn != "" {
		return []way{{"DBCONTENTS_TEST_DSN", func(ctx context.Context) (*Server, error) { return find(ctx, dsn) }}}, nil
	}
	return []way{docker(defaultImage), local("")}, nil
}

// find takes the server that dsn names.
func find(ctx context.Context, dsn string) (*Server, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The cause would quote the DSN and with it the password.
		return nil, errors.New("must be a URL, postgres://user:password@host:port/database")
	}
	// The path alone shall name the database, the front alone the user.
	query := u.Query()
	for _, key := range []string{"dbname", "database", "user", "password"} {
		if query.Has(key) {
			return nil, fmt.Errorf("must not have %s among the parameters; postgres://user:password@host:port/database has a place for it", key)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	server := &Server{place: "from DBCONTENTS_TEST_DSN", admin: *u}
	if err := server.greet(ctx); err != nil {
		return nil, err
	}
	return server, server.asks(ctx)
}

// asks makes sure that the server checks passwords: tests that bring a wrong
// one would fail in puzzling ways where everybody is let in.
func (s *Server) asks(ctx context.Context) error {
	wrong := s.admin
	wrong.User = url.UserPassword(s.admin.User.Username(), "not "+rand.Text())
	conn, err := pgx.Connect(ctx, wrong.String())
	if err != nil {
		return nil
	}
	conn.Close(ctx)
	return errors.New("the server lets in whoever brings a wrong password (trust in its pg_hba.conf), and there are tests of wrong passwords; give connections over TCP scram-sha-256 there")
}
