package openapitest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	_ "github.com/oapi-codegen/runtime" // which the client uses

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A client that oapi-codegen generates compiles in a module of its own, and reads rows.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, shop, `
		INSERT INTO customers (id, name, mood, home, since, born) VALUES (1, 'Ann', 'so so', '(High Street,12.5,sad,"{a,b}")', '2026-01-02 03:04:05Z', '1990-02-03'), (2, 'Bob', '', NULL, NULL, NULL);
		INSERT INTO orders VALUES (10, 1, NULL, NULL, 12.34, 1.5, '{a,b}', NULL), (11, 1, 2, 10, 'NaN', NULL, NULL, NULL), (12, 2, NULL, NULL, NULL, NULL, NULL, NULL)`)
	config := shopConfig
	config.ConnString = db.DSN
	server := serve(t, config, httpapi.Options{})
	_, document := get(t, server.URL+"/dbcontents?format=openapi&tables=customers,orders,many()")
	code, err := codegen.Generate(load(t, document), codegen.Configuration{
		PackageName: "main", Generate: codegen.GenerateOptions{Client: true, Models: true},
	}.UpdateDefaults())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"client.gen.go": code, "main.go": read(t, filepath.Join("testdata", "client.go")), "go.mod": "module client\n" + requirements(t), "go.sum": read(t, "go.sum")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "go", "run", ".", server.URL+"/dbcontents")
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := command.CombinedOutput()
	const want = `Ann so so 2026 1990 High Street
Bob  - - -
10 12.34 a<nil> b<nil>
11 NaN paid by 2
400 22P02
1 x
`
	if diff := cmp.Diff(want, string(out)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// requirements are those of this module, but for what the client does not use.
func requirements(t *testing.T) string {
	t.Helper()
	var kept strings.Builder
	for line := range strings.Lines(read(t, "go.mod")) {
		if !strings.HasPrefix(line, "module ") && !strings.Contains(line, "github.com/dbcontents/") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
