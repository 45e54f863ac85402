package pgtest

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// homes are where packages put PostgreSQL, often off the PATH because several
// versions may live side by side.
var homes = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // the PostgreSQL project's RPMs
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
	"/usr/local/pgsql/bin",              // built from source
	"/usr/libexec/postgresql*",          // Alpine
	"/Library/PostgreSQL/*/bin",         // EDB on macOS
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries is the directory of initdb and postgres: what the PATH offers, else
// the newest in the usual places.
func binaries() (string, error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // the postgres beside the link may be another one
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	var usual []string
	for _, pattern := range homes {
		found, _ := filepath.Glob(pattern)
		usual = append(usual, found...)
	}
	slices.SortStableFunc(usual, func(a, b string) int { return cmp.Compare(major(b), major(a)) })
	for _, dir := range append(dirs, usual...) {
		if complete(dir) == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no initdb and postgres on the PATH, from pg_config or in %s", strings.Join(homes, ", "))
}

// complete tells what a directory of PostgreSQL programs lacks.
func complete(dir string) error {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("no %s in %s", name, dir)
		}
	}
	return nil
}

var digits = regexp.MustCompile(`\d+`)

// major is the first number in a path, the version in all of homes, or 0.
func major(dir string) int {
	n, _ := strconv.Atoi(digits.FindString(dir))
	return n
}
