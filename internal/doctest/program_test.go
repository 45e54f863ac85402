package doctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// listens matches the address of a program that serves.
var listens = regexp.MustCompile(`ListenAndServe\("(?:localhost)?(:\d+)"`)

// program compiles a block of Go that is a whole program, and runs it if it serves or shows its output.
// Other code must be part of an example.
func (r *runner) program(b *block) error {
	if !strings.HasPrefix(b.text, "package ") {
		return partOfExample(b.text)
	}
	if strings.Contains(b.text, "dbcontents-go/internal/") {
		return errors.New("a program of a user cannot import internal packages")
	}
	source := b.text
	address := ""
	if found := listens.FindStringSubmatch(source); found != nil {
		var err error
		if address, err = freeAddress(); err != nil {
			return err
		}
		source = strings.Replace(source, found[0], `ListenAndServe("`+address+`"`, 1)
		r.listening["localhost"+found[1]] = address
	}
	binary, err := r.compile(source)
	if err != nil || address == "" && b.output == nil {
		return err
	}
	if address != "" {
		cmd := exec.Command(binary)
		cmd.Dir, cmd.Env = r.dir, r.environ()
		stop, err := start(cmd, func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
		r.t.Cleanup(stop)
		return err
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Dir, cmd.Env = r.dir, r.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return compare(b.output.text, string(out))
}

// compile vets and builds a program as a package of this module, in a directory without other Go files. No
// file is written there.
func (r *runner) compile(source string) (binary string, err error) {
	dir := r.t.TempDir()
	file, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	top, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(top, "docs", "main.go"): file}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(file, []byte(source), 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", err
	}
	binary = filepath.Join(dir, "program")
	for _, args := range [][]string{{"vet", "-overlay", overlay}, {"build", "-overlay", overlay, "-o", binary}} {
		cmd := exec.Command("go", append(args, "./docs")...)
		cmd.Dir, cmd.Env = top, append(os.Environ(), "GOFLAGS=") // the flags of tests, such as -race, are not for these
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w\n%s", args[0], err, out)
		}
	}
	return binary, nil
}

// partOfExample reports an error if no example has this code, or if it is not whole and of several lines. White space
// does not count.
func partOfExample(code string) error {
	if !whole(code) {
		return errors.New("neither a whole program nor whole statements, declarations or members of a literal, on several lines")
	}
	examples, err := exampleCode()
	if err != nil {
		return err
	}
	if !strings.Contains(examples, " "+words(code)+" ") {
		return errors.New("neither a whole program nor part of an example")
	}
	return nil
}

// whole reports whether code is statements, declarations or members of a literal, on several lines.
func whole(code string) bool {
	if strings.Count(strings.TrimSpace(code), "\n") == 0 {
		return false
	}
	for _, around := range [][2]string{{"", ""}, {"func _() {\n", "\n}"}, {"var _ = T{\n", "\n}"}} {
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+around[0]+code+around[1], parser.SkipObjectResolution); err == nil {
			return true
		}
	}
	return false
}

// exampleCode is the code of all examples, which tests run.
var exampleCode = sync.OnceValues(func() (string, error) {
	var code strings.Builder
	for _, top := range []string{"dbcontents", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			name := filepath.Base(path)
			if err != nil || filepath.Ext(path) != ".go" || top != "examples" && !strings.HasPrefix(name, "example") {
				return err
			}
			text, err := os.ReadFile(path)
			code.WriteString(" " + words(string(text)) + " \n")
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return code.String(), nil
})

func words(text string) string { return strings.Join(strings.Fields(text), " ") }
