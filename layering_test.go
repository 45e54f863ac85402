package dbcontentsgo_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dbcontents/dbcontents-go"

// goList runs go list -json and decodes its packages.
func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Standard,Module"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// shared are the internal packages that the two library packages may use. The
// others are for tests and programs.
var shared = []string{module + "/internal/confidential", module + "/internal/nearest", module + "/internal/pgrest"}

// Arrows point one way: cmd/server -> httpapi -> dbcontents -> pgx.
func TestLayering(t *testing.T) {
	t.Parallel()
	forbidden := map[string][]string{
		module + "/dbcontents":         {"net/http", module + "/dbcontents/httpapi", module + "/internal"},
		module + "/dbcontents/httpapi": {"github.com/jackc", module + "/internal", module + "/cmd"},
		module + "/internal/pgrest":    {"net/http", "github.com/jackc"},
	}
	for _, p := range goList(t, "./...") {
		for _, bad := range forbidden[p.ImportPath] {
			for _, imported := range p.Imports {
				if imported == bad || !slices.Contains(shared, imported) && strings.HasPrefix(imported, bad+"/") {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
		if strings.HasPrefix(p.ImportPath, module+"/internal/pgtest") && slices.Contains(p.Imports, "testing") {
			t.Errorf("%s imports testing, and would bring its flags into the quickstart", p.ImportPath)
		}
	}
}

// modulesOfImporter are what a program that imports the two packages compiles
// in: pgx and what pgx needs. A new one has to be argued for in docs/decisions.md.
var modulesOfImporter = []string{
	module,
	"github.com/jackc/pgpassfile",
	"github.com/jackc/pgservicefile",
	"github.com/jackc/pgx/v5",
	"github.com/jackc/puddle/v2",
	"golang.org/x/sync",
	"golang.org/x/text",
}

func modulesOf(packages []goPackage) []string {
	var modules []string
	for _, p := range packages {
		if !p.Standard && p.Module != nil && !slices.Contains(modules, p.Module.Path) {
			modules = append(modules, p.Module.Path)
		}
	}
	slices.Sort(modules)
	return modules
}

func TestDependenciesOfImporter(t *testing.T) {
	t.Parallel()
	got := modulesOf(goList(t, "-deps", "./dbcontents", "./dbcontents/httpapi"))
	if !slices.Equal(got, modulesOfImporter) {
		t.Errorf("got %v, want %v", got, modulesOfImporter)
	}
}
