package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// memoryClients is how many download at the same time.
const memoryClients = 8

// A memoryResult is one format's line of the memory measure.
type memoryResult struct {
	format format
	wall   time.Duration
	bytes  int64 // of one body
	peak   int64 // of the process since its start
}

// measureMemory downloads t in every format with eight clients at once and
// verifies every body. The peak is the process's since its start, so it can
// only grow from one format to the next.
func measureMemory(server *process, t table, e *expectation) ([]memoryResult, error) {
	var results []memoryResult
	for _, f := range formats {
		progress("memory: %d clients download %d rows of %s each", memoryClients, t.rows, f.name)
		start := time.Now()
		size, err := downloadVerified(server, t, e, f, memoryClients)
		if err != nil {
			return results, fmt.Errorf("%s: %w", f.name, err)
		}
		wall := time.Since(start)
		peak, err := peakOf(server.pid())
		if err != nil {
			return results, err
		}
		results = append(results, memoryResult{f, wall, size, peak})
	}
	return results, nil
}

// downloadVerified is size bytes of the same correct body for every client, or
// an error that tells of each client that got something else.
func downloadVerified(server *process, t table, e *expectation, f format, clients int) (size int64, err error) {
	answers, problems := make([]answer, clients), make([]error, clients)
	var done sync.WaitGroup
	for i := range clients {
		done.Go(func() {
			answers[i], problems[i] = verified(server, t, f, e.verifier(f), nil)
		})
	}
	done.Wait()
	return answers[0].bytes, errors.Join(problems...)
}

// verified downloads t once. file, if not nil, gets the body as well.
func verified(server *process, t table, f format, v *verifier, file io.Writer) (answer, error) {
	c, err := dial(server.address)
	if err != nil {
		return answer{}, err
	}
	defer c.close()
	body := io.Writer(v)
	if file != nil {
		body = io.MultiWriter(v, file)
	}
	a, err := c.get(request("/dbcontents/"+t.name, f.accept), body)
	if err != nil {
		return a, err
	}
	return a, v.verdict(a)
}

// verifyFormats verifies the answers for t in every format.
func verifyFormats(server *process, t table, e *expectation) error {
	for _, f := range formats {
		if _, err := downloadVerified(server, t, e, f, 1); err != nil {
			return fmt.Errorf("%s of %s: %w", f.name, t.name, err)
		}
	}
	return nil
}

// memoryMode is the measure alone: its own database, its own server.
func memoryMode(ctx context.Context, o options) error {
	b, server, err := newServing(ctx, o, o.rows)
	if err != nil {
		return err
	}
	defer b.close()
	t := wideTable(o.rows)
	e, err := b.db.expect(ctx, t)
	if err != nil {
		return err
	}
	results, err := measureMemory(server, t, e)
	fmt.Printf("%d clients at once, %d rows each, %s\n\n", memoryClients, t.rows, b.db.server)
	fmt.Printf("%-8s %10s %14s %10s\n", "format", "wall", "bytes", "peak MiB")
	for _, r := range results {
		fmt.Printf("%-8s %10s %14d %10.1f\n", r.format.name, r.wall.Round(10*time.Millisecond), r.bytes, mib(r.peak))
	}
	if err != nil {
		return err
	}
	fmt.Printf("\nEvery body was verified: complete by its trailer, and byte for byte what PostgreSQL's\nrow_to_json and COPY give; the values of %d rows are those of to_jsonb.\n", len(e.sample))
	if peak := mib(results[len(results)-1].peak); peak > o.bound {
		return fmt.Errorf("the peak of %.1f MiB is above the bound of %.0f MiB", peak, o.bound)
	}
	return nil
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
