package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/internal/capacity"
)

const capacityMark = "<!-- begin: capacity -->\n"

// capacityNetwork is the round trip between server and database, in seconds, in the fleets of the report.
const capacityNetwork = 500e-6

// A fleetExample is a line or two of the report's last table.
type fleetExample struct {
	fleet   capacity.Fleet
	streams float64   // for each small read
	shares  []float64 // of the most that the fleet allows
}

func equalFleet(servers, cores, databases, databaseCores, pool, connections int) capacity.Fleet {
	return capacity.Fleet{
		Servers: servers, ServerCores: cores, Databases: databases, DatabaseCores: databaseCores,
		Pool: pool, MaxConnections: connections, Queue: 2500, QueueTimeout: 30,
	}
}

var fleetExamples = []fleetExample{
	{equalFleet(1, 4, 1, 8, 10, 97), 0, []float64{0.5, 0.9, 1.2}},
	{equalFleet(1, 4, 1, 8, 90, 97), 0, []float64{0.5, 0.9}},
	{equalFleet(4, 4, 3, 8, 60, 97), 0, []float64{0.9}},
	{equalFleet(4, 4, 3, 8, 60, 97), 0.001, []float64{0.9}},
	{equalFleet(20, 8, 5, 32, 150, 997), 0, []float64{0.9}},
	{equalFleet(100, 8, 20, 32, 10, 497), 0, []float64{0.9}},
	{equalFleet(100, 8, 20, 32, 150, 997), 0, []float64{0.5, 0.9}},
	{equalFleet(100, 8, 20, 32, 150, 997), 0.0002, []float64{0.9}},
}

// report is the part of docs/scaling.md that is measured and computed.
func (c *capacityRun) report(m capacity.Measured) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s. Medians of the quieter half of %d rounds, with the\nleast and the most.", m.Date, m.Machine, c.results.options.rounds)
	if m.Quiet() {
		fmt.Fprintf(&b, " Other programs used %.2f CPUs.\n\n", m.Others)
	} else {
		fmt.Fprintf(&b, " **The machine was not quiet**: other programs used\n%.1f of its %d CPUs, so the costs are too high and what was reached is too low. Measure again before you use them.\n\n", m.Others, m.CPUs)
	}
	c.writeCosts(&b, m)
	if err := writePoints(&b, m); err != nil {
		return "", err
	}
	if err := writeFleets(&b, m); err != nil {
		return "", err
	}
	return b.String(), nil
}

func (c *capacityRun) writeCosts(b *strings.Builder, m capacity.Measured) {
	r := c.results
	read := key{capacityRead.name, costClients, poolName(capacityPool)}
	stream := key{capacityStream.name, 1, poolName(capacityPool)}
	spread := func(k key, per func(sample) float64, cpu func(sample) float64) string {
		least, most := r.spread(k, func(s sample) float64 { return cpu(s) / per(s) })
		return fmt.Sprintf("%s–%s", duration(least), duration(most))
	}
	each := func(s sample) float64 { return float64(max(s.ok, 1)) }
	perMB := func(s sample) float64 { return float64(s.bytes) / 1e6 }
	server := func(s sample) float64 { return s.server.Seconds() }
	database := func(s sample) float64 { return s.postgres.Seconds() }
	b.WriteString("| input | | |\n|---|---:|---:|\n")
	fmt.Fprintf(b, "| CPU of the server, a small read (3 rows, 0.8 KB) | %s | %s |\n", duration(m.Costs.Server), spread(read, each, server))
	fmt.Fprintf(b, "| CPU of PostgreSQL, the same | %s | %s |\n", duration(m.Costs.Database), spread(read, each, database))
	fmt.Fprintf(b, "| wake-ups of a small read on one machine, beyond its CPU | %s | |\n", duration(m.Costs.Delay))
	fmt.Fprintf(b, "| CPU of the server, a streamed MB | %s | %s |\n", duration(m.Costs.ServerMB), spread(stream, perMB, server))
	fmt.Fprintf(b, "| CPU of PostgreSQL, the same | %s | %s |\n", duration(m.Costs.DatabaseMB), spread(stream, perMB, database))
	fmt.Fprintf(b, "| memory of the server that has answered once | %.0f MiB | |\n", mib(m.ServerBytes))
	fmt.Fprintf(b, "| more for a client's connection | %.0f KiB | |\n", float64(m.ClientBytes)/1024)
	fmt.Fprintf(b, "| more for a stream | %.0f KiB | |\n", float64(m.StreamBytes)/1024)
	fmt.Fprintf(b, "| memory of a PostgreSQL backend, without what it shares | %.1f MiB | |\n\n", mib(m.BackendBytes))
}

// writePoints puts what was measured beside what the model says.
func writePoints(b *strings.Builder, m capacity.Measured) error {
	b.WriteString("| pool | clients | measured | | CPUs left | predicted | off by |\n|---:|---|---:|---:|---:|---:|---:|\n")
	off := map[string][]float64{}
	for _, p := range m.Points {
		r, err := m.Predict(p)
		if err != nil {
			return err
		}
		line := func(kind, clients string, measured, predicted float64, spread, unit string) {
			wrong := predicted/measured - 1
			note := fmt.Sprintf("%+.0f %%", 100*wrong)
			if p.Input {
				note = "input"
			} else {
				off[kind] = append(off[kind], math.Abs(wrong))
			}
			fmt.Fprintf(b, "| %d | %s | %s %s | %s | %.1f | %s %s | %s |\n", p.Pool, clients, thousands(measured), unit, spread, p.CPUs, thousands(predicted), unit, note)
		}
		spread := thousands(p.Low) + "–" + thousands(p.High)
		switch {
		case p.StreamClients == 0:
			line("small reads", fmt.Sprint(p.ReadClients), p.Reads, r.Reads, spread, "reads/s")
		case p.ReadClients == 0:
			line("streams", fmt.Sprintf("%d streams", p.StreamClients), p.MBps, r.MBps, spread, "MB/s")
		default:
			line("both at once", fmt.Sprintf("%d beside %d streams", p.ReadClients, p.StreamClients), p.Reads, r.Reads, spread, "reads/s")
			line("both at once", fmt.Sprintf("%d streams beside %d", p.StreamClients, p.ReadClients), p.MBps, r.MBps, "", "MB/s")
		}
	}
	b.WriteString("\n")
	for _, kind := range []string{"small reads", "streams", "both at once"} {
		fmt.Fprintf(b, "Predictions of %s are off by %.0f %% in the median, by %.0f %% at most.\n", kind, 100*median(off[kind]), 100*slices.Max(off[kind]))
	}
	b.WriteString("\"CPUs left\" are those that other programs did not use meanwhile, which the model is told.\n\n")
	return nil
}

// writeFleets extrapolates.
func writeFleets(b *strings.Builder, m capacity.Measured) error {
	c := m.Costs
	c.Delay += capacityNetwork
	b.WriteString(fleetHeader)
	for _, e := range fleetExamples {
		for _, share := range e.shares {
			progress("simulating %d servers and %d databases at %.0f %%", e.fleet.Servers, e.fleet.Databases, 100*share)
			line, err := fleetLine(e.fleet, c, capacity.Load{Reads: 1, Streams: e.streams, StreamMB: 30, ClientMBps: 10}, share, 200_000, 1)
			if err != nil {
				return err
			}
			b.WriteString(line)
		}
	}
	fmt.Fprintf(b, "\nA round trip between server and database takes %s more than in the measurement. Streams are of 30 MB and their clients\ntake 10 MB a second.\n", duration(capacityNetwork))
	return nil
}

// saveCapacity writes what was measured where -simulate and the tests of the model find it, and the page.
func saveCapacity(root string, m capacity.Measured, text string) error {
	encoded, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "capacity", "measured.json"), append(encoded, '\n'), 0o644); err != nil {
		return err
	}
	return updateDocument(root, "scaling.md", part{capacityMark, text})
}
