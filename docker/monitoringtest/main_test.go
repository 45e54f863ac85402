// Package monitoringtest checks the files with which the server is operated: the dashboard,
// the alert rules and the manifests for Kubernetes. It runs the server and looks whether what
// the files speak of is there.
//
// It is a module of its own, so that the parsers of Prometheus and the types of Kubernetes
// do not become requirements of the server.
package monitoringtest

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const seed = `
CREATE TABLE test_table (id bigint PRIMARY KEY, value text);
INSERT INTO test_table VALUES (1, 'one'), (2, 'two');
`

// start runs a server until the test ends and returns its URL, without a path. env comes after
// what a test needs.
func start(t *testing.T, env ...string) string {
	t.Helper()
	db := pgtest.New(t, seed)
	ctx, cancel := context.WithCancel(context.Background())
	started, done := make(chan string, 1), make(chan error, 1)
	messages := &transcript.Text{}
	go func() {
		defer close(done)
		environ := append([]string{"ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=0s", "LOG_FORMAT=json", "DATABASE_URL=" + db.DSN, "DBCONTENTS_METRICS=on"}, env...)
		done <- server.Serve(ctx, environ, messages, func(url string) { started <- url })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case url := <-started:
		return strings.TrimSuffix(url, "/dbcontents")
	case err := <-done:
		t.Fatalf("%v\n%s", err, messages)
	case <-time.After(20 * time.Second):
		t.Fatalf("the server did not start:\n%s", messages)
	}
	return ""
}

// scrape runs a server that meets successes and failures, and returns the labels of each
// metric that it shows.
func scrape(t *testing.T) map[string]map[string]bool {
	t.Helper()
	base := start(t)
	for _, path := range []string{"", "/test_table?format=csv", "/absent", "?limt=1"} {
		get(t, base+"/dbcontents"+path)
	}
	get(t, base+"/readyz")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(get(t, base+"/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	// The target's own labels and metric are Prometheus'.
	found := map[string]map[string]bool{"up": {"job": true, "instance": true}}
	add := func(name string, labels ...string) {
		if found[name] == nil {
			found[name] = map[string]bool{"job": true, "instance": true}
		}
		for _, l := range labels {
			found[name][l] = true
		}
	}
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, pair := range metric.GetLabel() {
				labels = append(labels, pair.GetName())
			}
			if metric.GetHistogram() == nil {
				add(name, labels...)
				continue
			}
			add(name+"_count", labels...)
			add(name+"_sum", labels...)
			add(name+"_bucket", append(labels, "le")...)
		}
	}
	return found
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
