package main

import (
	"context"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/capacity"
)

const (
	memoryPool    = 32
	idleClients   = 500
	pausedStreams = 20 // fewer than there are places with memoryPool
)

// A fleetMemory is bytes of one round.
type fleetMemory struct{ server, client, stream, backend int64 }

// measureMemory starts a server and watches what it has resident: when it has
// answered once, with clients that are connected and ask for nothing, and with
// streams whose clients have stopped reading.
func (c *capacityRun) measureMemory(ctx context.Context) error {
	p, err := c.bench.start(ctx, "memory", []string{c.bench.binary()}, "DBCONTENTS_POOL_SIZE="+strconv.Itoa(memoryPool))
	if err != nil {
		return err
	}
	defer p.stop()
	var clients []*client
	defer func() {
		for _, c := range clients {
			c.close()
		}
	}()
	read := request("/dbcontents/"+capacityRead.name, "")
	connect := func() error {
		one, err := dial(p.address)
		if err != nil {
			return err
		}
		clients = append(clients, one)
		_, err = one.get(read, nil)
		return err
	}
	if err := connect(); err != nil {
		return err
	}
	var m fleetMemory
	if m.server, err = residentOf(p.pid()); err != nil {
		return err
	}
	for range idleClients {
		if err := connect(); err != nil {
			return err
		}
	}
	connected, err := residentOf(p.pid())
	if err != nil {
		return err
	}
	for range pausedStreams {
		conn, err := net.DialTimeout("tcp", p.address, 5*time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		conn.(*net.TCPConn).SetReadBuffer(64 << 10) //nolint:errcheck // only so that the kernel takes less
		if _, err := conn.Write(request("/dbcontents/"+capacityStream.name, "")); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(patience)) //nolint:errcheck // the read below would fail
		if _, err := io.CopyN(io.Discard, conn, 1<<20); err != nil {
			return err
		}
	}
	streaming, err := residentOf(p.pid())
	if err != nil {
		return err
	}
	m.client, m.stream = (connected-m.server)/idleClients, (streaming-connected)/pausedStreams
	if m.backend, err = c.backendMemory(ctx); err != nil {
		return err
	}
	c.memory = append(c.memory, m)
	return nil
}

// backendMemory is what the servers' backends have for themselves, on average.
func (c *capacityRun) backendMemory(ctx context.Context) (int64, error) {
	rows, err := c.bench.db.admin.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE usename = 'reader'")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var sum, n int64
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return 0, err
		}
		private, err := privateOf(pid)
		if err != nil {
			continue // it has ended meanwhile
		}
		sum += private
		n++
	}
	return sum / max(n, 1), rows.Err()
}

// sumMemory puts the medians of the rounds into m.
func (c *capacityRun) sumMemory(m *capacity.Measured) {
	of := func(f func(fleetMemory) int64) int64 {
		var values []float64
		for _, one := range c.memory {
			values = append(values, float64(f(one)))
		}
		return int64(median(values))
	}
	m.ServerBytes, m.ClientBytes = of(func(f fleetMemory) int64 { return f.server }), of(func(f fleetMemory) int64 { return f.client })
	m.StreamBytes, m.BackendBytes = of(func(f fleetMemory) int64 { return f.stream }), of(func(f fleetMemory) int64 { return f.backend })
}
