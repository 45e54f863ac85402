package docker_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ory/dockertest/v3/docker"
)

// sourceOf is what docker/source.sh says about a checkout.
func sourceOf(t *testing.T, tree string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "sh", filepath.Join(tree, "docker", "source.sh")))
}

// buildOf is what the four places say about the build of a stack that runs: they agree.
func buildOf(t *testing.T, s *stack) (version, revision, built, source string) {
	t.Helper()
	a := s.eventually("/version", 200)
	v := object(t, a.Body)
	text := func(key string) string { value, _ := v[key].(string); return value }
	version, revision, built, source = text("version"), text("revision"), text("time"), text("source")
	if header := a.Header.Get("Dbcontents-Version"); header != version {
		t.Errorf("the header says %s, /version %s", header, version)
	}
	first := s.logLines()[0]
	for key, want := range map[string]string{"version": version, "revision": revision, "built": built, "source": source} {
		if got, _ := first[key].(string); got != want {
			t.Errorf("the first line of the log says %s %q, /version %q", key, got, want)
		}
	}
	return version, revision, built, source
}

// What is given is said everywhere.
func TestVersion(t *testing.T) {
	t.Parallel()
	tree, image := built(t), imageName(t)
	source := sourceOf(t, tree)
	s := newStack(t, tree, "DBCONTENTS_IMAGE="+image, "VERSION=v1.2.3", "REVISION=0123456789abcdef", "BUILD_TIME=2026-01-02T03:04:05Z", "SOURCE="+source)
	s.must("run", "--rm", "secrets")
	s.must("up", "--build", "--detach", "--no-deps", "api") // a database is not needed to say it
	version, revision, built, shown := buildOf(t, s)
	if version != "v1.2.3+"+source[:12] || revision != "0123456789abcdef" || built != "2026-01-02T03:04:05Z" || shown != source {
		t.Errorf("/version says %s, %s, %s, %s", version, revision, built, shown)
	}
	labels := s.container("api").Config.Labels
	for key, want := range map[string]string{
		"org.opencontainers.image.version":  "v1.2.3",
		"org.opencontainers.image.revision": "0123456789abcdef",
		"org.opencontainers.image.created":  "2026-01-02T03:04:05Z",
		"org.opencontainers.image.licenses": "MIT",
		"com.github.dbcontents.source":      source,
	} {
		if labels[key] != want {
			t.Errorf("label %s is %q, want %q", key, labels[key], want)
		}
	}
}

// A label that would not be true is not made.
func TestWrongSource(t *testing.T) {
	t.Parallel()
	s := newStack(t, built(t), "DBCONTENTS_IMAGE="+unique(), "SOURCE=0000")
	if out, err := s.compose("build", "api"); err == nil || !strings.Contains(err.Error()+out, "SOURCE is 0000") {
		t.Errorf("the build with a wrong SOURCE: %s%v", out, err)
	}
}

// The original's stale image: an edited file, and what runs before and after the build.
func TestEditedSource(t *testing.T) {
	t.Parallel()
	built(t)
	tree, image := t.TempDir(), imageName(t)
	if err := copyTree(tree, shared.tree); err != nil {
		t.Fatal(err)
	}
	s := newStack(t, tree, "DBCONTENTS_IMAGE="+image)
	s.must("up", "--build", "--wait")
	version, _, _, before := buildOf(t, s)
	if before != sourceOf(t, tree) || before != sourceOf(t, shared.tree) {
		t.Error("/version does not show the digest of the files on the disk")
	}
	old := s.container("api").ID

	edited, err := os.OpenFile(filepath.Join(tree, "internal", "server", "version.go"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = edited.WriteString("\n// Edit " + unique() + ".\n") // no build has seen it
	if err := errors.Join(err, edited.Close()); err != nil {
		t.Fatal(err)
	}
	after := sourceOf(t, tree)
	s.must("up", "--wait")
	if _, _, _, source := buildOf(t, s); source != before || source == after || s.container("api").ID != old {
		t.Errorf("without --build %s runs, was %s", source, before)
	}

	out := s.must("--progress", "plain", "build", "api")
	for step, want := range map[string]bool{"RUN go mod download": true, "RUN go build net/http": true, "RUN set -eu": false} {
		if cached(t, out, step) != want {
			t.Errorf("%s: taken from the cache is not %v\n%s", step, want, out)
		}
	}
	s.must("up", "--build", "--wait")
	newVersion, _, _, source := buildOf(t, s)
	if source != after || newVersion == version {
		t.Errorf("with --build %s %s runs, want %s", newVersion, source, after)
	}
	var gone *docker.NoSuchContainer
	if _, err := engine(t).Client.InspectContainer(old); !errors.As(err, &gone) {
		t.Errorf("the old container: %v", err)
	}
}

// cached tells whether a step of the Dockerfile was taken from the cache.
func cached(t *testing.T, out, step string) bool {
	t.Helper()
	number := regexp.MustCompile(`(?m)^(#\d+) .*\Q` + step + `\E`).FindStringSubmatch(out)
	if number == nil {
		t.Fatalf("no step %q in:\n%s", step, out)
	}
	return strings.Contains(out, "\n"+number[1]+" CACHED")
}
