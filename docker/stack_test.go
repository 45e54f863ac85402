package docker_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ory/dockertest/v3/docker"
)

// The command that README names, on nothing but a checkout, and then what
// happens to a stack that runs. The steps follow one another.
func TestStack(t *testing.T) {
	t.Parallel()
	s := newStack(t, built(t))
	s.must("up", "--build", "--wait")
	for _, step := range []struct {
		name string
		test func(*testing.T, *stack)
	}{
		{"contents", testContents},
		{"one port", testOnePort},
		{"hardening", testHardening},
		{"limits", testLimits},
		{"reader", testReader},
		{"no password", testNoPassword},
		{"database stops and starts", testDatabaseStops},
		{"kill", testKill},
		{"a second up", testSecondUp},
		{"stop", testStop},
	} {
		t.Run(step.name, func(t *testing.T) {
			s.t = t
			step.test(t, s)
		})
	}
	s.t = t
}

func testContents(t *testing.T, s *stack) {
	const want = `[{"id":1,"value":"apple","price":0.40,"in_stock":true,"added":"2026-03-01T08:00:00+00:00"},`
	a := s.get("/dbcontents")
	if a.Status != 200 || !strings.HasPrefix(a.Body, want) || strings.Count(a.Body, `"id"`) != 5 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for _, service := range []string{"db", "api"} {
		if health := s.container(service).State.Health.Status; health != "healthy" {
			t.Errorf("%s is %s", service, health)
		}
	}
}

// No port of the host leads to the database.
func testOnePort(t *testing.T, s *stack) {
	if out, err := s.compose("port", "db", "5432"); err == nil {
		t.Errorf("docker compose port db 5432 says %s", out)
	}
	// The image has the label of the project that has built it, and so has what
	// other tests run from it; a number has only what Compose has made.
	containers, err := engine(t).Client.ListContainers(docker.ListContainersOptions{
		All: true, Filters: map[string][]string{"label": {"com.docker.compose.project=" + s.project, "com.docker.compose.container-number"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var published []string
	for _, c := range containers {
		for _, p := range c.Ports {
			if p.PublicPort != 0 {
				published = append(published, fmt.Sprintf("%s:%d->%d", p.IP, p.PublicPort, p.PrivatePort))
			}
		}
	}
	if want := []string{s.address + "->8888"}; len(containers) != 3 || !slices.Equal(published, want) {
		t.Errorf("%d containers publish %v, want %v", len(containers), published, want)
	}
	db := s.container("db")
	// The engine's proxies are what listens on the host, one for each port.
	proxies := onHost(t, "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null && echo; done | grep '^[^ ]*docker-proxy ' || true")
	for name, network := range db.NetworkSettings.Networks {
		info, err := engine(t).Client.NetworkInfo(network.NetworkID)
		if err != nil || !info.Internal {
			t.Errorf("the database is on %s, internal %v, %v", name, info.Internal, err)
		}
		if strings.Contains(proxies, " -container-ip "+network.IPAddress+" ") {
			t.Errorf("a port of the host leads to %s of the database:\n%s", network.IPAddress, proxies)
		}
	}
	if len(db.NetworkSettings.Networks) != 1 {
		t.Errorf("the database is on %d networks", len(db.NetworkSettings.Networks))
	}
}

// onHost runs a command among the host's processes, as root, wherever the engine is.
func onHost(t *testing.T, script string) string {
	t.Helper()
	return run(t, "docker", "run", "--rm", "--user=0", "--pid=host", "--network=none", "--cap-add=SYS_PTRACE", "--security-opt=apparmor=unconfined",
		"--entrypoint=sh", postgresImage, "-c", script)
}

// What the kernel says about the processes, not what was asked for.
func testHardening(t *testing.T, s *stack) {
	for service, user := range map[string]string{"api": "65532", "db": "999"} {
		pid := strconv.Itoa(s.container(service).State.Pid)
		status := strings.Join(strings.Fields(onHost(t, "cat /proc/"+pid+"/status")), " ")
		for _, want := range []string{"Uid: " + strings.Repeat(user+" ", 4), "CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1", "Seccomp: 2"} {
			if !strings.Contains(status, want) {
				t.Errorf("%s: no %q in %s", service, want, status)
			}
		}
		root := onHost(t, "grep ' / / ' /proc/"+pid+"/mountinfo")
		if options := strings.Fields(root)[5]; !slices.Contains(strings.Split(options, ","), "ro") {
			t.Errorf("%s can write to its root file system: %s", service, root)
		}
	}
	if out, err := s.compose("exec", "-T", "db", "touch", "/usr/x"); err == nil {
		t.Errorf("a file was made in the database's image: %s", out)
	}
}

func testLimits(t *testing.T, s *stack) {
	const drain, shutdown, hardStops = 5, 20, 2 + 2 // seconds, the server's defaults
	if api := s.container("api"); api.Config.StopTimeout <= drain+shutdown+hardStops {
		t.Errorf("the API has %d s to stop", api.Config.StopTimeout)
	}
	for _, service := range []string{"api", "db"} {
		h := s.container(service).HostConfig
		if h.Memory == 0 || h.PidsLimit <= 0 || h.RestartPolicy.Name != "unless-stopped" ||
			h.LogConfig.Config["max-size"] == "" || h.LogConfig.Config["max-file"] == "" {
			t.Errorf("%s: memory %d, pids %v, restart %v, log %v", service, h.Memory, h.PidsLimit, h.RestartPolicy, h.LogConfig)
		}
	}
}

// The API's role may read what is exposed, and nothing else.
func testReader(t *testing.T, s *stack) {
	s.sql("CREATE TABLE private (id int)")
	for statement, allowed := range map[string]bool{
		"SELECT count(*) FROM test_table":                                   true,
		"SELECT * FROM private":                                             false,
		"INSERT INTO test_table SELECT 6, 'x', 1, true, now()":              false,
		"SET transaction_read_only = off; DELETE FROM test_table":           false,
		"SET transaction_read_only = off; CREATE TABLE x (id int)":          false,
		"SET transaction_read_only = off; CREATE TEMPORARY TABLE x (i int)": false,
		"SET transaction_read_only = off; COPY test_table TO PROGRAM 'cat'": false,
		"SET ROLE postgres":                 false,
		"SELECT rolpassword FROM pg_authid": false,
		`\connect postgres`:                 false,
	} {
		out, err := s.compose("exec", "-T", "db", "psql", "-h", "127.0.0.1", "-U", "reader", "-d", "dbcontents", "-v", "ON_ERROR_STOP=1", "-c", statement)
		if allowed != (err == nil) {
			t.Errorf("%s: %s%v", statement, out, err)
		}
	}
}

func testDatabaseStops(t *testing.T, s *stack) {
	before := s.container("api")
	s.must("stop", "db")
	s.eventually("/readyz", 503)
	if a := s.get("/livez"); a.Status != 200 {
		t.Errorf("livez: %d %s", a.Status, a.Body)
	}
	// The cause changes while the container goes: the server stops, its port
	// closes, its name is taken away. In the end all tell the same.
	var ready, contents answer
	var health docker.Health
	agree := func() bool {
		ready, contents, health = s.get("/readyz"), s.get("/dbcontents"), s.container("api").State.Health
		cause, _ := object(t, ready.Body)["cause"].(string)
		return cause != "" && object(t, contents.Body)["cause"] == cause &&
			health.Status == "unhealthy" && strings.Contains(health.Log[len(health.Log)-1].Output, cause)
	}
	await(t, agree, func() any { return []any{ready, contents, health} })
	if ready.Status != 503 || object(t, ready.Body)["hint"] == nil {
		t.Errorf("readyz: %d %s", ready.Status, ready.Body)
	}
	if contents.Status != 503 || contents.Header.Get("Retry-After") == "" {
		t.Errorf("dbcontents: %d %s %v", contents.Status, contents.Body, contents.Header)
	}
	s.must("start", "db")
	start := time.Now()
	s.eventually("/readyz", 200)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("ready %s after the start of the database", took)
	}
	await(t, func() bool { health = s.container("api").State.Health; return health.Status == "healthy" }, func() any { return health })
	if after := s.container("api"); after.State.Pid != before.State.Pid || after.RestartCount != before.RestartCount {
		t.Error("the API was restarted, which helps nobody when the database is away")
	}
}

func testKill(t *testing.T, s *stack) {
	before := s.container("api")
	onHost(t, "kill -9 "+strconv.Itoa(before.State.Pid))
	var after *docker.Container
	await(t, func() bool {
		after = s.container("api")
		return after.State.Running && after.State.Pid != before.State.Pid && after.RestartCount == before.RestartCount+1
	}, func() any { return after.State })
	s.eventually("/readyz", 200)
	if a := s.get("/dbcontents"); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Another up of the same changes nothing.
func testSecondUp(t *testing.T, s *stack) {
	api, db := s.container("api").ID, s.container("db").ID
	s.must("up", "--build", "--wait")
	if s.container("api").ID != api || s.container("db").ID != db {
		t.Error("a second up made other containers")
	}
	if out := s.must("logs", "--no-log-prefix", "secrets"); !strings.HasSuffix(out, "the passwords are there\n") {
		t.Errorf("secrets: %s", out)
	}
}

// A stop in order takes the drain, and is a success.
func testStop(t *testing.T, s *stack) {
	start := time.Now()
	s.must("stop", "api")
	if state := s.container("api").State; state.ExitCode != 0 || state.OOMKilled || time.Since(start) > 30*time.Second {
		t.Errorf("stopped after %s, exit code %d", time.Since(start), state.ExitCode)
	}
}
