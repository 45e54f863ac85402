package dbcontentsgo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/doc"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dbcontents/dbcontents-go"

// arrows are the imports within the module that are allowed: each package with
// those that it may import, by their paths below the module's. Any other is an
// error, and so is a package that is not listed.
var arrows = map[string]string{
	".": "",

	// The library. Only these and what they import reach a program that imports them.
	"dbcontents": "dbcontents/internal/catalog dbcontents/internal/compile dbcontents/internal/diagnosis dbcontents/internal/encode dbcontents/internal/fill " +
		"dbcontents/internal/interrupt dbcontents/internal/lend dbcontents/internal/message dbcontents/internal/pool dbcontents/internal/probe dbcontents/internal/wire " +
		"internal/confidential",
	"dbcontents/httpapi": "dbcontents dbcontents/httpapi/internal/admit dbcontents/httpapi/internal/negotiate dbcontents/httpapi/internal/openapi dbcontents/httpapi/internal/pgrest " +
		"dbcontents/httpapi/internal/view dbcontents/internal/lend internal/confidential internal/nearest",
	"dbcontents/telemetry":  "dbcontents dbcontents/httpapi dbcontents/internal/cache internal/httplabel", // the one package of the library that needs OpenTelemetry
	"internal/confidential": "",
	"internal/httplabel":    "",
	"internal/nearest":      "",

	// The rooms of dbcontents.
	"dbcontents/internal/cache":     "",
	"dbcontents/internal/catalog":   "dbcontents/internal/cache dbcontents/internal/diagnosis dbcontents/internal/wire internal/confidential internal/nearest",
	"dbcontents/internal/compile":   "dbcontents/internal/cache dbcontents/internal/catalog dbcontents/internal/diagnosis dbcontents/internal/encode dbcontents/internal/wire internal/confidential internal/nearest",
	"dbcontents/internal/diagnosis": "",
	"dbcontents/internal/fill":      "dbcontents/internal/encode",
	"dbcontents/internal/encode":    "",
	"dbcontents/internal/interrupt": "dbcontents/internal/diagnosis",
	"dbcontents/internal/lend":      "",
	"dbcontents/internal/message":   "dbcontents/internal/catalog dbcontents/internal/compile dbcontents/internal/diagnosis dbcontents/internal/wire",
	"dbcontents/internal/pool":      "dbcontents/internal/diagnosis dbcontents/internal/interrupt dbcontents/internal/probe dbcontents/internal/wire internal/confidential",
	"dbcontents/internal/probe":     "dbcontents/internal/diagnosis",
	"dbcontents/internal/wire":      "dbcontents/internal/cache",

	// The rooms of httpapi.
	"dbcontents/httpapi/internal/admit":     "",
	"dbcontents/httpapi/internal/negotiate": "dbcontents",
	"dbcontents/httpapi/internal/openapi":   "dbcontents",
	"dbcontents/httpapi/internal/pgrest":    "dbcontents internal/nearest",
	"dbcontents/httpapi/internal/view":      "",

	// The program.
	"cmd/server":      "internal/server",
	"internal/server": "dbcontents dbcontents/httpapi dbcontents/telemetry internal/confidential internal/httplabel internal/token",
	"internal/token":  "",

	"examples":            "",
	"examples/embed":      "dbcontents dbcontents/httpapi",
	"examples/export":     "dbcontents",
	"examples/quickstart": "internal/pgfetch internal/pgtest internal/server",

	// For tests and measurements.
	"bench":               "dbcontents dbcontents/httpapi internal/capacity internal/pgtest internal/server",
	"docker":              "",
	"internal/attacks":    "",
	"internal/browser":    "",
	"internal/doctest":    "",
	"internal/everytype":  "internal/pgtest",
	"internal/capacity":   "",
	"internal/faultproxy": "",
	"internal/faults":     "",
	"internal/oracle":     "",
	"internal/pgfetch":    "",
	"internal/pgscript":   "",
	"internal/pgtest":     "",
	"internal/cluster":    "",
	"internal/sharding":   "",
	"internal/soak":       "dbcontents dbcontents/httpapi internal/faultproxy internal/pgtest",
	"internal/tally":      "",
	"internal/testmain":   "internal/pgtest",
	"internal/transcript": "",
}

// fixtures are the packages that tests of every package may import besides
// their own package and what that may import.
const fixtures = "internal/faultproxy internal/pgscript internal/pgtest internal/tally internal/testmain internal/transcript"

// topTests are the packages whose tests may import whatever a program may.
const topTests = "internal/attacks internal/browser internal/cluster internal/faults internal/oracle internal/sharding"

// strangers are imports from outside of the module that a package may not have.
var strangers = map[string]string{
	"dbcontents":                            "net/http",
	"dbcontents/httpapi":                    "github.com/jackc",
	"dbcontents/httpapi/internal/admit":     "net/http github.com/jackc",
	"dbcontents/httpapi/internal/negotiate": "net/http github.com/jackc",
	"dbcontents/httpapi/internal/openapi":   "net/http github.com/jackc",
	"dbcontents/httpapi/internal/pgrest":    "net/http github.com/jackc",
	"dbcontents/httpapi/internal/view":      "net/http github.com/jackc",
	"dbcontents/telemetry":                  "github.com/jackc go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters",
	"internal/pgtest":                       "testing github.com/fergusstrange", // flags in the quickstart, and lines in the go.sum of whoever imports the library
}

// maxLines is the length of a file that holds one idea.
const maxLines = 300

func TestLayering(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	var problems []string
	problems = append(problems, wrongArrows(packages)...)
	problems = append(problems, cycles(packages)...)
	problems = append(problems, undocumented(packages)...)
	for _, p := range packages {
		for _, name := range p.GoFiles {
			content, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			problems = append(problems, tooLong(p.path()+"/"+name, content)...)
		}
		for _, name := range p.IgnoredGoFiles {
			content, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			problems = append(problems, elsewhere(p, name, content)...)
		}
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// The checks find what they are for.
func TestLayeringFindsPlanted(t *testing.T) {
	t.Parallel()
	const doc = "Package x is planted."
	plant := func(path string, imports ...string) goPackage {
		for i := range imports {
			imports[i] = module + "/" + imports[i]
		}
		return goPackage{ImportPath: module + "/" + path, Name: "x", Doc: doc, GoFiles: []string{"x.go"}, Imports: imports}
	}
	lower := plant("internal/nearest")
	lower.XTestImports = []string{module + "/dbcontents"}
	stranger := plant("dbcontents")
	stranger.Imports = []string{"net/http"}
	silent := plant("internal/tally")
	silent.Doc = ""
	for name, c := range map[string]struct{ found, want []string }{
		"allowed":          {wrongArrows([]goPackage{plant("dbcontents/httpapi", "dbcontents"), plant("dbcontents")}), nil},
		"upward import":    {wrongArrows([]goPackage{plant("dbcontents", "dbcontents/httpapi")}), []string{"dbcontents imports dbcontents/httpapi"}},
		"upward test":      {wrongArrows([]goPackage{lower}), []string{"tests of internal/nearest import dbcontents"}},
		"unlisted":         {wrongArrows([]goPackage{plant("internal/util")}), []string{"internal/util is not listed"}},
		"from outside":     {wrongArrows([]goPackage{stranger}), []string{"dbcontents imports net/http"}},
		"cycle":            {cycles([]goPackage{plant("dbcontents", "internal/nearest"), lower}), []string{"a cycle: dbcontents -> internal/nearest -> dbcontents"}},
		"no doc sentence":  {undocumented([]goPackage{silent}), []string{"internal/tally has no doc sentence"}},
		"a file too long":  {tooLong("x.go", bytes.Repeat([]byte("\n"), 301)), []string{"x.go has 301 lines; a file that holds one idea has at most 300"}},
		"a file of 300":    {tooLong("x.go", bytes.Repeat([]byte("\n"), 300)), nil},
		"of its package":   {elsewhere(silent, "x_windows.go", []byte("package x\n")), nil},
		"of another":       {elsewhere(silent, "x_windows.go", []byte("//go:build windows\n\npackage y\n")), []string{"internal/tally/x_windows.go is not of package x"}},
		"a generated file": {tooLong("x.go", append([]byte("// Code generated by x. DO NOT EDIT.\n"), bytes.Repeat([]byte("\n"), 301)...)), nil},
	} {
		if !slices.Equal(c.found, c.want) {
			t.Errorf("%s: found %q, want %q", name, c.found, c.want)
		}
	}
}

// elsewhere tells a file for other systems that belongs to another package, which
// is seen only where it is built.
func elsewhere(p goPackage, name string, content []byte) []string {
	if bytes.Contains(append([]byte("\n"), content...), []byte("\npackage "+p.Name+"\n")) {
		return nil
	}
	return []string{p.path() + "/" + name + " is not of package " + p.Name}
}

// wrongArrows are the imports that arrows and strangers do not allow.
func wrongArrows(packages []goPackage) (problems []string) {
	for _, p := range packages {
		allowed, listed := arrows[p.path()]
		if !listed {
			problems = append(problems, p.path()+" is not listed")
			continue
		}
		may := strings.Fields(allowed)
		for _, imported := range within(p.Imports) {
			if !slices.Contains(may, imported) {
				problems = append(problems, p.path()+" imports "+imported)
			}
		}
		for _, bad := range strings.Fields(strangers[p.path()]) {
			for _, imported := range p.Imports {
				if imported == bad || strings.HasPrefix(imported, bad+"/") {
					problems = append(problems, p.path()+" imports "+imported)
				}
			}
		}
		if slices.Contains(strings.Fields(topTests), p.path()) {
			continue
		}
		may = append(append(may, p.path()), strings.Fields(fixtures)...)
		for _, imported := range within(append(p.TestImports, p.XTestImports...)) {
			if !slices.Contains(may, imported) {
				problems = append(problems, "tests of "+p.path()+" import "+imported)
			}
		}
	}
	return problems
}

// cycles are the ways that lead from a package back to it, files of tests
// included. Go itself refuses those without tests only.
func cycles(packages []goPackage) (problems []string) {
	next := map[string][]string{}
	for _, p := range packages {
		for _, imported := range within(slices.Concat(p.Imports, p.TestImports, p.XTestImports)) {
			if imported != p.path() {
				next[p.path()] = append(next[p.path()], imported)
			}
		}
	}
	done := map[string]bool{}
	var visit func(way []string)
	visit = func(way []string) {
		at := way[len(way)-1]
		if i := slices.Index(way, at); i < len(way)-1 {
			problems = append(problems, "a cycle: "+strings.Join(way[i:], " -> "))
			return
		}
		if done[at] {
			return
		}
		for _, to := range next[at] {
			visit(append(slices.Clone(way), to))
		}
		done[at] = true
	}
	for _, p := range packages {
		visit([]string{p.path()})
	}
	return problems
}

// undocumented are the packages without a sentence that says what they are for.
func undocumented(packages []goPackage) (problems []string) {
	for _, p := range packages {
		begin := "Package " + p.Name + " "
		if p.Name == "main" {
			begin = ""
		}
		if len(p.GoFiles) == 0 {
			continue // nothing but tests
		}
		if sentence := new(doc.Package).Synopsis(p.Doc); sentence == "" || !strings.HasPrefix(sentence, begin) {
			problems = append(problems, p.path()+" has no doc sentence")
		}
	}
	return problems
}

func tooLong(name string, content []byte) []string {
	lines := bytes.Count(content, []byte("\n"))
	if lines <= maxLines || bytes.HasPrefix(content, []byte("// Code generated ")) {
		return nil
	}
	return []string{fmt.Sprintf("%s has %d lines; a file that holds one idea has at most %d", name, lines, maxLines)}
}

// within are the imports from this module, each once, by their paths below it.
func within(imports []string) (paths []string) {
	for _, imported := range imports {
		if path, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

type goPackage struct {
	ImportPath, Name, Dir, Doc         string
	GoFiles, IgnoredGoFiles            []string
	Imports, TestImports, XTestImports []string
	Standard                           bool
	Module                             *struct{ Path string }
}

// path is where the package lies below the module.
func (p goPackage) path() string {
	if p.ImportPath == module {
		return "."
	}
	return strings.TrimPrefix(p.ImportPath, module+"/")
}

// goList runs go list -json and decodes its packages.
func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	const fields = "-json=ImportPath,Name,Dir,Doc,GoFiles,IgnoredGoFiles,Imports,TestImports,XTestImports,Standard,Module"
	cmd := exec.Command("go", append([]string{"list", fields}, args...)...)
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
