package docker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// How large the image is, and how soon it serves. The table is in the log:
//
//	go test ./docker -run Measure -v
//
// Not parallel, so that no other test of this package runs beside it.
func TestMeasure(t *testing.T) {
	const starts, outages = 5, 3
	l := newLone(t, postgresImage)
	var start, live, recovery, first []time.Duration
	for range starts {
		api, address := l.api()
		started := l.state(api).StartedAt
		eventually(t, address, "/livez", 200)
		live = append(live, time.Since(started))
		eventually(t, address, "/readyz", 200)
		start = append(start, time.Since(started))
		if _, err := l.signal(api, docker.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	_, address := l.api()
	eventually(t, address, "/readyz", 200)
	for range outages {
		if _, err := l.signal(l.db, docker.SIGINT); err != nil { // a fast and orderly shutdown
			t.Fatal(err)
		}
		eventually(t, address, "/readyz", 503)
		// Clients that go on asking bring the delay between attempts to its longest.
		for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			eventually(t, address, "/dbcontents", 503)
		}
		contents, readyz := firstOK(t, address, "/dbcontents"), firstOK(t, address, "/readyz")
		if err := l.pool.Client.StartContainer(l.db.Container.ID, nil); err != nil {
			t.Fatal(err)
		}
		up := l.awaitDatabase()
		first = append(first, max(0, (<-contents).Sub(up)))
		recovery = append(recovery, max(0, (<-readyz).Sub(up)))
	}
	t.Logf("\n%s", table([][]string{
		{"image size", fmt.Sprintf("%.1f MB", float64(inspectImage(t, testImage).Size)/1e6), "limit 20 MB"},
		{"container start to /livez 200", median(live), spread(live)},
		{"container start to /readyz 200", median(start), spread(start)},
		{"database up to /dbcontents 200", median(first), spread(first)},
		{"database up to /readyz 200", median(recovery), spread(recovery)},
	}))
}

// firstOK goes on asking and tells when the answer is 200.
func firstOK(t *testing.T, address, path string) <-chan time.Time {
	first := make(chan time.Time, 1)
	go func() {
		defer close(first)
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if a, err := fetch(t.Context(), address, path); err == nil && a.Status == 200 {
				first <- time.Now()
				return
			}
		}
		t.Errorf("%s was never 200", path)
	}()
	return first
}

func median(d []time.Duration) string {
	return slices.Sorted(slices.Values(d))[len(d)/2].Round(time.Millisecond).String()
}

func spread(d []time.Duration) string {
	return fmt.Sprintf("%d times, %s to %s", len(d), slices.Min(d).Round(time.Millisecond), slices.Max(d).Round(time.Millisecond))
}

func table(lines [][]string) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%-32s %10s   %s\n", line[0], line[1], line[2])
	}
	return b.String()
}
