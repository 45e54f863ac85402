package docker_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const testPassword = "only-for-this-test"

// lone are single containers without Compose: one database, with the scripts of
// docker/db/init, and as many APIs as a test wants.
type lone struct {
	t       *testing.T
	pool    *dockertest.Pool
	network *dockertest.Network
	tree    string
	db      *dockertest.Resource
	address string // of the database, on the loopback interface
}

func newLone(t *testing.T, image string) *lone {
	t.Helper()
	l := &lone{t: t, tree: built(t), pool: engine(t), address: freeAddress(t)}
	if err := provide(t.Context(), l.pool, image); err != nil {
		t.Fatal(err)
	}
	var err error
	if l.network, err = l.pool.CreateNetwork(unique()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.pool.RemoveNetwork(l.network); err != nil {
			t.Error(err)
		}
	})
	password := filepath.Join(t.TempDir(), "password")
	writeFile(t, password, testPassword)
	l.db = l.start(image, l.address, "5432/tcp", []string{
		"POSTGRES_DB=dbcontents", "POSTGRES_PASSWORD=" + testPassword, "READER_PASSWORD_FILE=/run/password", "POSTGRES_INITDB_ARGS=--no-sync",
	}, filepath.Join(l.tree, "docker", "db", "init")+":/docker-entrypoint-initdb.d:ro", password+":/run/password:ro")
	l.awaitDatabase()
	return l
}

// start runs a container until the end of the test.
func (l *lone) start(image, address string, port docker.Port, env []string, mounts ...string) *dockertest.Resource {
	l.t.Helper()
	repository, tag := docker.ParseRepositoryTag(image)
	host, hostPort, _ := strings.Cut(address, ":")
	container, err := l.pool.RunWithOptions(&dockertest.RunOptions{
		Name: unique(), Repository: repository, Tag: tag, Env: env, Mounts: mounts,
		Networks:     []*dockertest.Network{l.network},
		PortBindings: map[docker.Port][]docker.PortBinding{port: {{HostIP: host, HostPort: hostPort}}},
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := l.pool.Purge(container); err != nil {
			l.t.Error(err)
		}
	})
	return container
}

// api starts an API; env comes after what connects it with the database.
func (l *lone) api(env ...string) (container *dockertest.Resource, address string) {
	l.t.Helper()
	address = freeAddress(l.t)
	return l.start(testImage, address, "8888/tcp", append([]string{
		"PGHOST=" + strings.TrimPrefix(l.db.Container.Name, "/"), "PGDATABASE=dbcontents", "PGUSER=reader", "PGPASSWORD=" + testPassword, "PGSSLMODE=disable",
	}, env...)), address
}

// connect tries to reach the database as its superuser.
func (l *lone) connect() (*pgx.Conn, error) {
	return pgx.Connect(l.t.Context(), "postgres://postgres:"+testPassword+"@"+l.address+"/dbcontents?sslmode=disable&connect_timeout=2")
}

// awaitDatabase waits for the database and says when it was there.
func (l *lone) awaitDatabase() time.Time {
	l.t.Helper()
	var err error
	await(l.t, func() bool {
		var conn *pgx.Conn
		if conn, err = l.connect(); err == nil {
			err = conn.Close(l.t.Context())
		}
		return err == nil
	}, func() any { return err })
	return time.Now()
}

func (l *lone) exec(sql string) {
	l.t.Helper()
	conn, err := l.connect()
	if err == nil {
		_, err = conn.Exec(l.t.Context(), sql)
		err = errors.Join(err, conn.Close(l.t.Context()))
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// signal sends a signal to a container and waits for its end. (dockertest sets
// the stop signal to SIGWINCH, so that to stop it is no use.)
func (l *lone) signal(container *dockertest.Resource, signal docker.Signal) (exitCode int, err error) {
	id := container.Container.ID
	if err := l.pool.Client.KillContainer(docker.KillContainerOptions{ID: id, Signal: signal}); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return l.pool.Client.WaitContainerWithContext(id, ctx)
}

// state is that of a container now.
func (l *lone) state(container *dockertest.Resource) docker.State {
	l.t.Helper()
	c, err := l.pool.Client.InspectContainer(container.Container.ID)
	if err != nil {
		l.t.Fatal(err)
	}
	return c.State
}

// The scripts and the image work with every PostgreSQL that is promised.
func TestPostgresVersions(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"15", "17", "18"} {
		t.Run(release, func(t *testing.T) {
			l := newLone(t, "postgres:"+release)
			_, address := l.api()
			eventually(t, address, "/readyz", 200)
			if a := eventually(t, address, "/dbcontents", 200); strings.Count(a.Body, `"id"`) != 5 {
				t.Error(a.Body)
			}
			if a := eventually(t, address, "/readyz?verbose", 200); !strings.Contains(a.Body, "PostgreSQL "+release) {
				t.Errorf("not on %s: %s", release, a.Body)
			}
		})
	}
}

// From 18 on the image has its data elsewhere.
func TestStackOnPostgres18(t *testing.T) {
	t.Parallel()
	s := newStack(t, built(t), "POSTGRES_IMAGE=postgres:18", "POSTGRES_DATA=/var/lib/postgresql")
	s.must("up", "--wait")
	testContents(t, s)
	s.must("rm", "--stop", "--force", "db")
	s.must("up", "--wait")
	testContents(t, s)
	if a := s.get("/readyz?verbose"); !strings.Contains(a.Body, "PostgreSQL 18") {
		t.Error(a.Body)
	}
}
