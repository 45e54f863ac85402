package monitoringtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// healthy is half an hour of a server with nothing wrong, a sample a minute. What a case adds
// takes the place of the series of the same labels. Values are in the notation of promqltest.
var healthy = map[string]string{
	`up{T}`: "1x30",
	// Another program's, which uses the same names.
	`http_server_request_duration_seconds_count{job="other",instance="b:80",http_request_method="GET",http_route="/readyz",http_response_status_code="503"}`: "0+12x30",
	`http_server_request_duration_seconds_count{job="other",instance="b:80",http_request_method="GET",http_route="/x",http_response_status_code="500"}`:      "0+600x30",
	`dbcontents_up{T}`: "1x30",
	`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/readyz",http_response_status_code="200"}`:             "0+12x30",
	`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/readyz",http_response_status_code="503"}`:             "3x30",
	`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/dbcontents/{table}",http_response_status_code="200"}`: "0+6000x30",
	`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/dbcontents/{table}",http_response_status_code="404"}`: "0+600x30",
	`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/dbcontents/{table}",http_response_status_code="500"}`: "0+6x30",
	`dbcontents_responses_aborted_total{T,reason="database"}`:                                                                                  "5x30",
	`dbcontents_responses_aborted_total{T,reason="client_gone"}`:                                                                               "0+5x30",
	`dbcontents_pool_connections{T,state="acquired"}`:                                                                                          "7x30",
	`dbcontents_pool_connections{T,state="idle"}`:                                                                                              "3x30",

	`dbcontents_pool_max_connections{T}`:                                                 "10x30",
	`dbcontents_requests_queued{T}`:                                                      "0x30",
	`dbcontents_requests_in_flight{T}`:                                                   "7x30",
	`dbcontents_requests_max_in_flight{T}`:                                               "10x30",
	`dbcontents_shed_total{T,reason="queue_full"}`:                                       "100x30",
	`dbcontents_first_byte_seconds_bucket{T,http_route="/dbcontents/{table}",le="5"}`:    "0+6000x30",
	`dbcontents_first_byte_seconds_bucket{T,http_route="/dbcontents/{table}",le="10"}`:   "0+6000x30",
	`dbcontents_first_byte_seconds_bucket{T,http_route="/dbcontents/{table}",le="+Inf"}`: "0+6000x30",
	`dbcontents_first_row_timeout_seconds{T}`:                                            "15x30",
	`process_resident_memory_bytes{T}`:                                                   "200e6x30",
	`go_gc_gomemlimit_bytes{T}`:                                                          "209715200x30",
}

// cycle repeats samples for half an hour.
func cycle(values ...string) string {
	all := make([]string, 31)
	for i := range all {
		all[i] = values[i%len(values)]
	}
	return strings.Join(all, " ")
}

// Each alert fires on what it is for, and on nothing else.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	all := rules(t)
	for _, tt := range []struct {
		reason, alert string
		changed       map[string]string
	}{
		{"nothing is wrong", "", nil},
		{"it cannot be scraped", "DbcontentsDown", map[string]string{`up{T}`: "0x30"}},
		{"there is none", "DbcontentsDown", map[string]string{`up{T}`: ""}},
		{"the database is away", "DbcontentsDatabaseUnavailable", map[string]string{`dbcontents_up{T}`: "0x30"}},
		{"it is not ready", "DbcontentsNotReady", map[string]string{
			`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/readyz",http_response_status_code="503"}`: "0+12x30",
			`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/readyz",http_response_status_code="200"}`: "100x30",
		}},
		{"it is not ready for moments", "", map[string]string{
			`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/readyz",http_response_status_code="503"}`: "0+1x30",
		}},
		{"requests fail", "DbcontentsErrors", map[string]string{
			`http_server_request_duration_seconds_count{T,http_request_method="GET",http_route="/dbcontents/{table}",http_response_status_code="500"}`: "0+90x30",
		}},
		{"reads are interrupted", "DbcontentsInterrupted", map[string]string{`dbcontents_responses_aborted_total{T,reason="database"}`: "0+1x30"}},
		{"all turns are taken and requests wait", "DbcontentsPoolSaturated", map[string]string{
			`dbcontents_requests_in_flight{T}`: cycle("10", "9", "10"), `dbcontents_requests_queued{T}`: cycle("0", "0", "4"),
		}},
		{"all turns are taken and nobody waits", "", map[string]string{`dbcontents_requests_in_flight{T}`: "10x30"}},
		{"requests wait now and then", "", map[string]string{
			`dbcontents_requests_in_flight{T}`: cycle("10", "3", "10"), `dbcontents_requests_queued{T}`: cycle("4", "0", "4"),
		}},
		{"requests wait for a short time", "", map[string]string{
			`dbcontents_requests_in_flight{T}`: "7x24 10x5", `dbcontents_requests_queued{T}`: "0x24 4x5",
		}},
		{"requests are refused", "DbcontentsShedding", map[string]string{`dbcontents_shed_total{T,reason="queue_full"}`: "100+1x30"}},
		{"first bytes come late", "DbcontentsSlow", map[string]string{
			`dbcontents_first_byte_seconds_bucket{T,http_route="/dbcontents/{table}",le="5"}`: "0+5800x30",
		}},
		{"first bytes come late, and may", "", map[string]string{
			`dbcontents_first_byte_seconds_bucket{T,http_route="/dbcontents/{table}",le="5"}`: "0+5800x30", `dbcontents_first_row_timeout_seconds{T}`: "60x30",
		}},
		{"memory grows", "DbcontentsMemory", map[string]string{`process_resident_memory_bytes{T}`: "240e6x30"}},
		{"no limit on memory is set", "", map[string]string{`process_resident_memory_bytes{T}`: "9e9x30", `go_gc_gomemlimit_bytes{T}`: "9223372036854775807x30"}},
	} {
		var load strings.Builder
		load.WriteString("load 1m\n")
		for series, values := range healthy {
			if changed, ok := tt.changed[series]; ok {
				values = changed
			}
			if values == "" {
				continue
			}
			series = strings.NewReplacer("{T,", `{job="dbcontents",instance="a:9464",`, "{T}", `{job="dbcontents",instance="a:9464"}`).Replace(series)
			fmt.Fprintf(&load, "  %s %s\n", series, values)
		}
		storage := promqltest.LoadedStorage(t, load.String())
		engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
		for _, r := range all {
			// It fires if it has been true for as long as "for" says, as the rule manager does.
			held, end := time.Duration(r.For), time.Unix(0, 0).Add(30*time.Minute)
			query, err := engine.NewRangeQuery(t.Context(), storage, nil, r.Expr, end.Add(-held), end, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			result := query.Exec(t.Context())
			if result.Err != nil {
				t.Fatalf("%s: %v", r.Alert, result.Err)
			}
			matrix, err := result.Matrix()
			fires := slices.ContainsFunc(matrix, func(s promql.Series) bool { return len(s.Floats) == 1+int(held/time.Minute) })
			if err != nil || fires != (r.Alert == tt.alert) {
				t.Errorf("%s: %s fires: %t, %v", tt.reason, r.Alert, fires, matrix)
			}
			query.Close()
		}
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	}
}
