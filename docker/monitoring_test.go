package docker_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestMonitoringFiles has Compose itself read the files with Prometheus and Grafana beside the
// stack. It needs no engine, and it starts nothing: docker/monitoringtest checks what is in
// the dashboard and the rules.
func TestMonitoringFiles(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("docker"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	// The variables of compose.yaml and not those of whoever runs the tests.
	out, err := command(t.Context(), composeEnv(), "docker", "compose", "-f", "compose.yaml", "-f", "compose.monitoring.yaml", "config", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var project struct {
		Services map[string]struct {
			Image       string
			Environment map[string]string
			Networks    map[string]any
			ReadOnly    bool     `json:"read_only"`
			CapDrop     []string `json:"cap_drop"`
			SecurityOpt []string `json:"security_opt"`
			User        string
			HealthCheck struct{ Test []string }
			MemLimit    string `json:"mem_limit"`
			Ports       []struct {
				HostIP    string `json:"host_ip"`
				Target    int
				Published string
			}
			Volumes []struct {
				Type, Source, Target string
				ReadOnly             bool `json:"read_only"`
			}
		}
		Networks map[string]struct{ Internal bool }
	}
	if err := json.Unmarshal([]byte(out), &project); err != nil {
		t.Fatal(err)
	}
	for name, port := range map[string]int{"prometheus": 9090, "grafana": 3000} {
		s := project.Services[name]
		if !s.ReadOnly || len(s.CapDrop) != 1 || len(s.SecurityOpt) != 1 || s.User == "" || strings.HasPrefix(s.User, "0:") || s.MemLimit == "" || len(s.HealthCheck.Test) == 0 {
			t.Errorf("%s is not hardened: %+v", name, s)
		}
		if len(s.Ports) != 1 || s.Ports[0].HostIP != "127.0.0.1" || s.Ports[0].Target != port || s.Ports[0].Published != strconv.Itoa(port) {
			t.Errorf("%s publishes %v", name, s.Ports)
		}
		if _, tag, _ := strings.Cut(s.Image, ":"); tag == "" || tag == "latest" {
			t.Errorf("%s: the version of %s is not fixed", name, s.Image)
		}
		if _, ok := s.Networks["backend"]; ok {
			t.Errorf("%s reaches the database", name)
		}
		for _, v := range s.Volumes {
			if v.Type != "bind" {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
				t.Errorf("%s mounts %s: %v, read only: %t", name, v.Source, err, v.ReadOnly)
			}
		}
	}
	if !project.Networks["monitoring"].Internal {
		t.Error("the metrics can be reached from outside")
	}
	api := project.Services["api"]
	_, port, _ := strings.Cut(api.Environment["DBCONTENTS_METRICS_ADDR"], ":")
	for _, p := range api.Ports {
		if strconv.Itoa(p.Target) == port {
			t.Errorf("the port %s of the metrics is published", port)
		}
	}
	for _, network := range []string{"backend", "frontend", "monitoring"} {
		if _, ok := api.Networks[network]; !ok {
			t.Errorf("the API is not on the network %s", network)
		}
	}

	// What the files of Prometheus and Grafana name is what Compose has.
	for file, want := range map[string][]string{
		"prometheus.yml": {"names: [api]", "port: " + port, "/etc/prometheus/rules.yml", "job_name: dbcontents"},
		"provisioning/datasources/prometheus.yaml": {"http://prometheus:9090", "uid: prometheus"},
		"provisioning/dashboards/dbcontents.yaml":  {"path: /etc/dbcontents/dashboards"},
	} {
		content, err := os.ReadFile(filepath.Join("monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(string(content), text) {
				t.Errorf("%s does not have %s", file, text)
			}
		}
	}
	targets := map[string]bool{}
	for _, name := range []string{"prometheus", "grafana"} {
		for _, v := range project.Services[name].Volumes {
			targets[v.Target] = true
		}
	}
	for _, target := range []string{"/etc/prometheus/prometheus.yml", "/etc/prometheus/rules.yml", "/etc/grafana/provisioning", "/etc/dbcontents/dashboards"} {
		if !targets[target] {
			t.Errorf("nothing is mounted at %s", target)
		}
	}
}
