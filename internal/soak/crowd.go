package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A crowd is all the clients, each of which does one thing after the other, as
// the seed decides, and the flood.
type crowd struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func startCrowd(w *world, t *tally, o options) *crowd {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{cancel: cancel}
	for i := range o.clients {
		c.done.Go(func() {
			client := newClient(w, t)
			defer client.close()
			r := rand.New(rand.NewPCG(o.seed, uint64(i)+1))
			for ctx.Err() == nil {
				what, act := choose(r)
				t.count(what, func() string { return act(client, r) })
				time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
			}
		})
	}
	c.done.Go(func() { floods(ctx, w, t) })
	return c
}

// stop waits until every client has judged its last answer.
func (c *crowd) stop() {
	c.cancel()
	c.done.Wait()
}

// An act is one thing that a client does.
type act func(*client, *rand.Rand) string

// acts are what clients do, and how often in a hundred.
var acts = []struct {
	what   string
	weight int
	act    act
}{
	{"read to the end", 56, func(c *client, r *rand.Rand) string {
		return c.whole(context.Background(), one(r, tables), one(r, formats))
	}},
	{"read and hang up", 14, func(c *client, r *rand.Rand) string {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(30_000))*time.Microsecond)
		defer cancel()
		return c.whole(ctx, one(r, tables), one(r, formats))
	}},
	{"read a part and hang up", 8, func(c *client, r *rand.Rand) string {
		n := r.Int64N(3_000_000)
		return c.contents(context.Background(), "many", one(r, formats), func(body io.Reader, into io.Writer) error {
			if _, err := io.CopyN(into, body, n); err != io.EOF && err != nil {
				return err
			}
			return errLeft
		})
	}},
	{"read slowly", 3, func(c *client, r *rand.Rand) string {
		pause := time.Duration(r.IntN(5_000)) * time.Microsecond
		return c.contents(context.Background(), "many", one(r, formats), func(body io.Reader, into io.Writer) error {
			for chunk := int64(8 << 10); ; {
				if _, err := io.CopyN(into, body, chunk); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
				time.Sleep(pause)
			}
		})
	}},
	{"stop reading", 1, func(c *client, r *rand.Rand) string {
		return c.contents(context.Background(), "many", "csv", func(body io.Reader, into io.Writer) error {
			if _, err := io.CopyN(into, body, 1000); err != nil {
				return err
			}
			time.Sleep(1500 * time.Millisecond) // longer than a block may take
			return readAll(body, into)
		})
	}},
	{"ask for what takes too long", 1, func(c *client, _ *rand.Rand) string {
		return c.status(context.Background(), http.MethodGet, "/dbcontents/slow", 503, 504)
	}},
	{"ask for nonsense", 10, func(c *client, r *rand.Rand) string {
		n := one(r, nonsense)
		return c.status(context.Background(), n.method, n.path, n.status)
	}},
	{"ask for its health", 7, func(c *client, r *rand.Rand) string {
		return c.status(context.Background(), http.MethodGet, one(r, []string{"/livez", "/readyz"}), 200)
	}},
}

// nonsense has one answer, whatever state the database is in.
var nonsense = []struct {
	method, path string
	status       int
}{
	{"GET", "/dbcontents/nowhere", 404},
	{"GET", "/get_db_contents", 404},
	{"GET", "/dbcontents/few?order=id.sideways", 400},
	{"GET", "/dbcontents/few%00", 400},
	{"POST", "/dbcontents/few", 405},
	{"GET", "/dbcontents/few?select=" + strings.Repeat("x", 33_000), 414},
}

func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func choose(r *rand.Rand) (what string, f act) {
	n := r.IntN(100)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			return a.what, a.act
		}
	}
	panic("unreachable: the weights sum up to 100")
}

// floods sends hundreds at once whenever it is the time of the flood.
func floods(ctx context.Context, w *world, t *tally) {
	const clients = 200
	client := newClient(w, t)
	defer client.close()
	client.http.Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	for ctx.Err() == nil {
		if t.now() != flood {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		var wave sync.WaitGroup
		for i := range clients {
			wave.Go(func() {
				t.count("come in a flood", func() string { return client.whole(context.Background(), "other", formats[i%len(formats)]) })
			})
		}
		wave.Wait()
	}
}
