// Package docker_test builds the image and runs the stack on a real engine.
//
// Where there is no engine, no Compose or no image to be had, the tests say so
// and skip; with CI=true that is a failure. They also skip with -short, and where
// DBCONTENTS_TEST_POSTGRES asks for one PostgreSQL in particular: the stack has
// its own. All that they make has a name of their own and is removed, except
// the image dbcontents-test, which makes the next run a quick one.
package docker_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const (
	testImage     = "dbcontents-test:latest"
	postgresImage = "postgres:17"
	goImage       = "golang:1.26-bookworm"
	runtimeImage  = "gcr.io/distroless/static-debian12:nonroot"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // these tests wait for containers more than they work
		flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) //nolint:errcheck // the flag is there, and a number is what it wants
	}
	code := m.Run()
	if shared.tree != "" {
		os.RemoveAll(shared.tree)
	}
	os.Exit(code)
}

// shared is what the tests of a run have in common.
var shared struct {
	find  sync.Once
	pool  *dockertest.Pool
	none  error // why there is no engine
	build sync.Once
	tree  string // a copy of the checkout, as that may change while tests run
	err   error
}

// engine is the Docker engine, with Compose and all images.
func engine(t *testing.T) *dockertest.Pool {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out the tests that need Docker")
	}
	if os.Getenv("DBCONTENTS_TEST_POSTGRES") != "" {
		t.Skip("DBCONTENTS_TEST_POSTGRES asks for a PostgreSQL in particular, and the stack has its own")
	}
	shared.find.Do(func() { shared.pool, shared.none = findEngine() })
	if shared.none != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(shared.none)
		}
		t.Skip(shared.none)
	}
	return shared.pool
}

func findEngine() (*dockertest.Pool, error) {
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, fmt.Errorf("no Docker engine: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := pool.Client.PingWithContext(ctx); err != nil {
		return nil, fmt.Errorf("no Docker engine answers at %s: %w", pool.Client.Endpoint(), err)
	}
	if _, err := command(ctx, nil, "docker", "compose", "version"); err != nil {
		return nil, fmt.Errorf("no docker compose: %w", err)
	}
	for _, image := range []string{postgresImage, goImage, runtimeImage} {
		if err := provide(ctx, pool, image); err != nil {
			return nil, err
		}
	}
	sweep(ctx, pool)
	return pool, nil
}

// provide pulls an image unless the engine has it.
func provide(ctx context.Context, pool *dockertest.Pool, image string) error {
	if _, err := pool.Client.InspectImage(image); !errors.Is(err, docker.ErrNoSuchImage) {
		return err
	}
	if _, err := command(ctx, nil, "docker", "pull", "--quiet", image); err != nil {
		return fmt.Errorf("the image %s is not here and cannot be pulled: %w", image, err)
	}
	return nil
}

// command runs a program and returns what it prints. What it says on standard
// error is in the error.
func command(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// run is command for what must succeed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := command(t.Context(), nil, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// built is the directory of a copy of the checkout of which testImage was built,
// once for all tests.
func built(t *testing.T) string {
	t.Helper()
	engine(t)
	shared.build.Do(func() {
		if shared.tree, shared.err = os.MkdirTemp("", "dbcontents-docker-"); shared.err != nil {
			return
		}
		if shared.err = copyTree(shared.tree, ".."); shared.err != nil {
			return
		}
		start := time.Now()
		_, shared.err = command(context.Background(), composeEnv("DBCONTENTS_IMAGE="+testImage),
			"docker", "compose", "-f", filepath.Join(shared.tree, "docker", "compose.yaml"), "build", "api")
		fmt.Fprintf(os.Stderr, "docker: built the image in %s\n", time.Since(start).Round(time.Second))
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.tree
}

// copyTree copies what a clone has and the stack needs.
func copyTree(to, from string) error {
	for _, name := range []string{".dockerignore", "go.mod", "go.sum", "doc.go", "cmd", "dbcontents", "internal", "docker"} {
		err := filepath.WalkDir(filepath.Join(from, name), func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			relative, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			if entry.IsDir() {
				return os.MkdirAll(filepath.Join(to, relative), 0o755)
			}
			return copyFile(filepath.Join(to, relative), path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm()|0o444)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
