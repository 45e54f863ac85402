package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// metricsURL is where the metrics are at DBCONTENTS_METRICS_ADDR.
func (s *running) metricsURL(t *testing.T) string {
	t.Helper()
	return s.Log.line(t, "serving metrics")["url"].(string)
}

// fetch asks for a whole URL.
func fetch(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, http.DefaultClient, request, header)
}

// samples are the series of a scrape with their values.
func samples(t *testing.T, text string) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cut := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[cut+1:], 64)
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		found[line[:cut]] = value
	}
	return found
}

func TestMetricsAreOffByDefault(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN)
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if response, body := s.get(t, path); response.StatusCode != 404 || !strings.Contains(body, `"path_unknown"`) {
			t.Errorf("%s: %s %s", path, response.Status, body)
		}
	}
}

func TestMetricsOnTheMainPort(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS=on")
	response, body := s.get(t, "/metrics")
	if response.StatusCode != 200 || !strings.Contains(body, "dbcontents_build_info{") || response.Header.Get("X-Content-Type-Options") != "nosniff" ||
		response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v %s", response.Status, response.Header, body)
	}
	if response, body := s.get(t, "/metrics", "Accept", "application/openmetrics-text"); !strings.HasSuffix(body, "# EOF\n") {
		t.Errorf("OpenMetrics: %s %s", response.Status, body)
	}
	if response, body := fetch(t, http.MethodHead, s.URL+"/metrics"); response.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %s %s", response.Status, body)
	}
	if response, _ := fetch(t, http.MethodPost, s.URL+"/metrics"); response.StatusCode != 405 || response.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s %v", response.Status, response.Header)
	}
	if response, _ := s.get(t, "/debug/pprof/"); response.StatusCode != 404 {
		t.Errorf("profiles are for the other address only: %s", response.Status)
	}
}

func TestMetricsAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS_ADDR=127.0.0.1:0", "DBCONTENTS_DRAIN=1s")
	url := s.metricsURL(t)
	base := strings.TrimSuffix(url, "/metrics")
	for path, status := range map[string]int{
		"/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/goroutine?debug=2": 200, "/debug/pprof/profile?seconds=1": 200,
		"/debug/pprof/cmdline": 404, "/dbcontents": 404, "/": 404,
	} {
		if response, body := fetch(t, http.MethodGet, base+path); response.StatusCode != status {
			t.Errorf("%s: %s, want %d: %.200s", path, response.Status, status, body)
		}
	}
	if response, _ := s.get(t, "/metrics"); response.StatusCode != 404 {
		t.Errorf("on the main port: %s", response.Status)
	}
	s.stop()
	s.Log.line(t, "stopping")
	if response, _ := fetch(t, http.MethodGet, url); response.StatusCode != 200 {
		t.Errorf("while it stops: %s", response.Status)
	}
	s.Stop(t)
	if conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://")); err == nil {
		conn.Close()
		t.Error("it still listens after its end")
	}
}

func TestMetricsAddressIsTaken(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	code, _, stderr := run(t, nil, "ADDR=127.0.0.1:0", "DATABASE_URL=host=127.0.0.1 port=1", "DBCONTENTS_METRICS_ADDR="+other.Addr().String())
	if code != 1 || !strings.Contains(stderr, "DBCONTENTS_METRICS_ADDR: cannot listen on ") || !strings.Contains(stderr, "set DBCONTENTS_METRICS_ADDR to another one") || strings.Contains(stderr, `"serving"`) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS=on")
	s.get(t, "/dbcontents")
	s.get(t, "/absent")
	_, body := s.get(t, "/metrics")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	proxy := faultproxy.New(t, db.DSN)
	s := serve(t, "DATABASE_URL="+proxy.DSN(db.DSN), "DBCONTENTS_METRICS=on", "DBCONTENTS_TABLES=test_table,broken,large")
	s.Log.line(t, "checked")
	_, before := s.get(t, "/metrics")
	_, contents := s.get(t, "/dbcontents")
	s.get(t, "/dbcontents/test_table?format=csv&limit=2")
	s.get(t, "/dbcontents?limt=1")
	s.get(t, "/dbcontents/absent")
	s.get(t, "/nowhere")
	response, err := http.Get(s.URL + "/dbcontents/broken") // a division by zero, half-way
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	s.request(t, response.Header.Get("X-Request-Id"))

	ctx, cancel := context.WithCancel(t.Context())
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/dbcontents/large", nil)
	if response, err = http.DefaultClient.Do(request); err != nil {
		t.Fatal(err)
	}
	cancel() // the client leaves
	response.Body.Close()
	s.request(t, response.Header.Get("X-Request-Id"))

	_, body := s.get(t, "/metrics")
	was, is := samples(t, before), samples(t, body)
	for series, want := range map[string]float64{
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/dbcontents"}`:         1,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/dbcontents/{table}"}`: 3,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="404",http_route="*"}`:                   1,
		`dbcontents_first_byte_seconds_count{http_route="/dbcontents"}`:                                                                          1,
		`dbcontents_first_byte_seconds_bucket{http_route="/dbcontents",le="600"}`:                                                                1,
		`dbcontents_rows_total{format="csv"}`:                      2,
		`dbcontents_errors_total{kind="invalid"}`:                  2,
		`dbcontents_errors_total{kind="no_table"}`:                 1,
		`dbcontents_errors_total{kind="internal"}`:                 1,
		`dbcontents_errors_total{kind="client"}`:                   1,
		`dbcontents_responses_aborted_total{reason="other"}`:       1,
		`dbcontents_responses_aborted_total{reason="client_gone"}`: 1,
		`dbcontents_causes_total{cause="value_failed"}`:            1,
		`dbcontents_shed_total{reason="queue_full"}`:               0,
	} {
		if got := is[series] - was[series]; got != want {
			t.Errorf("%s: %v, want %v", series, got, want)
		}
	}
	if got := is[`dbcontents_response_bytes_total{format="json"}`]; got < float64(len(contents)) {
		t.Errorf("%v bytes of JSON, want %d at least", got, len(contents))
	}
	for series, want := range map[string]float64{`dbcontents_up`: 1, `dbcontents_pool_max_connections`: 10, `dbcontents_first_row_timeout_seconds`: 15, `dbcontents_pool_connections{state="acquired"}`: 0} {
		if got, ok := is[series]; !ok || got != want {
			t.Errorf("%s: %v, want %v", series, got, want)
		}
	}
	if is["dbcontents_reads_total"] < 4 || is["dbcontents_pool_acquires_total"] < 4 || is["dbcontents_pool_connects_total"] < 1 || is["dbcontents_catalog_lookups_total"] < 1 {
		t.Errorf("nothing of the pool and the catalog is counted:\n%s", body)
	}

	time.Sleep(3100 * time.Millisecond) // a change is not believed right after another
	proxy.Refuse(true)
	proxy.Reset()
	s.eventually(t, "/dbcontents", 503)
	_, body = s.get(t, "/metrics")
	if is := samples(t, body); is["dbcontents_up"] != 0 || is[`dbcontents_errors_total{kind="unavailable"}`] == 0 || is["dbcontents_pool_connects_failed_total"] == 0 {
		t.Errorf("the database is away:\n%s", body)
	}
}

// A request that is traced is the example of its bucket.
func TestExemplars(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS=on", "OTEL_EXPORTER_OTLP_ENDPOINT="+newReceiver(t).URL)
	const sampled, other = "0af7651916cd43dd8448eb211c80319c", "11111111111111111111111111111111"
	s.get(t, "/dbcontents", "Traceparent", "00-"+sampled+"-b7ad6b7169203331-01")
	s.get(t, "/dbcontents/test_table", "Traceparent", "00-"+other+"-b7ad6b7169203331-00") // not sampled
	_, body := s.get(t, "/metrics", "Accept", "application/openmetrics-text")
	for _, metric := range []string{"http_server_request_duration_seconds", "dbcontents_first_byte_seconds"} {
		if !regexp.MustCompile(metric + `_bucket\{.*http_route="/dbcontents".*# \{trace_id="` + sampled + `"\}`).MatchString(body) {
			t.Errorf("%s has no exemplar:\n%s", metric, body)
		}
	}
	if strings.Contains(body, other) {
		t.Error("a trace that is not sampled is an exemplar")
	}
	if _, body := s.get(t, "/metrics"); strings.Contains(body, sampled) {
		t.Error("the format of old has exemplars")
	}
}

// A stranger chooses methods, paths, names, parameters and headers. None of them makes a series.
func TestStrangersMakeNoSeries(t *testing.T) {
	t.Parallel()
	s := serve(t, "DATABASE_URL="+pgtest.New(t, seed).DSN, "DBCONTENTS_METRICS=on", "DBCONTENTS_TABLES=*", "LOG_LEVEL=info", "LOG_FORMAT=json")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	ask := func(method, path, header string) {
		t.Helper()
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, header)
		response, err := http.ReadResponse(answers, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	requests := func(from, to int) {
		for i := from; i < to; i++ {
			switch i % 8 {
			case 0:
				ask("GET", fmt.Sprintf("/dbcontents/table_%d", i), "")
			case 1:
				ask(fmt.Sprintf("M%d", i), "/dbcontents", "")
			case 2:
				ask("GET", fmt.Sprintf("/path/%d", i), "")
			case 3:
				ask("GET", fmt.Sprintf("/dbcontents?parameter_%d=1", i), "")
			case 4:
				ask("GET", fmt.Sprintf("/dbcontents/rpc/function_%d", i), "")
			case 5:
				ask("GET", "/dbcontents", fmt.Sprintf("Accept: text/x%d\r\nTraceparent: 00-%032d-%016d-01\r\n", i, i, i))
			case 6:
				ask("OPTIONS", fmt.Sprintf("/dbcontents/%d", i), fmt.Sprintf("Origin: http://o%d\r\n", i))
			case 7:
				ask("GET", fmt.Sprintf("/dbcontents?format=f%d&limit=1", i), fmt.Sprintf("Host: h%d\r\n", i)[:0])
			}
		}
	}
	count := func() int {
		_, body := s.get(t, "/metrics")
		ours := 0
		for series := range samples(t, body) {
			if strings.HasPrefix(series, "dbcontents_") || strings.HasPrefix(series, "http_") {
				ours++
			}
			if regexp.MustCompile(`[Mfhox_/][0-9]{2}`).MatchString(series) {
				t.Errorf("a stranger's word is in %s", series)
			}
		}
		return ours
	}
	requests(0, 16)
	before := count()
	requests(16, 10_016)
	if after := count(); after != before || before > 1000 {
		t.Errorf("%d series became %d", before, after)
	}
}
