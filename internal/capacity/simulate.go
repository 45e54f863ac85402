package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A Result is what a simulation came to in its last four fifths.
type Result struct {
	Seconds float64 // simulated, and counted in the rest
	Reads   float64 // complete small reads a second
	MBps    float64 // streamed megabytes a second
	Shed    float64 // share of the requests that were refused

	// Of small reads, in seconds: the wait for a connection, and the whole response.
	WaitP50, WaitP99 float64
	TimeP50, TimeP99 float64

	// Shares in use, from 0 to 1, on average over the fleet.
	ServerCPU, DatabaseCPU, Connections, StreamPlaces float64
	// BusiestDatabase is the CPU of the one that is used most.
	BusiestDatabase float64

	// First is the resource that is used most: more load saturates it first. Where CPU is
	// used up it is the CPU, although requests that wait for it hold all connections.
	First string
}

// Simulate lets about requests small reads and streams through a fleet. The
// same seed gives the same Result.
//
// A small read takes a connection, half of its CPU at the server, its delay,
// its CPU at the database, and the other half at the server. A stream does so
// block by block, and the database works at most two blocks ahead. CPU times of
// small reads are exponentially distributed. Each core works on one thing at a
// time, in the order in which they came, for 25 µs before it is the next one's turn.
func Simulate(f Fleet, c Costs, l Load, requests int, seed uint64) (Result, error) {
	if err := check(f, c, l); err != nil {
		return Result{}, err
	}
	s := newSimulation(f, c, l, seed)
	s.until = float64(requests) / s.rate()
	s.from = s.until / 5
	s.begin()
	for len(s.events) > 0 {
		e := s.events.pop()
		if e.at > s.until {
			break
		}
		s.now = e.at
		e.do()
	}
	return s.result(), nil
}

// rate is about how many requests there are in a second, to know when to stop.
func (s *simulation) rate() float64 {
	rate := s.load.Reads + s.load.Streams
	cores := float64(s.fleet.Servers * s.fleet.ServerCores)
	if !s.fleet.Shared {
		cores += float64(s.fleet.Databases * s.fleet.DatabaseCores)
	}
	if n := float64(s.load.ReadClients); n > 0 {
		cost := s.costs.Server + s.costs.Database
		rate += min(n/(cost+s.costs.Delay), cores/max(cost, 1e-9))
	}
	if n := float64(s.load.StreamClients); n > 0 {
		cost := s.load.StreamMB * (s.costs.ServerMB + s.costs.DatabaseMB)
		rate += min(n/s.costs.streamTime(s.load), cores/cost)
	}
	return rate
}

type simulation struct {
	fleet  Fleet
	costs  Costs
	load   Load
	chance *rand.Rand

	events      events
	planned     int // events so far
	now         float64
	from, until float64 // what is counted

	nodes     []*node
	servers   []*station // CPUs
	databases []*station

	connections int

	waits, times []float64
	megabytes    float64
	asked, shed  int

	holding, sending       int     // connections and places that are held now
	held, streamed, summed float64 // seconds of each up to the time summed
}

func newSimulation(f Fleet, c Costs, l Load, seed uint64) *simulation {
	s := &simulation{fleet: f, costs: c, load: l, chance: rand.New(rand.NewPCG(seed, 0))}
	for range f.Servers {
		s.servers = append(s.servers, &station{simulation: s, cores: f.ServerCores})
	}
	for range f.Databases {
		s.databases = append(s.databases, &station{simulation: s, cores: f.DatabaseCores})
	}
	if f.Shared {
		s.databases = s.servers
	}
	for i := range f.Servers {
		s.nodes = append(s.nodes, &node{simulation: s, cpu: s.servers[i]})
	}
	room := make([]int, len(s.databases))
	var open []int // databases with room
	for i := range room {
		room[i] = f.MaxConnections
		open = append(open, i)
	}
	for range f.Pool {
		for _, n := range s.nodes {
			if len(open) == 0 {
				return s
			}
			i := s.chance.IntN(len(open))
			d := open[i]
			n.free = append(n.free, s.databases[d])
			n.size++
			s.connections++
			if room[d]--; room[d] == 0 {
				open = slices.Delete(open, i, i+1)
			}
		}
	}
	return s
}

// begin plans the first arrivals. Streams begin as they are in the long run:
// some are under way, as a stream may last longer than the simulation.
func (s *simulation) begin() {
	for _, n := range s.nodes {
		mean := s.load.Streams * s.costs.streamTime(s.load) / float64(len(s.nodes))
		for range s.poisson(mean) {
			if n.streams < s.fleet.places() && len(n.free) > 0 {
				n.begin(s.underWay(n))
			}
		}
	}
	s.arrivals(s.load.Reads, false)
	s.arrivals(s.load.Streams, true)
	for range s.load.ReadClients {
		s.send(&request{client: true})
	}
	for range s.load.StreamClients {
		s.send(&request{client: true, stream: true})
	}
}

// underWay is a stream that began some time ago: a part of it is left, and the
// sockets are as full as they get.
func (s *simulation) underWay(n *node) *request {
	r := &request{node: n, stream: true, megabytes: s.load.StreamMB}
	if s.load.ClientMBps > 0 {
		r.megabytes = max(0, s.load.StreamMB-socketMB)
		r.phase = block / s.load.ClientMBps * s.chance.Float64()
	}
	r.megabytes *= s.chance.Float64()
	return r
}

// poisson is a number of independent things of which there are mean on average.
func (s *simulation) poisson(mean float64) (n int) {
	for sum := s.chance.ExpFloat64(); sum < mean; sum += s.chance.ExpFloat64() {
		n++
	}
	return n
}

// arrivals plans the next request of those that come at a rate.
func (s *simulation) arrivals(rate float64, stream bool) {
	if rate == 0 {
		return
	}
	s.after(s.chance.ExpFloat64()/rate, func() {
		s.arrivals(rate, stream)
		s.send(&request{stream: stream})
	})
}

// send hands a request to a server that is chosen at random.
func (s *simulation) send(r *request) {
	r.arrived = s.now
	r.node = s.nodes[s.chance.IntN(len(s.nodes))]
	r.megabytes, r.ahead = s.load.StreamMB, socketMB
	if s.counts() {
		s.asked++
	}
	r.node.arrive(r)
}

// refuse sheds a request. A client tries again after a second, as Retry-After asks.
func (s *simulation) refuse(r *request) {
	if s.counts() {
		s.shed++
	}
	if r.client {
		s.after(1, func() { s.send(&request{client: true, stream: r.stream}) })
	}
}

// complete counts a response; a client sends its next request.
func (s *simulation) complete(r *request) {
	if s.counts() && !r.stream {
		s.waits = append(s.waits, r.began-r.arrived)
		s.times = append(s.times, s.now-r.arrived)
	}
	if !r.client {
		return
	}
	next := func() { s.send(&request{client: true, stream: r.stream}) }
	if s.fleet.Shared && !r.stream {
		r.node.cpu.work(s.costs.Client*s.chance.ExpFloat64(), next)
		return
	}
	next()
}

func (s *simulation) counts() bool { return s.now >= s.from }

// overlap is how many of the seconds from now on are counted.
func (s *simulation) overlap(begin, end float64) float64 {
	return max(0, min(end, s.until)-max(begin, s.from))
}

func (s *simulation) result() Result {
	seconds := s.until - s.from
	share := func(used float64, n int) float64 { return used / (seconds * float64(max(n, 1))) }
	r := Result{
		Seconds: seconds, Reads: float64(len(s.times)) / seconds, MBps: s.megabytes / seconds,
		Shed: float64(s.shed) / float64(max(s.asked, 1)),
	}
	slices.Sort(s.waits)
	slices.Sort(s.times)
	r.WaitP50, r.WaitP99 = quantile(s.waits, 0.5), quantile(s.waits, 0.99)
	r.TimeP50, r.TimeP99 = quantile(s.times, 0.5), quantile(s.times, 0.99)
	for _, st := range s.servers {
		r.ServerCPU += share(st.used, st.cores*len(s.servers))
	}
	for _, st := range s.databases {
		used := share(st.used, st.cores)
		r.DatabaseCPU += used / float64(len(s.databases))
		r.BusiestDatabase = max(r.BusiestDatabase, used)
	}
	s.now = s.until
	s.sum()
	r.Connections = share(s.held, s.connections)
	r.StreamPlaces = share(s.streamed, s.fleet.Servers*s.fleet.places())
	r.First = ServerCPU
	most := r.ServerCPU
	for _, other := range []struct {
		name string
		used float64
	}{{DatabaseCPU, r.DatabaseCPU}, {Connections, r.Connections}, {StreamPlaces, r.StreamPlaces}} {
		if other.used > most+tie {
			r.First, most = other.name, other.used
		}
	}
	return r
}

// tie is by how much less two shares in use differ than can be told.
const tie = 0.005

// quantile is of sorted values; NaN without any.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(q*float64(len(sorted)-1))]
}
