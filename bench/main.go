// Command bench is the project's own benchmark. It starts a throwaway
// PostgreSQL, builds the real server and runs it as a process, with everything
// on that it has by default, and measures it beside rivals:
//
//	go run ./bench            the comparison: prints a table
//	go run ./bench -update    and writes it into docs/performance.md
//	go run ./bench -quick     fewer rounds, smaller tables
//	go run ./bench -memory    the peak of memory with eight large downloads at once
//	go run ./bench -cells 3:16,1000000:1
//	                          a few cells of the comparison: rows and clients
//	go run ./bench -cells 1000000:1 -against /tmp/server
//	                          and beside them the server of another version
//	go run ./bench -related   reads of related tables, beside other ways to make the same JSON
//	go run ./bench -hangup    how long a query goes on after its client has left
//	go run ./bench -capacity  what a read and a stream cost, and whether the model of capacity
//	                          predicts what was reached; with -update into docs/scaling.md
//	go run ./bench -simulate -servers 100 -standbys 20
//	                          what a fleet could answer, by that model
//	go run ./bench -profile . where the CPU time of a large and of a small answer goes
//
// docs/performance.md and docs/scaling.md tell how each is done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	memory, quick, update bool
	related               bool
	hangup                bool
	capacity              bool
	simulation            simulation
	profile               string
	cells, against        string
	rows                  int64
	bound                 float64
	rounds, pool          int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	// The program starts itself again for the servers that it makes up.
	if len(args) > 0 && args[0] == profiledServer {
		return serveProfiled(ctx)
	}
	if len(args) > 0 && rivals[args[0]] != nil {
		return serveRival(ctx, rivals[args[0]])
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.BoolVar(&o.memory, "memory", false, "measure the peak of memory alone")
	flags.BoolVar(&o.hangup, "hangup", false, "measure how long a query goes on after its client has left")
	flags.BoolVar(&o.related, "related", false, "measure reads of related tables alone")
	flags.BoolVar(&o.capacity, "capacity", false, "measure what the model of capacity needs, and how well it predicts")
	o.simulation.register(flags)
	flags.StringVar(&o.profile, "profile", "", "write CPU profiles into this `directory`, and show where the time goes")
	flags.StringVar(&o.cells, "cells", "", "compare these cells alone, such as `3:16,1000000:1`: rows (or test_table) and clients")
	flags.StringVar(&o.against, "against", "", "with -cells: compare with this `program` too, the server of another version")
	flags.BoolVar(&o.quick, "quick", false, "fewer rounds and smaller tables; shows that the benchmark works, not more")
	flags.BoolVar(&o.update, "update", false, "write the tables into docs/performance.md, or those of -capacity into docs/scaling.md")
	flags.Int64Var(&o.rows, "rows", 1_000_000, "rows of the large table of -memory, -hangup and -profile")
	flags.Float64Var(&o.bound, "bound", 64, "MiB above which -memory fails")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds of the comparison")
	flags.IntVar(&o.pool, "pool", 8, "connections of every server's pool")
	flags.Parse(args) //nolint:errcheck // ExitOnError
	switch {
	case flags.NArg() > 0 || o.rows < 1 || o.rounds < 1 || o.pool < memoryClients:
		return fmt.Errorf("want no arguments, -rows and -rounds from 1 on, -pool from %d on", memoryClients)
	case o.against != "" && o.cells == "":
		return errors.New("-against goes with -cells")
	case o.memory:
		return memoryMode(ctx, o)
	case o.simulation.run:
		return simulateMode(o.simulation)
	case o.capacity:
		return capacityMode(ctx, o)
	case o.related:
		return relatedMode(ctx, o)
	case o.hangup:
		return hangUpMode(ctx, o)
	case o.profile != "":
		return profileMode(ctx, o)
	case o.cells != "":
		return cellsMode(ctx, o)
	}
	return compareMode(ctx, o)
}

// A bench is what all measures need: a database, the binary of the real
// server, and the processes under test.
type bench struct {
	options options
	root    string // of the module
	dir     string // for binaries, bodies and logs
	db      *database
	started []*process
}

func newBench(ctx context.Context, o options, sizes ...int64) (b *bench, err error) {
	b = &bench{options: o}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "dbcontents-bench-"); err != nil {
		return b, err
	}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return b, fmt.Errorf("finding the module: %w; run this in its directory", err)
	}
	b.root = strings.TrimSpace(string(root))
	progress("building the server")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.binary(), "./cmd/server")
	build.Dir = b.root
	if out, err := build.CombinedOutput(); err != nil {
		return b, fmt.Errorf("building the server: %w\n%s", err, out)
	}
	progress("starting PostgreSQL and making tables")
	b.db, err = openDatabase(ctx, sizes...)
	return b, err
}

// newServing is newBench with the real server running.
func newServing(ctx context.Context, o options, sizes ...int64) (*bench, *process, error) {
	b, err := newBench(ctx, o, sizes...)
	if err != nil {
		return nil, nil, err
	}
	server, err := b.startServer(ctx)
	if err != nil {
		b.close()
		return nil, nil, err
	}
	return b, server, nil
}

func (b *bench) binary() string { return filepath.Join(b.dir, "server") }

func (b *bench) close() {
	for _, p := range b.started {
		p.stop()
	}
	if b.db != nil {
		b.db.close()
	}
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// startServer starts the real server as it is by default, but for the size of
// its pool and the wait before it stops.
func (b *bench) startServer(ctx context.Context) (*process, error) {
	return b.start(ctx, "dbcontents", []string{b.binary()})
}

func (b *bench) start(ctx context.Context, name string, command []string, environ ...string) (*process, error) {
	p, err := start(ctx, b.dir, name, command, append([]string{
		"DATABASE_URL=" + b.db.dsn,
		"DBCONTENTS_TABLES=" + exercise.name + ",*",
		"DBCONTENTS_POOL_SIZE=" + strconv.Itoa(b.options.pool),
		"DBCONTENTS_DRAIN=0s",
	}, environ...))
	if err == nil {
		b.started = append(b.started, p)
	}
	return p, err
}

var began = time.Now()

// progress tells whoever waits what is being done.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}
