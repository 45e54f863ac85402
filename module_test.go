package dbcontentsgo_test

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// A program in another module, which gets this one from a module proxy as it
// would from the public one, mounts the handler in its own mux.
func TestGoGetFromAnotherModule(t *testing.T) {
	t.Parallel()
	const version = "v0.0.1"
	dir, proxy := t.TempDir(), t.TempDir()
	publish(t, proxy, version)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(importer), 0o600); err != nil {
		t.Fatal(err)
	}
	// A module cache of its own, filled from the usual one, which stays as it is.
	env := append(os.Environ(), "GOMODCACHE="+t.TempDir(), "GOFLAGS=-mod=mod -modcacherw", "GOWORK=off", "GOSUMDB=off",
		"GOPROXY=file://"+proxy+",file://"+goEnv(t, "GOMODCACHE")+"/cache/download,"+goEnv(t, "GOPROXY"))
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("mod", "init", "example.com/importer")
	run("get", module+"@"+version)
	run("build", "-o", "importer", ".")
	var modules []string
	for path := range strings.FieldsSeq(run("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")) {
		if path != "example.com/importer" && !slices.Contains(modules, path) {
			modules = append(modules, path)
		}
	}
	if slices.Sort(modules); !slices.Equal(modules, modulesOfImporter) {
		t.Errorf("compiled in: %v, want %v", modules, modulesOfImporter)
	}

	db := pgtest.New(t, "CREATE TABLE test_table (id int, value text)", "INSERT INTO test_table VALUES (1, 'one')")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, filepath.Join(dir, "importer"))
	program.Env = append(os.Environ(), "DATABASE_URL="+db.DSN)
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Process.Kill(); program.Wait() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/data", "/api/data/", "/api/data/test_table"} {
		response, err := http.Get("http://" + strings.TrimSpace(address) + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if want := "[{\"id\":1,\"value\":\"one\"}]\n"; response.StatusCode != 200 || string(body) != want {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
}

const importer = `package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func main() {
	store, err := dbcontents.Open(dbcontents.Config{ConnString: os.Getenv("DATABASE_URL"), Tables: []string{"test_table"}})
	if err != nil {
		log.Fatal(err)
	}
	handler := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	mux := http.NewServeMux()
	mux.Handle("/api/data", handler)
	mux.Handle("/api/data/", handler)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}
`

// publish writes the working tree into a file-system module proxy, as
// described in https://go.dev/ref/mod#goproxy-protocol.
func publish(t *testing.T, proxy, version string) {
	t.Helper()
	dir := filepath.Join(proxy, module, "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list":            version + "\n",
		version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version),
		version + ".mod":  string(gomod),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	err = filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path == "." {
				return nil
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil || strings.HasPrefix(entry.Name(), ".") {
				return filepath.SkipDir // a module of its own, or none
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w, err := archive.Create(module + "@" + version + "/" + filepath.ToSlash(path))
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
