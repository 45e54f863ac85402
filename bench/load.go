package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A load is a fixed number of requests, shared out among clients that each
// send the next one when they have the whole answer to the last.
type load struct {
	address  string
	request  []byte
	clients  int
	requests int
	// rows that every answer must say it has; -1 for servers that do not say.
	rows int64
	// stop ends the load before, if it is not nil and set.
	stop *atomic.Bool
}

// An outcome is what a load came to.
type outcome struct {
	wall  time.Duration
	ok    int // complete answers with status 200
	busy  int // answers with status 503
	bytes int64
	first time.Duration // to the first byte of the body, of the first answer
}

// run connects all clients, then starts them together.
func (l load) run() (outcome, error) {
	clients := make([]*client, l.clients)
	for i := range clients {
		c, err := dial(l.address)
		if err != nil {
			return outcome{}, err
		}
		defer c.close()
		clients[i] = c
	}
	var taken, ok, busy, received, first atomic.Int64
	problems := make([]error, l.clients)
	var done sync.WaitGroup
	start := time.Now()
	for i, c := range clients {
		done.Go(func() {
			for taken.Add(1) <= int64(l.requests) && (l.stop == nil || !l.stop.Load()) {
				a, err := c.get(l.request, nil)
				if err == nil && a.status != http.StatusServiceUnavailable {
					err = l.check(a)
				}
				if err != nil {
					problems[i] = err
					return
				}
				if a.status == http.StatusServiceUnavailable {
					busy.Add(1)
					continue
				}
				ok.Add(1)
				received.Add(a.bytes)
				first.CompareAndSwap(0, int64(a.first))
			}
		})
	}
	done.Wait()
	return outcome{
		wall: time.Since(start), ok: int(ok.Load()), busy: int(busy.Load()),
		bytes: received.Load(), first: time.Duration(first.Load()),
	}, errors.Join(problems...)
}

// check refuses an answer that is not a whole success.
func (l load) check(a answer) error {
	if a.status != http.StatusOK {
		return fmt.Errorf("%s: status %d", l.address, a.status)
	}
	if l.rows < 0 {
		return nil
	}
	return complete(a, l.rows)
}

// complete refuses an answer that does not say that it is whole.
func complete(a answer, rows int64) error {
	if a.status != http.StatusOK || a.complete != "complete" || a.rows != rows {
		return fmt.Errorf("status %d, %q with %d rows; want 200, \"complete\" with %d", a.status, a.complete, a.rows, rows)
	}
	return nil
}
