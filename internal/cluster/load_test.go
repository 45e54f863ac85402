//go:build linux

package cluster

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

// serve runs our server on a connection string until the test ends, and returns its URL.
func serve(t *testing.T, dsn string, env ...string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	environ := append([]string{
		"DATABASE_URL=" + dsn, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=test_table,counter,large", "DBCONTENTS_DRAIN=0s", "DBCONTENTS_POOL_SIZE=4", "DBCONTENTS_LSN=on",
		"DBCONTENTS_CONNECT_TIMEOUT=2s", "DBCONTENTS_ACQUIRE_TIMEOUT=6s", "DBCONTENTS_FIRST_ROW_TIMEOUT=3s", "LOG_LEVEL=warn", "LOG_FORMAT=text",
	}, env...)
	listening, done := make(chan string, 1), make(chan error, 1)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		done <- server.Serve(ctx, environ, log, func(url string) { listening <- url })
	}()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, log.Close()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s:\n%s", environ[0], tail(log.Name()))
		}
	})
	select {
	case url = <-listening:
	case err := <-done:
		done <- err
		t.Fatal(err)
	}
	return strings.TrimSuffix(url, "/dbcontents")
}

// A result is one answer.
type result struct {
	load       string
	began, end time.Time
	wrong      string // says what is wrong with an answer that claims to be right
	failed     string // says how the request failed, visibly
}

// A load is readers who ask one after the other, and judge each answer.
type load struct {
	stop    context.CancelFunc
	readers sync.WaitGroup

	mu      sync.Mutex
	results []result
}

// readers is how many ask one server at once.
const readers = 3

// newLoad puts readers on each of the servers, named by what they are to read.
func newLoad(urls map[string]string) *load {
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{stop: cancel}
	for name, url := range urls {
		for range readers {
			client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
			l.readers.Go(func() {
				defer client.CloseIdleConnections()
				for ctx.Err() == nil {
					r := result{load: name, began: time.Now()}
					r.wrong, r.failed = read(ctx, client, url+"/dbcontents")
					r.end = time.Now()
					if ctx.Err() != nil {
						return
					}
					l.mu.Lock()
					l.results = append(l.results, r)
					l.mu.Unlock()
					time.Sleep(30 * time.Millisecond)
				}
			})
		}
	}
	return l
}

// read asks once, and judges the answer by what it says of itself.
func read(ctx context.Context, client *http.Client, url string) (wrong, failed string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error(), ""
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", fmt.Sprintf("broken off after %d bytes: %v", len(body), err)
	}
	if response.StatusCode != http.StatusOK {
		var problem struct{ Cause string }
		if err := json.Unmarshal(body, &problem); err != nil || problem.Cause == "" || response.StatusCode < 500 {
			return fmt.Sprintf("%s %.200s", response.Status, body), ""
		}
		return "", fmt.Sprintf("%s %s", response.Status, problem.Cause)
	}
	var rows []struct {
		ID, Rows, Version int64
		Sum               string
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return err.Error(), ""
	}
	for i, row := range rows {
		sum := md5.Sum(fmt.Appendf(nil, "%d/%d", row.ID, row.Version))
		if int64(len(rows)) != row.Rows || row.Version != rows[0].Version || row.Sum != strings.Repeat(hex.EncodeToString(sum[:]), 10) {
			return fmt.Sprintf("row %d of %d is %+v, the first of version %d", i, len(rows), row, rows[0].Version), ""
		}
	}
	if len(rows) == 0 {
		return "no rows", ""
	}
	return "", ""
}

// A stream is a large answer that is read slowly until hurry is closed.
type stream struct {
	hurry chan struct{}
	rows  chan int // how many there were, once it is over
	err   error    // how it broke off; it may be read thereafter
}

// largeRows is how many rows a large answer has: more than the buffers on its way hold.
const largeRows = 300_000

func newStream(url string) *stream {
	s := &stream{hurry: make(chan struct{}), rows: make(chan int, 1)}
	go func() {
		rows := 0
		defer func() { s.rows <- rows }()
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: wait}
		response, err := client.Get(url + "/dbcontents/large?format=ndjson")
		if err != nil {
			s.err = err
			return
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			s.err = errors.New(response.Status)
			return
		}
		for part := make([]byte, 32<<10); s.err == nil; {
			var n int
			n, s.err = response.Body.Read(part)
			rows += bytes.Count(part[:n], []byte{'\n'})
			select {
			case <-s.hurry:
			case <-time.After(50 * time.Millisecond):
			}
		}
		if s.err == io.EOF {
			s.err = nil
		}
	}()
	return s
}

// end reads the rest at once.
func (s *stream) end() (rows int, err error) {
	close(s.hurry)
	return <-s.rows, s.err
}

// end ends the load and returns what became of each request.
func (l *load) end() []result {
	l.stop()
	l.readers.Wait()
	return l.results
}

// keepWriting changes all rows again and again, wherever the primary is, until the end of ctx. It goes past the proxies.
func (c *cluster) keepWriting(ctx context.Context) {
	for version := time.Now().UnixMilli(); ctx.Err() == nil; version++ {
		primary := c.primary(nil)
		if primary == nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		err := func() error {
			conn, err := pgx.Connect(ctx, primary.dsn("postgres"))
			if err != nil {
				return err
			}
			defer conn.Close(context.Background())
			for ; ; version++ {
				if _, err := conn.Exec(ctx, "UPDATE test_table SET version = $1::bigint, sum = repeat(md5(id || '/' || $1::bigint), 10)", version); err != nil {
					return err
				}
				time.Sleep(150 * time.Millisecond)
			}
		}()
		if errors.Is(err, context.Canceled) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A pulse asks a sound node for nothing all the while, past the proxies, and so feels when the
// machine itself has no time: then limits of time are met that say nothing about us.
type pulse struct {
	stop    context.CancelFunc
	done    chan struct{}
	slowest time.Duration // once it is done
}

// starved is how long the pulse takes on a machine that has no time.
const starved = 700 * time.Millisecond

func newPulse(n *node) *pulse {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pulse{stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for ctx.Err() == nil {
			began := time.Now()
			if conn, err := pgx.Connect(ctx, n.dsn("reader")); err == nil {
				conn.Exec(ctx, "SELECT") //nolint:errcheck // how long it takes is what matters
				conn.Close(context.Background())
			}
			if ctx.Err() == nil {
				p.slowest = max(p.slowest, time.Since(began))
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return p
}

// end returns how long the slowest answer took.
func (p *pulse) end() time.Duration {
	p.stop()
	<-p.done
	return p.slowest
}

// late tells failures that a machine without time brings about by itself.
func (r *result) late() bool {
	for _, cause := range []string{"_timeout", "server_silent", "pool_busy", "Client.Timeout"} {
		if strings.Contains(r.failed, cause) {
			return true
		}
	}
	return false
}
