package monitoringtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

const kubernetes = "../kubernetes/"

// manifests are the files of docker/kubernetes, each as the type that Kubernetes reads it as.
type manifests struct {
	kustomization struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Labels     []struct {
			Pairs map[string]string `json:"pairs"`
		} `json:"labels"`
		Resources []string `json:"resources"`
		Images    []struct {
			Name    string `json:"name"`
			NewName string `json:"newName"`
			NewTag  string `json:"newTag"`
		} `json:"images"`
	}
	deployment apps.Deployment
	service    core.Service
	scaler     autoscaling.HorizontalPodAutoscaler
	budget     policy.PodDisruptionBudget
	network    networking.NetworkPolicy
}

// decoded decodes all of them. A field that the type does not have is an error, and so is one
// that comes twice.
func decoded(t *testing.T) *manifests {
	t.Helper()
	m := &manifests{}
	files := map[string]any{
		"kustomization.yaml": &m.kustomization, "deployment.yaml": &m.deployment, "service.yaml": &m.service,
		"horizontalpodautoscaler.yaml": &m.scaler, "poddisruptionbudget.yaml": &m.budget, "networkpolicy.yaml": &m.network,
	}
	for name, into := range files {
		if err := yaml.UnmarshalStrict(read(t, kubernetes+name), into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(kubernetes)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if files[name] == nil {
			t.Errorf("%s is checked by nothing", name)
		}
		if name != "kustomization.yaml" && !slices.Contains(m.kustomization.Resources, name) {
			t.Errorf("kustomization.yaml lacks %s", name)
		}
	}
	for _, name := range m.kustomization.Resources {
		if _, err := os.Stat(filepath.Join(kubernetes, name)); err != nil {
			t.Error(err)
		}
	}
	return m
}

func TestKubernetesFilesFitTogether(t *testing.T) {
	t.Parallel()
	m := decoded(t)
	pod := m.deployment.Spec.Template
	for _, kind := range [][2]string{
		{m.kustomization.Kind, "Kustomization"},
		{m.deployment.Kind, "Deployment"},
		{m.service.Kind, "Service"},
		{m.scaler.Kind, "HorizontalPodAutoscaler"},
		{m.budget.Kind, "PodDisruptionBudget"},
		{m.network.Kind, "NetworkPolicy"},
		{m.scaler.Spec.ScaleTargetRef.Kind, m.deployment.Kind},
		{m.scaler.Spec.ScaleTargetRef.Name, m.deployment.Name},
		{m.scaler.Spec.ScaleTargetRef.APIVersion, m.deployment.APIVersion},
		{m.kustomization.Images[0].Name, pod.Spec.Containers[0].Image},
	} {
		if kind[0] != kind[1] {
			t.Errorf("%q should be %q", kind[0], kind[1])
		}
	}
	for name, selector := range map[string]map[string]string{
		"Deployment": m.deployment.Spec.Selector.MatchLabels, "Service": m.service.Spec.Selector, "PodDisruptionBudget": m.budget.Spec.Selector.MatchLabels,
		"NetworkPolicy": m.network.Spec.PodSelector.MatchLabels, "spread": pod.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels,
	} {
		for key, value := range selector {
			if pod.Labels[key] != value {
				t.Errorf("%s selects %s=%s, which the pods do not have", name, key, value)
			}
		}
		if len(selector) == 0 {
			t.Errorf("%s selects everything", name)
		}
	}
	ports := map[string]int32{}
	for _, p := range pod.Spec.Containers[0].Ports {
		ports[p.Name] = p.ContainerPort
	}
	known := func(where string, port intstr.IntOrString) {
		if port.Type == intstr.String && ports[port.StrVal] == 0 {
			t.Errorf("%s is for the port %q, which the container does not have", where, port.StrVal)
		}
	}
	known("the service", m.service.Spec.Ports[0].TargetPort)
	for _, rule := range m.network.Spec.Ingress {
		for _, p := range rule.Ports {
			known("the network policy", *p.Port)
		}
		if len(rule.From) == 0 {
			t.Error("the network policy lets everybody in")
		}
	}
	if pod.Annotations["prometheus.io/port"] != fmt.Sprint(ports["metrics"]) || pod.Annotations["prometheus.io/path"] != "/metrics" {
		t.Errorf("the annotations say %v", pod.Annotations)
	}
}

// setting is a variable of the server as "server help" tells of it.
type setting struct{ byDefault string }

func settings(t *testing.T) map[string]setting {
	t.Helper()
	var text bytes.Buffer
	if err := server.Run(t.Context(), []string{"help"}, nil, &text, io.Discard); err != nil {
		t.Fatal(err)
	}
	found := map[string]setting{}
	for _, m := range regexp.MustCompile(`(?m)^  ([A-Z_]{4,})(?: \((.*)\))?$`).FindAllStringSubmatch(text.String(), -1) {
		found[m[1]] = setting{m[2]}
	}
	return found
}

func TestKubernetesFilesFitTheServer(t *testing.T) {
	t.Parallel()
	m, known := decoded(t), settings(t)
	pod := m.deployment.Spec.Template.Spec
	container := pod.Containers[0]
	values := map[string]string{}
	for _, e := range container.Env {
		values[e.Name] = e.Value
		if _, ok := known[e.Name]; !ok && e.Name != "GOMEMLIMIT" {
			t.Errorf("the server has no variable %s", e.Name)
		}
	}
	value := func(name string) string {
		if v, ok := values[name]; ok {
			return v
		}
		return known[name].byDefault
	}
	for _, p := range container.Ports {
		variable := map[string]string{"http": "ADDR", "metrics": "DBCONTENTS_METRICS_ADDR"}[p.Name]
		if value(variable) != fmt.Sprintf(":%d", p.ContainerPort) {
			t.Errorf("the port %s is %d, and %s is %q", p.Name, p.ContainerPort, variable, value(variable))
		}
	}

	// The server takes these values, but for those that a test has its own of, and answers the probes.
	var env []string
	for name, v := range values {
		if name != "DATABASE_URL_FILE" && name != "DBCONTENTS_METRICS_ADDR" && name != "GOMEMLIMIT" {
			env = append(env, name+"="+v)
		}
	}
	base := start(t, env...)
	for name, probe := range map[string]*core.Probe{"liveness": container.LivenessProbe, "startup": container.StartupProbe, "readiness": container.ReadinessProbe} {
		path := probe.HTTPGet.Path
		if want := map[bool]string{true: "/readyz", false: "/livez"}[name == "readiness"]; path != want || probe.HTTPGet.Port.StrVal != "http" {
			t.Errorf("the %s probe asks %s of %s", name, path, probe.HTTPGet.Port.StrVal)
		}
		response, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, response.Status)
		}
	}

	// The server stops by itself before it is killed.
	duration := func(name string) time.Duration {
		d, err := time.ParseDuration(value(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return d
	}
	const hardStop = 5 * time.Second // for responses that are broken off, connections and the last traces
	if grace := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second; grace <= duration("DBCONTENTS_DRAIN")+duration("DBCONTENTS_SHUTDOWN")+hardStop {
		t.Errorf("the grace period of %v is too short", grace)
	}

	// All pods together, with the one more of an update, leave the database room for others.
	pool, err := strconv.Atoi(value("DBCONTENTS_POOL_SIZE"))
	if err != nil {
		t.Fatal(err)
	}
	replicas, surge := int(m.scaler.Spec.MaxReplicas), m.deployment.Spec.Strategy.RollingUpdate.MaxSurge.IntValue()
	sum := fmt.Sprintf("(%d + %d) x %d = %d", replicas, surge, pool, (replicas+surge)*pool)
	for _, name := range []string{kubernetes + "deployment.yaml", "../../docs/operations.md"} {
		if !bytes.Contains(read(t, name), []byte(sum)) {
			t.Errorf("%s does not say %s", name, sum)
		}
	}
	if (replicas+surge)*pool > 100-3 {
		t.Errorf("%s is more than the default of max_connections allows", sum)
	}
}

// Prometheus finds the pods, under the name of the job that the alerts and the dashboard want.
func TestKubernetesPodsAreScraped(t *testing.T) {
	t.Parallel()
	var config struct {
		ScrapeConfigs []struct {
			JobName    string              `json:"job_name"`
			Kubernetes []map[string]string `json:"kubernetes_sd_configs"`
			Relabel    []struct {
				From   []string `json:"source_labels"`
				Regex  string   `json:"regex"`
				Action string   `json:"action"`
			} `json:"relabel_configs"`
		} `json:"scrape_configs"`
	}
	if err := yaml.UnmarshalStrict(read(t, "../monitoring/kubernetes.yml"), &config); err != nil {
		t.Fatal(err)
	}
	pod := decoded(t).deployment.Spec.Template
	job := config.ScrapeConfigs[0]
	if len(config.ScrapeConfigs) != 1 || job.JobName != "dbcontents" || len(job.Kubernetes) != 1 || job.Kubernetes[0]["role"] != "pod" || len(job.Relabel) != 2 {
		t.Fatalf("got %+v", config)
	}
	for i, keep := range []struct{ label, value string }{
		{"__meta_kubernetes_pod_label_app_kubernetes_io_name", pod.Labels["app.kubernetes.io/name"]},
		{"__meta_kubernetes_pod_container_port_name", pod.Spec.Containers[0].Ports[1].Name},
	} {
		if r := job.Relabel[i]; r.Action != "keep" || !slices.Equal(r.From, []string{keep.label}) || r.Regex != keep.value {
			t.Errorf("%+v does not keep %v", r, keep)
		}
	}
}

func TestKubernetesFilesAreHardened(t *testing.T) {
	t.Parallel()
	m := decoded(t)
	pod := m.deployment.Spec.Template.Spec
	c := pod.Containers[0]
	yes := func(b *bool) bool { return b != nil && *b }
	for what, ok := range map[string]bool{
		"no token of the API":              pod.AutomountServiceAccountToken != nil && !*pod.AutomountServiceAccountToken,
		"not root":                         yes(pod.SecurityContext.RunAsNonRoot) && *pod.SecurityContext.RunAsUser == 65532,
		"seccomp":                          pod.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault,
		"a file system to read":            yes(c.SecurityContext.ReadOnlyRootFilesystem),
		"no more privileges":               c.SecurityContext.AllowPrivilegeEscalation != nil && !*c.SecurityContext.AllowPrivilegeEscalation,
		"no capabilities":                  slices.Equal(c.SecurityContext.Capabilities.Drop, []core.Capability{"ALL"}),
		"no pod less while updating":       m.deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.IntValue() == 0,
		"two pods":                         *m.scaler.Spec.MinReplicas >= 2 && m.budget.Spec.MaxUnavailable.IntValue() == 1,
		"the autoscaler decides":           m.deployment.Spec.Replicas == nil,
		"both directions are limited":      len(m.network.Spec.PolicyTypes) == 2,
		"a secret that others cannot read": *pod.Volumes[0].Secret.DefaultMode == 0o440 && *pod.SecurityContext.FSGroup == *pod.SecurityContext.RunAsGroup,
	} {
		if !ok {
			t.Errorf("missing: %s", what)
		}
	}
	// The connection string is a file, never a variable.
	for _, e := range c.Env {
		file := c.VolumeMounts[0].MountPath + "/"
		switch {
		case strings.HasSuffix(e.Name, "_FILE") && !strings.HasPrefix(e.Value, file):
			t.Errorf("%s is %s, and the secret is mounted at %s", e.Name, e.Value, file)
		case e.Name == "DATABASE_URL", e.Name == "PGPASSWORD", e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil:
			t.Errorf("%s is a secret in the environment", e.Name)
		}
	}
	if c.VolumeMounts[0].Name != pod.Volumes[0].Name || !c.VolumeMounts[0].ReadOnly {
		t.Errorf("the secret is not mounted to be read: %v", c.VolumeMounts)
	}
	// GOMEMLIMIT is below the limit of the container, by enough for what it does not count.
	request, limit := c.Resources.Requests.Memory().Value(), c.Resources.Limits.Memory().Value()
	if request > limit*8/10 || request < 128<<20 {
		t.Errorf("GOMEMLIMIT is %d of %d bytes", request, limit)
	}
	i := slices.IndexFunc(c.Env, func(e core.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
	if ref := c.Env[i].ValueFrom.ResourceFieldRef; ref.Resource != "requests.memory" || ref.ContainerName != c.Name {
		t.Errorf("GOMEMLIMIT is %v", ref)
	}
}
