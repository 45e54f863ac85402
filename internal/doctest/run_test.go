package doctest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A runner runs the blocks of one page.
type runner struct {
	t         *testing.T
	db        *pgtest.DB
	dir, home string
	stop      func()            // ends the server that runs now
	listening map[string]string // where "localhost:8888" and the like really are
}

func newRunner(t *testing.T) *runner {
	r := &runner{t: t, db: pgtest.New(t), dir: t.TempDir(), home: t.TempDir(), stop: func() {}, listening: map[string]string{}}
	t.Cleanup(func() { r.stop() })
	return r
}

// run runs a block and returns what is wrong with it.
func (r *runner) run(b *block) error {
	if b.notRun != "" {
		return nil
	}
	switch b.language {
	case "sql":
		_, err := r.db.Conn().Exec(r.t.Context(), b.text)
		return err
	case "sh":
		return r.shell(b)
	case "http":
		return r.request(b.text)
	case "go":
		return r.program(b)
	}
	return nil
}

// serves matches a command that serves until it is stopped.
var serves = regexp.MustCompile(`^((?:[A-Z_]+=\S+ )*)((?:server|go run \./cmd/server|go run \./examples/quickstart)(?: +#.*)?)$`)

// shownAddress matches the address that a page gives a server, which then listens at a free one.
var shownAddress = regexp.MustCompile(`\bADDR=(?:localhost|127\.0\.0\.1)?:8888 `)

// exempt are commands that cannot be run here.
var exempt = map[string]string{
	"git clone https://github.com/dbcontents/dbcontents-go && cd dbcontents-go": "it gets what is tested",
	"go test ./...": "it is what runs this",
}

func (r *runner) shell(b *block) error {
	if strange := strangeCommand(b.text); strange != "" {
		return fmt.Errorf("no rule says how to run %q", strange)
	}
	var script strings.Builder
	for line := range strings.Lines(b.text) {
		line = strings.TrimSpace(line)
		if exempt[line] != "" {
			continue
		}
		found := serves.FindStringSubmatch(line)
		if found == nil {
			script.WriteString(line + "\n")
			continue
		}
		r.stop()
		address, err := freeAddress()
		if err != nil {
			return err
		}
		cmd := exec.Command("sh", "-c", shownAddress.ReplaceAllString(found[1], "")+"exec "+found[2])
		cmd.Dir = root
		cmd.Env = append(r.environ(), "ADDR="+address, "DBCONTENTS_DRAIN=0s", "LOG_LEVEL=warn")
		r.listening["localhost:8888"] = address
		if r.stop, err = start(cmd, func() bool { return alive(address) }); err != nil {
			return err
		}
	}
	if strings.TrimSpace(script.String()) == "" {
		return nil
	}
	if err := r.configureCurl(b.output == nil); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script.String())
	cmd.Dir = r.dir
	cmd.Env = append(r.environ(), "HOME="+r.home, "ADDR="+r.listening["localhost:8888"])
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%w\n%s%s", err, out, stderr.String())
	}
	if b.output == nil {
		return nil
	}
	return compare(b.output.text, string(out))
}

// runs matches the lines of a script that may be run: variables, and a command that does no harm.
var runs = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:curl|server|cat|head|ls|wc)\b`)

// strangeCommand is the first line of a script that may not be run.
func strangeCommand(script string) string {
	for line := range strings.Lines(strings.ReplaceAll(script, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || exempt[line] != "" {
			continue
		}
		if !serves.MatchString(line) && !runs.MatchString(line) || !single(line) {
			return line
		}
	}
	return ""
}

// redirects matches what reads or writes a file of the page's own directory.
var redirects = regexp.MustCompile(`^[<>] ?\w[\w.]*(?:\s|$)`)

// single reports whether a line of a script is one command, which runs no other one and leads to no file elsewhere.
func single(line string) bool {
	quote := byte(0) // the one that is open
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'':
			if c == quote {
				quote = 0
			}
		case c == '\\':
			i++
		case c == '`' || strings.HasPrefix(line[i:], "$("):
			return false
		case quote == '"':
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '#' && (i == 0 || line[i-1] == ' '):
			return true
		case strings.IndexByte(";&|", c) >= 0:
			return false
		case (c == '<' || c == '>') && !redirects.MatchString(line[i:]):
			return false
		}
	}
	return quote == 0
}

// configureCurl sends curl to where the page's servers really are. If strict, an error response is a failure.
func (r *runner) configureCurl(strict bool) error {
	config := "silent\nshow-error\nmax-time = 30\n"
	if strict {
		config += "fail\n"
	}
	for shown, address := range r.listening {
		config += fmt.Sprintf("connect-to = %q\n", shown+":"+address)
	}
	return os.WriteFile(filepath.Join(r.home, ".curlrc"), []byte(config), 0o600)
}

func (r *runner) environ() []string {
	var environ []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "DBCONTENTS_") || strings.HasPrefix(v, "DBCONTENTS_TEST_") {
			environ = append(environ, v)
		}
	}
	return append(environ, "GOFLAGS=", "DATABASE_URL="+r.db.DSN, "PATH="+binaries+":"+os.Getenv("PATH"))
}

// freeAddress is an address on which nobody listens.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func alive(address string) bool {
	response, err := http.Get("http://" + address + "/livez")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// start starts a command and waits until it is ready. stop ends it, and what it has started.
func start(cmd *exec.Cmd, ready func() bool) (stop func(), err error) {
	output := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run and what it runs
	if err := cmd.Start(); err != nil {
		return func() {}, err
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	stop = func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	}
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			return func() {}, fmt.Errorf("%v ended\n%s", cmd.Args, output)
		default:
		}
		if ready() {
			return stop, nil
		}
	}
	stop()
	return func() {}, errors.New(cmd.String() + " does not answer")
}
