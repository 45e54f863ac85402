package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/capacity"
)

// A simulation is the fleet and the load that -simulate is about.
type simulation struct {
	run      bool
	fleet    capacity.Fleet
	load     capacity.Load
	standbys int
	primary  bool
	network  time.Duration
	timeout  time.Duration
	requests int
	seed     uint64
}

func (s *simulation) register(flags *flag.FlagSet) {
	flags.BoolVar(&s.run, "simulate", false, "predict what a fleet can answer, from the costs that -capacity -update measured last; it takes the flags below")
	flags.IntVar(&s.fleet.Servers, "servers", 1, "servers")
	flags.IntVar(&s.fleet.ServerCores, "server-cores", 4, "cores of each server")
	flags.IntVar(&s.standbys, "standbys", 0, "standbys")
	flags.BoolVar(&s.primary, "primary", true, "the primary is read like the standbys")
	flags.IntVar(&s.fleet.DatabaseCores, "database-cores", 8, "cores of each database that are left for reads")
	flags.IntVar(&s.fleet.Pool, "server-pool", 10, "connections of each server")
	flags.IntVar(&s.fleet.MaxConnections, "max-connections", 97, "connections that each database has for the servers: max_connections without what is reserved")
	flags.IntVar(&s.fleet.Queue, "queue", 2500, "requests that may wait at each server")
	flags.DurationVar(&s.timeout, "queue-timeout", 30*time.Second, "how long they may wait")
	flags.Float64Var(&s.load.Reads, "reads", 0, "small reads a second; 0 for several shares of what the fleet allows")
	flags.Float64Var(&s.load.Streams, "streams", 0, "streams a second, or, if -reads is 0, for each small read")
	flags.Float64Var(&s.load.StreamMB, "stream-mb", 30, "megabytes of a stream")
	flags.Float64Var(&s.load.ClientMBps, "client-mbps", 10, "megabytes a second that the client of a stream takes; 0 for any number")
	flags.DurationVar(&s.network, "network", 500*time.Microsecond, "a round trip between server and database")
	flags.IntVar(&s.requests, "requests", 200_000, "about how many requests are simulated")
	flags.Uint64Var(&s.seed, "seed", 1, "the same seed gives the same figures")
}

func simulateMode(s simulation) error {
	m, err := capacity.Latest()
	if err != nil {
		return err
	}
	if s.requests < 1 {
		return errors.New("-requests must be at least 1")
	}
	s.fleet.Databases = s.standbys
	if s.primary {
		s.fleet.Databases++
	}
	s.fleet.QueueTimeout = s.timeout.Seconds()
	costs := m.Costs
	costs.Delay += s.network.Seconds()
	fmt.Printf("costs of %s, %s", m.Date, m.Machine)
	if !m.Quiet() {
		fmt.Printf(" (not quiet: others used %.1f CPUs)", m.Others)
	}
	fmt.Printf("\nsmall read: server %s, database %s, delay %s; a MB: server %s, database %s\n\n",
		duration(costs.Server), duration(costs.Database), duration(costs.Delay), duration(costs.ServerMB), duration(costs.DatabaseMB))
	shares := []float64{0.5, 0.8, 0.9, 0.95, 1.2}
	perRead := s.load
	if s.load.Reads > 0 {
		shares = []float64{0}
	} else {
		perRead.Reads = 1
	}
	limits, err := capacity.Limits(s.fleet, costs, perRead)
	if err != nil {
		return err
	}
	for _, l := range limits {
		if !math.IsInf(l.Reads, 1) {
			fmt.Printf("%-20s %12s reads/s\n", l.Resource, thousands(l.Reads))
		}
	}
	fmt.Printf("\n%s", fleetHeader)
	for _, share := range shares {
		line, err := fleetLine(s.fleet, costs, perRead, share, s.requests, s.seed)
		if err != nil {
			return err
		}
		fmt.Print(line)
	}
	fmt.Printf("\nmemory: %.0f MiB for each server with all streams under way and 1,000 clients; %.0f MiB for the backends of each database\n",
		mib(m.ServerBytes+1000*m.ClientBytes+int64(max(1, s.fleet.Pool*3/4))*m.StreamBytes),
		mib(m.BackendBytes*int64(min(s.fleet.Servers*s.fleet.Pool/s.fleet.Databases, s.fleet.MaxConnections))))
	return nil
}

const fleetHeader = "| servers | databases | pool | offered reads/s | answered | MB/s | wait p50, p99 | response p50, p99 | CPU: servers | databases | connections | shed | first used up |\n" +
	"|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n"

// fleetLine simulates a load, or a share of the most that a fleet allows for
// the load's ratio of streams.
func fleetLine(f capacity.Fleet, c capacity.Costs, l capacity.Load, share float64, requests int, seed uint64) (string, error) {
	offered := thousands(l.Reads)
	if share > 0 {
		limits, err := capacity.Limits(f, c, l)
		if err != nil {
			return "", err
		}
		streams := l.Streams / l.Reads
		l.Reads = share * limits[0].Reads
		l.Streams = streams * l.Reads
		offered = fmt.Sprintf("%s (%.0f %%)", thousands(l.Reads), 100*share)
	}
	r, err := capacity.Simulate(f, c, l, requests, seed)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| %d × %d cores | %d × %d cores | %d | %s | %s | %s | %s, %s | %s, %s | %.0f %% | %.0f %% (busiest %.0f %%) | %.0f %% | %.1f %% | %s |\n",
		f.Servers, f.ServerCores, f.Databases, f.DatabaseCores, f.Pool, offered, thousands(r.Reads), thousands(r.MBps),
		duration(r.WaitP50), duration(r.WaitP99), duration(r.TimeP50), duration(r.TimeP99),
		100*r.ServerCPU, 100*r.DatabaseCPU, 100*r.BusiestDatabase, 100*r.Connections, 100*r.Shed, r.First)
	return b.String(), nil
}
