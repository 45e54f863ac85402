package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// causeDirs are the packages whose errors have causes of their own. Those of package
// dbcontents are a table, from which its part of the page is made.
var causeDirs = []string{"dbcontents/httpapi", "internal/server", "internal/token"}

var goodCause = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

// causesOf returns the names that a file of Go gives to causes: constants called Cause...,
// and what is assigned to fields of that name, or Code.
func causesOf(file *ast.File) (causes []string) {
	add := func(name string, value ast.Expr) {
		literal, ok := value.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING || !strings.HasPrefix(strings.ToLower(name), "cause") && name != "Code" {
			return
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && goodCause.MatchString(text) && strings.Trim(text, "0123456789") != "" {
			causes = append(causes, text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				add(key.Name, n.Value)
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				add(n.Names[i].Name, value)
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if selector, ok := left.(*ast.SelectorExpr); ok && len(n.Lhs) == len(n.Rhs) {
					add(selector.Sel.Name, n.Rhs[i])
				}
			}
		}
		return true
	})
	return causes
}

// The type of a problem document is the address of a row of docs/errors.md.
func TestCausesHaveRows(t *testing.T) {
	t.Parallel()
	var rows []string
	for _, p := range pages(t) {
		if p.name == "docs/errors.md" {
			rows = anchors(p.text)
		}
	}
	seen := 0
	for _, dir := range causeDirs {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, cause := range causesOf(file) {
				seen++
				if !slices.Contains(rows, cause) {
					t.Errorf("docs/errors.md has no row for %s, which is in %s", cause, filepath.Base(name))
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d causes were found in the code", seen)
	}
}
