// Package capacity predicts what a fleet of servers and databases can answer,
// from what one read costs. Limits is the arithmetic, Simulate the queues.
package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Costs are what one request takes, in seconds. Those for CPU are of one core.
type Costs struct {
	// Of one small read.
	Server   float64 `json:"server"`
	Database float64 `json:"database"`
	// Delay is the time that a small read takes beyond its CPU when nothing
	// else is under way: wake-ups and the network. Its connection is held meanwhile.
	Delay float64 `json:"delay"`

	// Of a streamed megabyte (1e6 bytes) of the response.
	ServerMB   float64 `json:"server_mb"`
	DatabaseMB float64 `json:"database_mb"`

	// Of the client. They count only where it shares the machine, see Fleet.Shared.
	Client   float64 `json:"client"`
	ClientMB float64 `json:"client_mb"`
}

// A Fleet is some equal servers in front of some equal databases. All
// databases are read alike: standbys, or standbys and their primary.
type Fleet struct {
	Servers     int
	ServerCores int

	Databases     int
	DatabaseCores int // those that are left for reads

	// Pool is the most connections of one server. Each is to a database that
	// is chosen at random when the connection is made.
	Pool int
	// MaxConnections is how many connections one database takes, after what
	// is reserved for others. A server does without those that none takes.
	MaxConnections int

	// Places is how many streams one server sends at a time; 0 means three
	// quarters of the pool, and at least one.
	Places int
	// Queue is how many requests may wait at one server, and QueueTimeout for
	// how many seconds. Others are shed.
	Queue        int
	QueueTimeout float64

	// Shared tells that one machine has the server, the database and the
	// clients. Its cores are ServerCores.
	Shared bool
}

// A Load is what is asked of a fleet. Requests come at random times, or from
// clients that each send the next one when they have the response to the last.
type Load struct {
	Reads, Streams             float64 // a second
	ReadClients, StreamClients int

	StreamMB float64 // megabytes of one stream
	// ClientMBps is how many megabytes a second a client takes of its stream;
	// 0 means any number.
	ClientMBps float64
}

// ErrInput is in the chain of every error that tells of an unusable Fleet, Costs or Load.
var ErrInput = errors.New("no such fleet")

// A Limit is the most small reads a second that one resource allows, with the
// load's share of streams.
type Limit struct {
	Resource string
	Reads    float64
}

// Resources that may be the first to be used up.
const (
	ServerCPU    = "server CPU"
	DatabaseCPU  = "database CPU"
	Connections  = "connections"
	StreamPlaces = "places for streams"
)

// Limits are the limits of all resources, the lowest first. It needs a Load of
// Reads, with or without Streams: only their ratio counts.
func Limits(f Fleet, c Costs, l Load) ([]Limit, error) {
	if err := check(f, c, l); err != nil {
		return nil, err
	}
	if l.Reads <= 0 {
		return nil, fmt.Errorf("%w: limits need a load with reads", ErrInput)
	}
	streams := l.Streams / l.Reads
	mb := streams * l.StreamMB
	server, database := float64(f.Servers*f.ServerCores), float64(f.Databases*f.DatabaseCores)
	limits := []Limit{
		{ServerCPU, server / (c.Server + mb*c.ServerMB)},
		{DatabaseCPU, database / (c.Database + mb*c.DatabaseMB)},
		{Connections, float64(f.connections()) / (c.Server + c.Delay + c.Database + streams*c.streamTime(l))},
		{StreamPlaces, float64(f.Servers*f.places()) / (streams * c.streamTime(l))},
	}
	if f.Shared {
		limits = append(limits[2:], Limit{ServerCPU, float64(f.ServerCores) / (c.Server + c.Database + c.Client + mb*(c.ServerMB+c.DatabaseMB+c.ClientMB))})
	}
	slices.SortStableFunc(limits, func(a, b Limit) int {
		switch {
		case a.Reads < b.Reads:
			return -1
		case a.Reads > b.Reads:
			return 1
		}
		return 0
	})
	return limits, nil
}

// connections is how many connections all servers have together.
func (f Fleet) connections() int {
	return min(f.Servers*f.Pool, f.Databases*f.MaxConnections)
}

func (f Fleet) places() int {
	if f.Places > 0 {
		return min(f.Places, f.Pool)
	}
	return max(1, f.Pool*3/4)
}

// streamTime is how long a stream takes if it waits for nobody but its client:
// database, server and client work at the same time.
func (c Costs) streamTime(l Load) float64 {
	seconds := l.StreamMB * max(c.ServerMB, c.DatabaseMB)
	if l.ClientMBps > 0 {
		seconds = max(seconds, (l.StreamMB-socketMB)/l.ClientMBps)
	}
	return seconds
}

func check(f Fleet, c Costs, l Load) error {
	if f.Servers < 1 || f.ServerCores < 1 || f.Databases < 1 || f.DatabaseCores < 1 || f.Pool < 1 || f.MaxConnections < 1 {
		return fmt.Errorf("%w: servers, databases, their cores, the pool and the connections of a database must be at least 1", ErrInput)
	}
	if f.Places < 0 || f.Queue < 0 || l.ReadClients < 0 || l.StreamClients < 0 {
		return fmt.Errorf("%w: places, queue and clients must not be negative", ErrInput)
	}
	for _, n := range []float64{
		f.QueueTimeout, c.Server, c.Database, c.Delay, c.Client, c.ServerMB, c.DatabaseMB, c.ClientMB,
		l.Reads, l.Streams, l.StreamMB, l.ClientMBps,
	} {
		if n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("%w: costs, rates and times must be finite and not negative", ErrInput)
		}
	}
	if l.Reads+l.Streams == 0 && l.ReadClients+l.StreamClients == 0 {
		return fmt.Errorf("%w: a load needs requests or clients", ErrInput)
	}
	if c.Server+c.Database+c.Delay == 0 {
		return fmt.Errorf("%w: a read that costs nothing has no limit", ErrInput)
	}
	if (l.Streams > 0 || l.StreamClients > 0) && (l.StreamMB == 0 || c.ServerMB+c.DatabaseMB == 0) {
		return fmt.Errorf("%w: streams need a size and a cost", ErrInput)
	}
	return nil
}

// ErlangC is the probability that a request must wait in an M/M/c queue: load
// is the arrival rate times the mean service time. It is 1 from load c on.
func ErlangC(c int, load float64) float64 {
	if load >= float64(c) {
		return 1
	}
	// The probability that all are busy where nobody may wait (Erlang B), by
	// recursion over the number of servers, which never overflows.
	blocked := 1.0
	for n := 1; n <= c; n++ {
		blocked = load * blocked / (float64(n) + load*blocked)
	}
	return blocked / (1 - load/float64(c)*(1-blocked))
}
