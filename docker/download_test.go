package docker_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// large is a view of 60 MB that takes the database six seconds to give.
const (
	largeRows = 60000
	large     = `CREATE VIEW large AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 60000) i
		WHERE CASE WHEN i % 600 = 0 THEN pg_sleep(0.06)::text IS NOT NULL ELSE true END;
		GRANT SELECT ON large TO reader`
)

// What SIGTERM does to a download that is under way.
func TestStopDuringDownload(t *testing.T) {
	t.Parallel()
	database := newLone(t, postgresImage)
	database.exec(large)
	const grace = 35 * time.Second // as in compose.yaml
	for _, tt := range []struct {
		reason   string
		env      []string
		pause    time.Duration // of the client, before each 64 KiB
		complete bool
	}{
		{"it ends in time", []string{"DBCONTENTS_DRAIN=1s"}, 0, true},
		{"its client reads slower than the database gives", []string{"DBCONTENTS_DRAIN=1s"}, 12 * time.Millisecond, true},
		{"it takes too long", []string{"DBCONTENTS_DRAIN=0s", "DBCONTENTS_SHUTDOWN=1s"}, 0, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			l := *database
			l.t = t
			api, address := l.api(append(tt.env, "DBCONTENTS_TABLES=test_table,large")...)
			eventually(t, address, "/readyz", 200)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/dbcontents/large?format=ndjson", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Transport{}).RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			begun := make([]byte, 1<<20)
			if _, err := io.ReadFull(response.Body, begun); err != nil || response.StatusCode != 200 {
				t.Fatal(response.Status, err)
			}

			type exit struct {
				code int
				err  error
			}
			start, stopped := time.Now(), make(chan exit, 1)
			go func() {
				code, err := l.signal(api, docker.SIGTERM)
				stopped <- exit{code, err}
			}()
			rest, err := io.ReadAll(&slowReader{response.Body, tt.pause})
			end, took := <-stopped, time.Since(start)
			got := strings.Count(string(begun)+string(rest), "\n")
			status := response.Trailer.Get("Dbcontents-Status")
			if tt.complete && (err != nil || got != largeRows || status != "complete") {
				t.Errorf("%d rows, status %q, %v", got, status, err)
			}
			if !tt.complete && (err == nil || got >= largeRows) {
				t.Errorf("the download was not broken visibly: %d rows, status %q", got, status)
			}
			if end != (exit{}) || took > grace {
				t.Errorf("stopped after %s, exit code %d, %v", took, end.code, end.err)
			}
			t.Logf("%d of %d rows, %v, stopped after %s", got, largeRows, err, took.Round(100*time.Millisecond))
		})
	}
}

// slowReader pauses before each 64 KiB.
type slowReader struct {
	io.Reader
	pause time.Duration
}

func (r *slowReader) Read(p []byte) (int, error) {
	time.Sleep(r.pause)
	n, err := io.ReadFull(r.Reader, p[:min(len(p), 64<<10)])
	if errors.Is(err, io.ErrUnexpectedEOF) && n > 0 {
		err = nil // the next read tells whether it was the end
	}
	return n, err
}
