package dbcontentsgo_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var fences = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)```\n")

// readmeBlocks are the blocks of README.md in one language.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 150 {
		t.Errorf("README.md has %d lines; it should stay at 150", lines)
	}
	var blocks []string
	for _, m := range fences.FindAllStringSubmatch(string(text), -1) {
		switch m[1] {
		case language:
			blocks = append(blocks, m[2])
		case "go", "sh":
		default:
			t.Errorf("a block of %s is tested by nothing", m[1])
		}
	}
	return blocks
}

func TestReadmeGoCompiles(t *testing.T) {
	t.Parallel()
	blocks := readmeBlocks(t, "go")
	if len(blocks) == 0 {
		t.Fatal("no blocks")
	}
	for i, block := range blocks {
		// Inside the module, so that it is compiled against this very tree; the
		// name keeps it out of ./... for everybody else.
		dir, err := os.MkdirTemp(".", "_readme")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("go", "vet", "./"+dir).CombinedOutput(); err != nil {
			t.Errorf("block %d: %v\n%s", i, err, out)
		}
	}
}

// TestReadmeCommands runs the shell blocks in their order: the first command
// serves while the curl lines run. "go test" is what runs this.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()

	var curls int
	for line := range strings.Lines(strings.Join(readmeBlocks(t, "sh"), "")) {
		command := strings.TrimSpace(line)
		switch {
		case command == "go run ./examples/quickstart":
			start(t, command, address)
		case strings.HasPrefix(command, "curl -s "):
			curls++
			command = "curl -f" + strings.TrimPrefix(strings.ReplaceAll(command, "localhost:8888", address), "curl -")
			out, err := exec.Command("sh", "-c", command).CombinedOutput()
			if err != nil || len(out) < 10 {
				t.Errorf("%s: %v\n%s", command, err, out)
			}
		case command == "", command == "go test ./...":
		default:
			t.Errorf("%q is run by nothing", command)
		}
	}
	if curls < 5 {
		t.Errorf("only %d curl lines", curls)
	}
}

// start runs a server until the test ends and waits until it answers.
func start(t *testing.T, command, address string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+command)
	cmd.Env = append(os.Environ(), "ADDR="+address)
	output := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run and what it runs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			t.Errorf("%s did not stop", command)
		}
		if t.Failed() {
			fmt.Println(output)
		}
	})
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if exec.Command("curl", "-sf", address+"/readyz").Run() == nil {
			return
		}
		select {
		case err := <-done:
			done <- err
			t.Fatalf("%s ended: %v\n%s", command, err, output)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer", command)
		}
	}
}

// The Go code of the guides is that of examples, which are run.
func TestGuidesAreRun(t *testing.T) {
	t.Parallel()
	for _, g := range []struct {
		guide    string
		examples []string
		least    int
	}{
		{"docs/callers.md", []string{"dbcontents/httpapi/example_session_test.go"}, 5},
		{"docs/functions.md", []string{"dbcontents/example_function_test.go"}, 1},
		{"docs/related.md", []string{"dbcontents/example_related_test.go", "dbcontents/httpapi/example_related_test.go"}, 3},
	} {
		guide, err := os.ReadFile(g.guide)
		if err != nil {
			t.Fatal(err)
		}
		var examples []byte
		for _, name := range g.examples {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			examples = append(examples, text...)
		}
		words := func(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }
		run, blocks := words(examples), 0
		for _, m := range fences.FindAllSubmatch(guide, -1) {
			if string(m[1]) == "go" {
				blocks++
				if !strings.Contains(run, words(m[2])) {
					t.Errorf("%s: no example has this code:\n%s", g.guide, m[2])
				}
			}
		}
		if blocks < g.least {
			t.Errorf("%s: %d blocks of Go", g.guide, blocks)
		}
	}
}
