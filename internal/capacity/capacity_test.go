package capacity_test

import (
	"errors"
	"math"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/capacity"
)

// plenty is a fleet in which nothing is short but what a test makes so.
var plenty = capacity.Fleet{
	Servers: 1, ServerCores: 1000, Databases: 1, DatabaseCores: 1000,
	Pool: 1000, MaxConnections: 1000, Queue: 1_000_000, QueueTimeout: 1e9,
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*want || math.IsNaN(got) {
		t.Errorf("%s: got %.5g, want %.5g within %.0f %%", what, got, want, 100*tolerance)
	}
}

func simulate(t *testing.T, f capacity.Fleet, c capacity.Costs, l capacity.Load, requests int) capacity.Result {
	t.Helper()
	r, err := capacity.Simulate(f, c, l, requests, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestErlangC(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		servers    int
		load, want float64
	}{
		{1, 0.5, 0.5}, {1, 0.9, 0.9}, {2, 1, 1.0 / 3}, {3, 2, 4.0 / 9}, {10, 8, 0.4092}, {5, 5, 1}, {5, 7, 1}, {5, 0, 0},
	} {
		if got := capacity.ErlangC(tt.servers, tt.load); math.Abs(got-tt.want) > 5e-5 {
			t.Errorf("ErlangC(%d, %g) = %.5f, want %.5f", tt.servers, tt.load, got, tt.want)
		}
	}
}

// A pool whose connections do one thing each is an M/M/c queue.
func TestPoolIsErlangC(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pool int
		load float64 // share of the pool
	}{{1, 0.6}, {4, 0.75}, {10, 0.85}} {
		f := plenty
		f.Pool = tt.pool
		const service = 50e-6
		arrivals := tt.load * float64(tt.pool) / service
		r := simulate(t, f, capacity.Costs{Database: service}, capacity.Load{Reads: arrivals}, 400_000)
		wait := capacity.ErlangC(tt.pool, arrivals*service)
		// The wait is more than t with probability wait * exp(-drain * t).
		drain := float64(tt.pool)/service - arrivals
		if wait > 0.55 {
			near(t, "p50", r.WaitP50, math.Log(wait/0.5)/drain, 0.08)
		}
		near(t, "p99", r.WaitP99, math.Log(wait/0.01)/drain, 0.08)
		near(t, "connections", r.Connections, tt.load, 0.01)
		if r.First != capacity.Connections {
			t.Errorf("first is %q", r.First)
		}
	}
}

// So are the cores of a database, as long as nothing takes more than a slice of their time.
func TestCoresAreErlangC(t *testing.T) {
	t.Parallel()
	const service, cores, load = 2e-6, 4, 0.8 * 4
	f := plenty
	f.DatabaseCores = cores
	r := simulate(t, f, capacity.Costs{Database: service}, capacity.Load{Reads: load / service}, 400_000)
	wait := capacity.ErlangC(cores, load)
	// The known distribution of wait and service together.
	longer := func(t float64) float64 {
		d := cores - 1 - load
		return math.Exp(-t/service) * (1 + wait/d*(1-math.Exp(-d*t/service)))
	}
	if p50, p99 := longer(r.TimeP50), longer(r.TimeP99); math.Abs(p50-0.5) > 0.02 || math.Abs(p99-0.01) > 0.002 {
		t.Errorf("%.4f of all take longer than the p50, %.4f than the p99", p50, p99)
	}
	if r.WaitP99 != 0 {
		t.Errorf("a wait for a connection of %g", r.WaitP99)
	}
	near(t, "CPU", r.DatabaseCPU, 0.8, 0.02)
}

// Without a queue, what is shed is the loss of Erlang B.
func TestShedIsErlangB(t *testing.T) {
	t.Parallel()
	f := plenty
	f.Pool, f.Queue = 2, 0
	r := simulate(t, f, capacity.Costs{Database: 50e-6}, capacity.Load{Reads: 40_000}, 200_000)
	near(t, "shed", r.Shed, 0.4, 0.02) // (2*2/2) / (1 + 2 + 2)
	near(t, "reads", r.Reads, 24_000, 0.02)
}

// Whoever has waited for the timeout is shed, and nobody waits longer.
func TestQueueTimeout(t *testing.T) {
	t.Parallel()
	f := plenty
	f.Pool, f.QueueTimeout = 2, 5e-3
	r := simulate(t, f, capacity.Costs{Database: 50e-6}, capacity.Load{Reads: 80_000}, 100_000)
	near(t, "shed", r.Shed, 0.5, 0.03)
	if r.WaitP99 > 5e-3 || r.WaitP50 < 4e-3 {
		t.Errorf("waits of %g and %g s", r.WaitP50, r.WaitP99)
	}
}

// What is asked for beyond the lowest limit does not come out, whatever the resource is.
func TestLimits(t *testing.T) {
	t.Parallel()
	costs := capacity.Costs{Server: 40e-6, Database: 20e-6, Delay: 100e-6, ServerMB: 1e-3, DatabaseMB: 2e-3}
	for name, tt := range map[string]struct {
		change  func(*capacity.Fleet)
		streams float64 // for each read
		mbps    float64
		want    float64
		first   string
	}{
		"server CPU":   {func(f *capacity.Fleet) { f.ServerCores = 2 }, 0, 0, 3 * 2 / 40e-6, capacity.ServerCPU},
		"database CPU": {func(f *capacity.Fleet) { f.DatabaseCores = 1 }, 0, 0, 2 / 20e-6, capacity.DatabaseCPU},
		"pool":         {func(f *capacity.Fleet) { f.Pool = 4 }, 0, 0, 3 * 4 / 160e-6, capacity.Connections},
		"max_connections": {
			func(f *capacity.Fleet) { f.MaxConnections = 6 }, 0, 0, 2 * 6 / 160e-6, capacity.Connections,
		},
		"streams' CPU": {
			func(f *capacity.Fleet) { f.DatabaseCores, f.Pool, f.Queue = 2, 20, 5 }, 0.01, 0, 2 * 2 / (20e-6 + 0.01*10*2e-3), capacity.DatabaseCPU,
		},
		"places": {
			func(f *capacity.Fleet) { f.Places, f.Queue = 2, 5 }, 0.001, 100, 3 * 2 / (0.001 * (10 - 2) / 100), capacity.StreamPlaces,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := plenty
			f.Servers, f.Databases, f.Queue = 3, 2, 50
			tt.change(&f)
			l := capacity.Load{Reads: 1, Streams: tt.streams, StreamMB: 10, ClientMBps: tt.mbps}
			limits, err := capacity.Limits(f, costs, l)
			if err != nil {
				t.Fatal(err)
			}
			if limits[0].Resource != tt.first {
				t.Errorf("first is %v", limits)
			}
			near(t, "limit", limits[0].Reads, tt.want, 1e-9)
			l.Reads = 1.5 * limits[0].Reads
			l.Streams = tt.streams * l.Reads
			r := simulate(t, f, costs, l, 100_000)
			if tt.streams > 0 {
				near(t, "MB/s", r.MBps, tt.want*tt.streams*10, 0.12)
			} else {
				near(t, "reads", r.Reads, tt.want, 0.03)
			}
			if r.Shed == 0 || r.First != tt.first {
				t.Errorf("shed %g, first %q", r.Shed, r.First)
			}
		})
	}
}

// Clients that wait for their responses never ask for more than there is.
func TestClients(t *testing.T) {
	t.Parallel()
	costs := capacity.Costs{Server: 40e-6, Database: 20e-6, Client: 20e-6, Delay: 80e-6}
	f := plenty
	f.Shared, f.ServerCores, f.Pool = true, 2, 8
	one := simulate(t, f, costs, capacity.Load{ReadClients: 1}, 100_000)
	near(t, "one client", one.Reads, 1/160e-6, 0.02)
	many := simulate(t, f, costs, capacity.Load{ReadClients: 64}, 200_000)
	near(t, "64 clients", many.Reads, 2/80e-6, 0.02)
	if many.Shed != 0 {
		t.Errorf("shed %g", many.Shed)
	}
}

// What takes long leaves each core to others in between.
func TestSlices(t *testing.T) {
	t.Parallel()
	f := plenty
	f.ServerCores, f.Shared = 1, true
	costs := capacity.Costs{Server: 20e-6, Database: 20e-6, ServerMB: 5e-3, DatabaseMB: 5e-3}
	r := simulate(t, f, costs, capacity.Load{ReadClients: 1, StreamClients: 1, StreamMB: 30}, 20_000)
	if r.TimeP50 > 1e-3 || r.MBps < 30 {
		t.Errorf("a read takes %g s beside a stream of %g MB/s", r.TimeP50, r.MBps)
	}
}

// A stream is as fast as the slowest of database, server and client, and the
// three work at the same time.
func TestStreams(t *testing.T) {
	t.Parallel()
	costs := capacity.Costs{Server: 40e-6, Database: 20e-6, ServerMB: 1e-3, DatabaseMB: 2e-3}
	r := simulate(t, plenty, costs, capacity.Load{StreamClients: 3, StreamMB: 30}, 2000)
	near(t, "database", r.MBps, 3*500, 0.02)
	r = simulate(t, plenty, costs, capacity.Load{StreamClients: 3, StreamMB: 30, ClientMBps: 20}, 2000)
	near(t, "client", r.MBps, 3*20*30/28.0, 0.02) // the sockets take the last 2 MB at once
	f := plenty
	f.DatabaseCores = 2
	r = simulate(t, f, costs, capacity.Load{StreamClients: 5, StreamMB: 30}, 2000)
	near(t, "cores", r.MBps, 2*500, 0.02)
}

// Streams that last longer than the simulation are sent at the rate at which they come.
func TestLongStreams(t *testing.T) {
	t.Parallel()
	f := plenty
	f.Servers, f.Databases = 20, 4
	costs := capacity.Costs{Server: 4e-6, Database: 2e-6, ServerMB: 1e-3, DatabaseMB: 2e-3}
	r := simulate(t, f, costs, capacity.Load{Reads: 1e6, Streams: 300, StreamMB: 30, ClientMBps: 10}, 200_000)
	if r.Seconds > 0.2 {
		t.Fatalf("%g s are no short simulation", r.Seconds)
	}
	near(t, "MB/s", r.MBps, 9000, 0.06)
}

// A fleet that asks for more connections than there are uses what there are,
// and a server without any refuses.
func TestTooManyServers(t *testing.T) {
	t.Parallel()
	f := plenty
	f.Servers, f.Databases, f.MaxConnections, f.Pool = 4, 1, 2, 8
	r := simulate(t, f, capacity.Costs{Server: 40e-6, Database: 20e-6}, capacity.Load{Reads: 100}, 50_000)
	near(t, "shed", r.Shed, 0.5, 0.03)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	f := plenty
	f.Servers, f.Databases, f.Pool = 3, 2, 4
	costs := capacity.Costs{Server: 40e-6, Database: 20e-6, Delay: 1e-4, ServerMB: 1e-3, DatabaseMB: 2e-3}
	load := capacity.Load{Reads: 50_000, Streams: 10, StreamMB: 10, ClientMBps: 50}
	run := func(seed uint64) capacity.Result {
		r, err := capacity.Simulate(f, costs, load, 20_000, seed)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if a, b := run(1), run(1); a != b {
		t.Errorf("the same seed gave %+v and %+v", a, b)
	}
	if run(1) == run(2) {
		t.Error("the seed makes no difference")
	}
}

func TestUnusableInput(t *testing.T) {
	t.Parallel()
	costs, load := capacity.Costs{Server: 1, Database: 1}, capacity.Load{Reads: 1}
	for name, bad := range map[string]func(*capacity.Fleet, *capacity.Costs, *capacity.Load){
		"no servers":      func(f *capacity.Fleet, _ *capacity.Costs, _ *capacity.Load) { f.Servers = 0 },
		"no connections":  func(f *capacity.Fleet, _ *capacity.Costs, _ *capacity.Load) { f.MaxConnections = 0 },
		"negative queue":  func(f *capacity.Fleet, _ *capacity.Costs, _ *capacity.Load) { f.Queue = -1 },
		"negative cost":   func(_ *capacity.Fleet, c *capacity.Costs, _ *capacity.Load) { c.Server = -1 },
		"NaN":             func(_ *capacity.Fleet, c *capacity.Costs, _ *capacity.Load) { c.Database = math.NaN() },
		"infinite":        func(_ *capacity.Fleet, _ *capacity.Costs, l *capacity.Load) { l.Reads = math.Inf(1) },
		"costs nothing":   func(_ *capacity.Fleet, c *capacity.Costs, _ *capacity.Load) { *c = capacity.Costs{} },
		"nobody asks":     func(_ *capacity.Fleet, _ *capacity.Costs, l *capacity.Load) { l.Reads = 0 },
		"streams of none": func(_ *capacity.Fleet, _ *capacity.Costs, l *capacity.Load) { l.Streams = 1 },
	} {
		f, c, l := plenty, costs, load
		bad(&f, &c, &l)
		if _, err := capacity.Simulate(f, c, l, 10, 1); !errors.Is(err, capacity.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := capacity.Limits(f, c, l); !errors.Is(err, capacity.ErrInput) {
			t.Errorf("%s, limits: %v", name, err)
		}
	}
	if _, err := capacity.Limits(plenty, costs, capacity.Load{ReadClients: 1}); !errors.Is(err, capacity.ErrInput) {
		t.Errorf("limits of clients: %v", err)
	}
}

// The model predicts what was measured with more clients than its costs are of.
// If the measurements are new, then so is what this finds.
func TestMeasured(t *testing.T) {
	t.Parallel()
	m, err := capacity.Latest()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range m.Points {
		if p.Pool != 8 || p.ReadClients != 16 {
			continue
		}
		found = true
		r, err := m.Predict(p)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "16 clients", r.Reads, p.Reads, 0.25)
	}
	if !found {
		t.Error("no such measurement")
	}
}
