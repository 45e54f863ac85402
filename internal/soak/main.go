// Command soak loads a server for minutes while everything around it breaks,
// and fails if a single answer that looked whole was wrong, or if anything is
// left behind. docs/soak.md says how to read its report.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	duration time.Duration
	seed     uint64
	clients  int
	least    int64
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "for", time.Minute, "how long")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64N(1_000_000), "repeats the order of faults and of what clients do")
	flag.IntVar(&o.clients, "clients", 32, "how many ask all the time")
	flag.Int64Var(&o.least, "least", 500, "the fewest requests during each class of faults")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if flag.NArg() > 0 || o.duration <= 0 || o.clients < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := soak(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak runs it all and prints the report. The error is every violation.
func soak(ctx context.Context, o options) error {
	fmt.Printf("soak -for %v -seed %d -clients %d -least %d\n", o.duration, o.seed, o.clients, o.least)
	w, err := newWorld(ctx)
	if err != nil {
		return errors.Join(err, w.close())
	}
	fmt.Println(w.server)
	t := newTally()
	crowd := startCrowd(w, t, o)
	memory := watchMemory(o.duration)
	runErr := w.breakThings(ctx, t, o)
	crowd.stop()
	t.check("faults", runErr)
	t.check("afterwards", w.healthy())
	t.check("memory", memory.stop())
	t.check("left behind", w.close())
	t.report(os.Stdout, o.least)
	fmt.Println(memory)
	return t.verdict(o.least)
}
