package capacity

import "math"

// block is the megabytes that a server writes at once: 128 KiB.
const block = 0.131072

// socketMB is how many megabytes the sockets hold that a client has not taken yet.
const socketMB = 2.0

// A request is a small read or a stream.
type request struct {
	node      *node
	stream    bool
	client    bool // sends the next one when it has the response
	megabytes float64

	arrived, began float64
	database       *station

	// Of a stream, in blocks of equal size: how many there are, how many are read from
	// the database and written to the client, and whether either is under way.
	blocks, read, written int
	reading, writing      bool

	// Of a stream with a client of a certain pace: the megabytes that the
	// sockets take at once, and the seconds before its first block.
	ahead, phase float64
}

// A node is one server: its connections, and who waits for one.
type node struct {
	simulation *simulation
	cpu        *station
	free       []*station // the databases of its free connections; the last one is taken first
	reads      fifo[*request]
	waiting    fifo[*request] // streams
	size       int            // connections, free or not
	streams    int
}

// arrive begins a request, or lets it wait, or sheds it.
func (n *node) arrive(r *request) {
	n.expire()
	queue := &n.reads
	if r.stream {
		queue = &n.waiting
	}
	switch {
	case queue.len() == 0 && len(n.free) > 0 && (!r.stream || n.streams < n.simulation.fleet.places()):
		n.begin(r)
	case n.size == 0:
		n.simulation.refuse(r)
	case n.reads.len()+n.waiting.len() < n.simulation.fleet.Queue:
		queue.push(r)
	default:
		n.simulation.refuse(r)
	}
}

// expire sheds those that have waited for too long.
func (n *node) expire() {
	for _, queue := range []*fifo[*request]{&n.reads, &n.waiting} {
		for queue.len() > 0 && n.simulation.now-queue.first().arrived > n.simulation.fleet.QueueTimeout {
			n.simulation.refuse(queue.pop())
		}
	}
}

// begin gives a request a connection.
func (n *node) begin(r *request) {
	s := n.simulation
	last := len(n.free) - 1
	r.began, r.database, n.free = s.now, n.free[last], n.free[:last]
	s.hold(r, 1)
	if r.stream {
		n.streams++
		r.blocks = int(math.Ceil(r.megabytes / block))
		s.after(r.phase, r.advance)
		return
	}
	half := func() float64 { return s.costs.Server / 2 * s.chance.ExpFloat64() }
	n.cpu.work(half(), func() {
		s.after(s.costs.Delay, func() {
			r.database.work(s.costs.Database*s.chance.ExpFloat64(), func() {
				n.cpu.work(half(), func() { n.end(r) })
			})
		})
	})
}

// end gives the connection to whoever has waited longest and may have it.
func (n *node) end(r *request) {
	n.simulation.hold(r, -1)
	n.free = append(n.free, r.database)
	if r.stream {
		n.streams--
	}
	n.expire()
	reads, streams := n.reads.len() > 0, n.waiting.len() > 0 && n.streams < n.simulation.fleet.places()
	switch {
	case streams && (!reads || n.waiting.first().arrived < n.reads.first().arrived):
		n.begin(n.waiting.pop())
	case reads:
		n.begin(n.reads.pop())
	}
	n.simulation.complete(r)
}

// hold counts the connection of a request, and its place if it is a stream, as
// held from now on, or no more.
func (s *simulation) hold(r *request, change int) {
	s.sum()
	s.holding += change
	if r.stream {
		s.sending += change
	}
}

// sum adds up for how long how many connections and places were held.
func (s *simulation) sum() {
	seconds := s.overlap(s.summed, s.now)
	s.held += seconds * float64(s.holding)
	s.streamed += seconds * float64(s.sending)
	s.summed = s.now
}

// advance lets the database read the next block of a stream and the server
// write the one before, as far as the client's pace allows.
func (r *request) advance() {
	s := r.node.simulation
	if r.written == r.blocks {
		r.node.end(r)
		return
	}
	size := r.megabytes / float64(r.blocks)
	if !r.reading && r.read < r.blocks && r.read < r.written+2 {
		r.reading = true
		r.database.work(size*s.costs.DatabaseMB, func() {
			r.reading = false
			r.read++
			r.advance()
		})
	}
	if r.writing || r.written == r.read {
		return
	}
	r.writing = true
	cost := s.costs.ServerMB
	if s.fleet.Shared {
		cost += s.costs.ClientMB
	}
	r.node.cpu.work(size*cost, func() {
		r.written++
		if s.counts() {
			s.megabytes += size
		}
		pause := 0.0 // until the client has room for the next
		if s.load.ClientMBps > 0 {
			pause = max(0, r.began+r.phase+(float64(r.written)*size-r.ahead)/s.load.ClientMBps-s.now)
		}
		s.after(pause, func() {
			r.writing = false
			r.advance()
		})
	})
}
