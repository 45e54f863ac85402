package monitoringtest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// dashboard is what the tests want to know of Grafana's model of one.
type dashboard struct {
	UID    string
	Panels []struct {
		ID          int
		Title, Type string
		Description string
		Datasource  struct{ UID string }
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr, RefID string }
	}
	Templating struct{ List []struct{ Name string } }
}

// variables are Grafana's, with a value that PromQL takes.
var variables = strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$instance", ".*")

func TestDashboard(t *testing.T) {
	t.Parallel()
	metrics := scrape(t)
	var d dashboard
	if err := json.Unmarshal(read(t, "../monitoring/dashboards/dbcontents.json"), &d); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	used := map[string]bool{}
	expressions := 0
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("two panels have the id %d", p.ID)
		}
		ids[p.ID] = true
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 {
			t.Errorf("%s lies outside of the grid", p.Title)
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || p.Datasource.UID != "prometheus" || len(p.Targets) == 0 {
			t.Errorf("%s lacks a description, the data source or a query", p.Title)
		}
		for _, target := range p.Targets {
			expressions++
			for _, problem := range wrong(variables.Replace(target.Expr), metrics, used) {
				t.Errorf("%s, %s: %s", p.Title, target.RefID, problem)
			}
			if !strings.Contains(target.Expr, `instance=~"$instance"`) {
				t.Errorf("%s, %s: it does not heed the choice of instances", p.Title, target.RefID)
			}
		}
	}
	if expressions < 25 || len(d.Templating.List) != 1 || d.Templating.List[0].Name != "instance" {
		t.Errorf("%d queries, variables %v", expressions, d.Templating.List)
	}
	for _, name := range []string{
		"http_server_request_duration_seconds_bucket", "dbcontents_first_byte_seconds_bucket", "dbcontents_rows_total", "dbcontents_response_bytes_total",
		"dbcontents_responses_aborted_total", "dbcontents_errors_total", "dbcontents_shed_total", "dbcontents_pool_connections", "dbcontents_pool_max_connections",
		"dbcontents_pool_wait_seconds_total", "dbcontents_catalog_lookups_total", "dbcontents_up", "dbcontents_build_info",
	} {
		if !used[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// rules are the alert rules; Prometheus' own loader has checked them.
func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, problems := rulefmt.Parse(read(t, "../monitoring/rules.yml"), false, model.LegacyValidation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range problems {
		t.Error(err)
	}
	var all []rulefmt.Rule
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 8 {
		t.Fatalf("only %d rules", len(all))
	}
	return all
}

func TestRules(t *testing.T) {
	t.Parallel()
	metrics := scrape(t)
	for _, r := range rules(t) {
		for _, problem := range wrong(r.Expr, metrics, map[string]bool{}) {
			t.Errorf("%s: %s", r.Alert, problem)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) {
			t.Errorf("%s lacks a summary, a description or a severity", r.Alert)
		}
	}
}

// Each alert has a heading in the guide, and no other heading begins like one.
func TestRulesAreExplained(t *testing.T) {
	t.Parallel()
	var alerts, headings []string
	for _, r := range rules(t) {
		alerts = append(alerts, r.Alert)
	}
	for _, m := range regexp.MustCompile(`(?m)^### (Dbcontents\w+)$`).FindAllSubmatch(read(t, "../../docs/operations.md"), -1) {
		headings = append(headings, string(m[1]))
	}
	if !slices.Equal(alerts, headings) {
		t.Errorf("the alerts are %v, and docs/operations.md explains %v", alerts, headings)
	}
}

// wrong parses an expression and returns what it asks of metrics that is not there. The
// names of the metrics that it asks for are added to used.
func wrong(expression string, metrics map[string]map[string]bool, used map[string]bool) (problems []string) {
	root, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return []string{err.Error()}
	}
	parser.Inspect(root, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			known, ok := metrics[n.Name]
			if !ok {
				problems = append(problems, fmt.Sprintf("the server has no metric %q", n.Name))
				return nil
			}
			used[n.Name] = true
			if !slices.ContainsFunc(n.LabelMatchers, func(m *labels.Matcher) bool {
				return m.Name == "job" && m.Type == labels.MatchEqual && m.Value == "dbcontents"
			}) {
				problems = append(problems, n.Name+" may be another program's")
			}
			for _, m := range n.LabelMatchers {
				if m.Name != model.MetricNameLabel && !known[m.Name] {
					problems = append(problems, fmt.Sprintf("%s has no label %q", n.Name, m.Name))
				}
			}
		case *parser.AggregateExpr:
			below := map[string]bool{}
			parser.Inspect(n.Expr, func(inner parser.Node, _ []parser.Node) error {
				if v, ok := inner.(*parser.VectorSelector); ok {
					maps.Copy(below, metrics[v.Name])
				}
				return nil
			})
			for _, label := range n.Grouping {
				if !below[label] {
					problems = append(problems, fmt.Sprintf("nothing in %s has the label %q", n.Expr, label))
				}
			}
		}
		return nil
	})
	return problems
}

// The checks find what they are for.
func TestWrongExpressionsAreFound(t *testing.T) {
	t.Parallel()
	metrics := map[string]map[string]bool{"a_total": {"job": true, "reason": true}}
	for expression, want := range map[string]string{
		`sum by (reason) (rate(a_total{job="dbcontents"}[5m]))`: "",
		`rate(a_total[1m])`:       "another program's",
		`rate(a_total[5m]`:        "unclosed left parenthesis",
		`rate(b_total[5m])`:       `no metric "b_total"`,
		`a_total{kind="x"}`:       `no label "kind"`,
		`sum by (kind) (a_total)`: `has the label "kind"`,
	} {
		problems := strings.Join(wrong(expression, metrics, map[string]bool{}), "; ")
		if (want == "") != (problems == "") || !strings.Contains(problems, want) {
			t.Errorf("%s: %q, want %q", expression, problems, want)
		}
	}
}
