package docker_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ory/dockertest/v3/docker"
)

const maxImage = 27_000_000 // bytes; OpenTelemetry, with gRPC, and Prometheus are 9 of them

func inspectImage(t *testing.T, image string) *docker.Image {
	t.Helper()
	info, err := engine(t).Client.InspectImage(image)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// content is the file system of an image: names with the contents' digests.
func content(t *testing.T, image string) map[string]string {
	t.Helper()
	id := strings.TrimSpace(run(t, "docker", "create", "--name", unique(), image, "none"))
	defer run(t, "docker", "rm", id)
	files := map[string]string{}
	for r := tar.NewReader(strings.NewReader(run(t, "docker", "export", id))); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, r); err != nil {
			t.Fatal(err)
		}
		files["/"+strings.TrimPrefix(header.Name, "/")] = hex.EncodeToString(hash.Sum(nil))
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	built(t)
	info := inspectImage(t, testImage)
	if info.Size > maxImage {
		t.Errorf("the image has %d bytes", info.Size)
	}
	if info.Config.User != "65532:65532" || info.Config.Healthcheck == nil || strings.Join(info.Config.Healthcheck.Test, " ") != "CMD /server healthcheck" {
		t.Errorf("user %s, health check %v", info.Config.User, info.Config.Healthcheck)
	}
	base := content(t, runtimeImage)
	for name := range content(t, testImage) {
		if _, ok := base[name]; !ok && name != "/server" {
			t.Errorf("%s is in the image", name)
		}
	}
	if out, err := command(t.Context(), nil, "docker", "run", "--rm", "--entrypoint", "/bin/sh", testImage, "-c", "true"); err == nil {
		t.Errorf("there is a shell: %s", out)
	}
}

// Two builds of one source, the second of which takes nothing from the first,
// give the same program. Not parallel: its layers take the place of those in the
// cache, and the next build of another test makes another image of them.
func TestReproducible(t *testing.T) {
	tree, again := built(t), imageName(t)
	s := newStack(t, tree, "DBCONTENTS_IMAGE="+again)
	s.must("build", "--no-cache", "api")
	if first, second := content(t, testImage)["/server"], content(t, again)["/server"]; first != second || first == "" {
		t.Errorf("first %s, then %s", first, second)
	}
}

// imageName is a name for an image, which is removed at the end of the test,
// after the stacks that are made later.
func imageName(t *testing.T) string {
	t.Helper()
	name := unique()
	t.Cleanup(func() {
		if err := engine(t).Client.RemoveImage(name); err != nil && !errors.Is(err, docker.ErrNoSuchImage) {
			t.Error(err)
		}
	})
	return name
}

// Every base image can be replaced, here by none.
func TestOtherBaseImage(t *testing.T) {
	t.Parallel()
	image := imageName(t)
	s := newStack(t, built(t), "DBCONTENTS_IMAGE="+image, "RUNTIME_IMAGE=scratch")
	s.must("build", "api")
	if out := run(t, "docker", "run", "--rm", image, "version"); !strings.HasPrefix(out, "version   devel+") {
		t.Errorf("version: %s", out)
	}
}

// Neither secrets nor tests nor what else lies around reaches the builder.
func TestBuildContext(t *testing.T) {
	t.Parallel()
	built(t)
	tree, image := t.TempDir(), imageName(t)
	if err := copyTree(tree, shared.tree); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		".env", ".git/config", ".netrc", "id_rsa", "server", "docker/secrets/reader_password", "docker/.env", "cmd/.env",
		"internal/server/.env", "dbcontents/testdata/large.sql", "dbcontents/more_test.go", "root_test.go", "README.md", "docs/x.md",
	} {
		name = filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, "canary")
	}
	s := newStack(t, tree)
	file := filepath.Join(t.TempDir(), "compose.yaml")
	writeFile(t, file, "services:\n  context:\n    image: "+image+"\n    build:\n      context: "+tree+"\n      dockerfile_inline: |\n        FROM scratch\n        COPY . /\n")
	s.files = []string{file}
	s.must("build")
	files := content(t, image)
	canary := sha256.Sum256([]byte("canary"))
	for name, digest := range files {
		known := strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "/dbcontents/httpapi/internal/view/templates/") || strings.HasSuffix(name, "/go.mod") || strings.HasSuffix(name, "/go.sum") || name == "/docker/source.sh"
		engines := strings.HasPrefix(name, "/dev/") || strings.HasPrefix(name, "/etc/") || name == "/.dockerenv"
		if digest == hex.EncodeToString(canary[:]) || strings.HasSuffix(name, "_test.go") || !known && !engines {
			t.Errorf("%s is in the context", name)
		}
	}
	if files["/cmd/server/main.go"] == "" || files["/dbcontents/httpapi/internal/view/templates/page.html"] == "" {
		t.Error("the source is not in the context")
	}
}

// The files of docker/ that are run as programs are such.
func TestModes(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && bytes.HasPrefix(text, []byte("#!")) && info.Mode()&0o111 == 0 {
			t.Errorf("%s is not executable", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
