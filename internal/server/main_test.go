package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

func TestMain(m *testing.M) {
	os.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100") // in ms; the SDK reads it from the process
	code := pgtest.Main(m)
	os.RemoveAll(binaryDir)
	os.Exit(code)
}

const seed = `
CREATE TABLE test_table (id bigint PRIMARY KEY, value text);
INSERT INTO test_table VALUES (1, 'one'), (2, 'two'), (3, NULL);
CREATE VIEW large AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 60000) i;
CREATE VIEW broken AS SELECT i AS id, 1 / (50000 - i) AS value FROM generate_series(1, 100000) i;
`

// wait is how long a test waits for what should come at once.
const wait = 20 * time.Second

// running is a server in this process.
type running struct {
	URL  string // without a path
	Log  *output
	HTTP *http.Client
	done chan error
	stop context.CancelFunc
}

// serve runs the program until the test ends. env comes after settings that
// make it quick and talkative.
func serve(t *testing.T, env ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &running{Log: &output{}, HTTP: http.DefaultClient, done: make(chan error, 1), stop: cancel}
	environ := append([]string{"ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=0s", "LOG_LEVEL=debug", "LOG_FORMAT=json"}, env...)
	go func() { s.done <- server.Run(ctx, nil, environ, io.Discard, s.Log) }()
	t.Cleanup(func() { s.Stop(t) })
	line := s.Log.line(t, "serving")
	s.URL = strings.TrimSuffix(line["url"].(string), "/dbcontents")
	return s
}

// Stop ends the server as SIGTERM does and expects success. It may be called again.
func (s *running) Stop(t *testing.T) {
	t.Helper()
	s.stop()
	select {
	case err, open := <-s.done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
		if open {
			close(s.done)
		}
	case <-time.After(wait):
		t.Error("Run did not return")
	}
}

// get asks for a raw path.
func (s *running) get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.URL.Opaque = "//" + request.URL.Host + path
	return answer(t, s.HTTP, request, header)
}

// answer sends a request with headers and returns the response and its body.
func answer(t *testing.T, client *http.Client, request *http.Request, header []string) (*http.Response, string) {
	t.Helper()
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// eventually waits until path is answered with status, and returns the body.
func (s *running) eventually(t *testing.T, path string, status int) string {
	t.Helper()
	for deadline := time.Now().Add(wait); ; time.Sleep(50 * time.Millisecond) {
		response, body := s.get(t, path)
		if response.StatusCode == status {
			return body
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %s, not %d: %s", path, response.Status, status, body)
		}
	}
}

// run runs another command and returns its exit code and outputs.
func run(t *testing.T, args []string, env ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	err := server.Run(t.Context(), args, env, &out, &log)
	if err != nil {
		log.WriteString(server.Explain(err))
	}
	if stdout = out.String(); len(args) > 0 && args[0] == "check" {
		stdout = aligned.ReplaceAllString(stdout, "$1$2: ")
	}
	return server.ExitCode(err), stdout, log.String()
}

// aligned is the beginning of a line of a report; how far its parts are apart does not matter to most tests.
var aligned = regexp.MustCompile(`(?m)^(ok +|FAILED +|- +)(\S+(?: \S+)*) +(?: )`)

// output is what a server logs, a JSON object a line.
type output struct{ transcript.Text }

// lines are those with the message.
func (o *output) lines(t *testing.T, message string) (found []map[string]any) {
	t.Helper()
	for text := range strings.Lines(o.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in the log line %s", err, text)
		}
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	return found
}

// line waits for the first line with the message.
func (o *output) line(t *testing.T, message string) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if lines := o.lines(t, message); len(lines) > 0 {
			return lines[0]
		}
	}
	t.Fatalf("no line %q in the log:\n%s", message, o)
	return nil
}
