package attacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The module under another path, renamed by the command in CONTRIBUTING.md,
// still names the line that forgot to close a reader.
func TestAttack20_RenamedModule(t *testing.T) {
	begin(t, 20)
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	rename := regexp.MustCompile("`(go mod edit -module NEW && [^`]*)`").FindSubmatch(text)
	if rename == nil {
		t.Fatal("CONTRIBUTING.md does not say how to rename the module")
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "dbcontents", "internal"} {
		from := os.DirFS(filepath.Join(root, name))
		if to := filepath.Join(dir, name); filepath.Ext(name) == "" {
			err = os.CopyFS(to, from)
		} else if text, err = os.ReadFile(filepath.Join(root, name)); err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const module = "git.example.org/a.team/fork.v2"
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("sh", "-ec", strings.ReplaceAll(string(rename[1]), "NEW", module))
	run("go", "vet", "./dbcontents/...")
	run("go", "test", "./dbcontents", "-count=1", "-run", "TestCloseNamesTheForgottenReader/snapshot/owned")
}
