package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/capacity"
)

// What is measured for the capacity model: small reads with these pools and
// clients, streams with a pool of capacityPool, and both at once.
var (
	capacityPools  = []int{2, 8, 32}
	streamClients  = []int{1, 4, 16}
	mixed          = capacity.Point{Pool: capacityPool, ReadClients: 14, StreamClients: 2}
	capacityStream = wideTable(100_000)
	capacityRead   = wideTable(3)
)

const (
	capacityPool = 8
	// costClients is with how many clients the cost of a small read is measured.
	costClients = 8
)

func capacityMode(ctx context.Context, o options) error {
	b, err := newBench(ctx, o, capacityRead.rows, capacityStream.rows)
	if err != nil {
		return err
	}
	defer b.close()
	if b.db.postmaster == 0 {
		return errors.New("the CPU of PostgreSQL is needed: let its programs be on this machine, not in Docker")
	}
	c := &capacityRun{bench: b, results: &results{options: o, database: b.db.server.String(), cells: map[key][]sample{}}, pools: map[int]contender{}}
	if err := c.measure(ctx); err != nil {
		return err
	}
	m, err := c.measured()
	if err != nil {
		return err
	}
	text, err := c.report(m)
	if err != nil {
		return err
	}
	fmt.Print(text)
	if !o.update {
		return nil
	}
	return saveCapacity(b.root, m, text)
}

// A capacityRun is one run of all measurements, several rounds of each.
type capacityRun struct {
	bench   *bench
	results *results
	pools   map[int]contender
	both    []bothSample
	memory  []fleetMemory
}

// A bothSample is small reads and streams at the same time.
type bothSample struct {
	reads sample // with the CPU of both
	mbps  float64
}

func poolName(pool int) string { return "pool " + strconv.Itoa(pool) }

// start starts a server for each size of pool, and verifies its responses.
func (c *capacityRun) start(ctx context.Context) error {
	expected := map[table]*expectation{}
	for _, t := range []table{capacityRead, capacityStream} {
		e, err := c.bench.db.expect(ctx, t)
		if err != nil {
			return err
		}
		expected[t] = e
	}
	for _, pool := range capacityPools {
		p, err := c.bench.start(ctx, poolName(pool), []string{c.bench.binary()}, "DBCONTENTS_POOL_SIZE="+strconv.Itoa(pool))
		if err != nil {
			return err
		}
		c.pools[pool] = contender{name: poolName(pool), format: jsonFormat, ours: true, process: p}
		for t, e := range expected {
			if _, err := downloadVerified(p, t, e, jsonFormat, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure runs all measurements once a round, each round in another order.
func (c *capacityRun) measure(ctx context.Context) error {
	if err := c.start(ctx); err != nil {
		return err
	}
	type step struct {
		name string
		run  func() error
	}
	var steps []step
	for _, pool := range capacityPools {
		for _, clients := range clientCounts {
			who, at := c.pools[pool], cell{capacityRead, clients}
			requests, err := c.bench.warm(at, who)
			if err != nil {
				return err
			}
			steps = append(steps, step{who.name, func() error { return c.add(at, who, requests) }})
		}
	}
	for _, clients := range streamClients {
		who, at := c.pools[capacityPool], cell{capacityStream, clients}
		steps = append(steps, step{who.name, func() error { return c.add(at, who, max(8, clients)) }})
	}
	steps = append(steps, step{"reads and streams", c.measureBoth}, step{"memory", func() error { return c.measureMemory(ctx) }})
	chance := rand.New(rand.NewPCG(1, 2))
	for round := range c.bench.options.rounds {
		progress("round %d", round+1)
		chance.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		for _, s := range steps {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := s.run(); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	for k, samples := range c.results.cells {
		c.results.cells[k] = quietest(samples, func(s sample) sample { return s })
	}
	c.both = quietest(c.both, func(b bothSample) sample { return b.reads })
	return nil
}

// quietest is the half of the rounds in which other programs used the least CPU,
// at least one: what else the machine does is not what is measured.
func quietest[T any](rounds []T, of func(T) sample) []T {
	slices.SortStableFunc(rounds, func(a, b T) int { return cmp.Compare(cpusLeft(of(b)), cpusLeft(of(a))) })
	return rounds[:(len(rounds)+1)/2]
}

func (c *capacityRun) add(at cell, who contender, requests int) error {
	s, err := c.bench.measure(at, who, requests)
	c.results.add(at, who.name, s)
	return err
}

// measureBoth lets some clients read until the others have their streams.
func (c *capacityRun) measureBoth() error {
	who := c.pools[mixed.Pool]
	var stop atomic.Bool
	reads := c.bench.load(cell{capacityRead, mixed.ReadClients}, who, 1<<40)
	reads.stop = &stop
	var streamed outcome
	s, err := c.bench.accounted(who.process.pid(), func() (outcome, error) {
		var streamErr error
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			defer stop.Store(true)
			streamed, streamErr = c.bench.load(cell{capacityStream, mixed.StreamClients}, who, 6).run()
		}()
		o, err := reads.run()
		<-ended
		return o, errors.Join(err, streamErr)
	})
	c.both = append(c.both, bothSample{s, float64(streamed.bytes) / 1e6 / streamed.wall.Seconds()})
	return err
}

// cpusLeft is how many CPUs other programs left.
func cpusLeft(s sample) float64 {
	return float64(runtime.NumCPU()) - s.others.Seconds()/s.wall.Seconds()
}

func megabytesPerSecond(s sample) float64 { return float64(s.bytes) / 1e6 / s.wall.Seconds() }

// measured sums the run up.
func (c *capacityRun) measured() (capacity.Measured, error) {
	r := c.results
	one, some := key{capacityRead.name, 1, poolName(capacityPool)}, key{capacityRead.name, costClients, poolName(capacityPool)}
	stream := key{capacityStream.name, 1, poolName(capacityPool)}
	perMB := func(cpu func(sample) time.Duration) float64 {
		return r.median(stream, func(s sample) float64 { return cpu(s).Seconds() / (float64(s.bytes) / 1e6) })
	}
	m := capacity.Measured{
		Date: time.Now().UTC().Format(time.DateOnly), CPUs: runtime.NumCPU(),
		Machine: fmt.Sprintf("%s, %d CPUs, %s", runtime.Version(), runtime.NumCPU(), r.database),
		Costs: capacity.Costs{
			Server: r.median(some, serverCPU), Database: r.median(some, databaseCPU),
			Client:     r.median(some, func(s sample) float64 { return s.each(s.own) }),
			ServerMB:   perMB(func(s sample) time.Duration { return s.server }),
			DatabaseMB: perMB(func(s sample) time.Duration { return s.postgres }),
			ClientMB:   perMB(func(s sample) time.Duration { return s.own }),
		},
	}
	alone := 1 / r.median(one, perSecond)
	m.Costs.Delay = max(0, alone-m.Costs.Server-m.Costs.Database-m.Costs.Client)
	var left []float64
	megabytes := 0.0
	for k, samples := range r.cells {
		for _, s := range samples {
			left = append(left, cpusLeft(s))
		}
		if k == stream {
			megabytes = float64(samples[0].bytes) / 1e6 / float64(samples[0].ok)
		}
	}
	m.Others = float64(runtime.NumCPU()) - median(left)
	point := func(k key, p capacity.Point, f func(sample) float64) capacity.Point {
		p.CPUs = r.median(k, cpusLeft)
		p.Low, p.High = r.spread(k, f)
		return p
	}
	for _, pool := range capacityPools {
		for _, clients := range clientCounts {
			k := key{capacityRead.name, clients, poolName(pool)}
			m.Points = append(m.Points, point(k, capacity.Point{
				Pool: pool, ReadClients: clients, Reads: r.median(k, perSecond), Input: k == one || k == some,
			}, perSecond))
		}
	}
	for _, clients := range streamClients {
		k := key{capacityStream.name, clients, poolName(capacityPool)}
		m.Points = append(m.Points, point(k, capacity.Point{
			Pool: capacityPool, StreamClients: clients, StreamMB: megabytes, MBps: r.median(k, megabytesPerSecond), Input: k == stream,
		}, megabytesPerSecond))
	}
	both := mixed
	both.StreamMB = megabytes
	both.CPUs = median(c.ofBoth(func(b bothSample) float64 { return cpusLeft(b.reads) }))
	both.MBps = median(c.ofBoth(func(b bothSample) float64 { return b.mbps }))
	reads := c.ofBoth(func(b bothSample) float64 { return b.reads.rate() })
	both.Reads, both.Low, both.High = median(reads), slices.Min(reads), slices.Max(reads)
	m.Points = append(m.Points, both)
	c.sumMemory(&m)
	return m, nil
}

func (c *capacityRun) ofBoth(f func(bothSample) float64) (values []float64) {
	for _, b := range c.both {
		values = append(values, f(b))
	}
	return values
}
