package catalog

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What costs much is asked for less often than anybody wants it, and a refresh leaves it out.
func TestCostlyRelationshipsAreSpared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			ruleBytes int
			want      time.Duration
		}{{0, 0}, {1<<20 - 1, 0}, {3 << 20, 3 * time.Second}, {1 << 30, time.Minute}} {
			r := newRelated(&graph{ruleBytes: c.ruleBytes}, &Exposure{}, Name{}, time.Now())
			e := &Entry{related: r}
			if r.spared != c.want {
				t.Errorf("%d bytes of rules spare %v, want %v", c.ruleBytes, r.spared, c.want)
			}
			if due := e.relatedDue(); due != (c.want == 0) {
				t.Errorf("%d bytes of rules: a refresh is due at once: %v", c.ruleBytes, due)
			}
			time.Sleep(c.want)
			if r.serves(0) || !e.relatedDue() {
				t.Errorf("%d bytes of rules still serve after %v", c.ruleBytes, c.want)
			}
		}
	})
}

// Of all who miss the relationships of a table one asks.
func TestMissesOfRelationshipsShareALookup(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `CREATE TABLE api.a (id int PRIMARY KEY); CREATE TABLE api.b (a int CONSTRAINT b_a REFERENCES api.a)`)
	e, table, err := d.c.Resolve(t.Context(), d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	d.asker.flights = 0
	begun, proceed := make(chan struct{}), make(chan struct{})
	d.asker.before = func() { close(begun); <-proceed }
	var readers sync.WaitGroup
	read := func() {
		rels, err := d.c.Relationships(t.Context(), d.asker, e, table, Forever)
		if err != nil || len(rels) != 1 {
			t.Errorf("got %d relationships, %v", len(rels), err)
		}
	}
	readers.Go(read)
	<-begun
	for range 10 {
		readers.Go(read)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.c.Relationships(ended, d.asker, e, table, Forever); !errors.Is(err, context.Canceled) {
		t.Errorf("who has given up waits: %v", err)
	}
	close(proceed)
	readers.Wait()
	if d.asker.flights != 1 {
		t.Errorf("the database was asked %d times", d.asker.flights)
	}
}

// Who waits for a look-up whose asker gives up asks again.
func TestRelationshipsWithoutTheirAsker(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `CREATE TABLE api.a (id int PRIMARY KEY); CREATE TABLE api.b (a int CONSTRAINT b_a REFERENCES api.a)`)
	e, table, err := d.c.Resolve(t.Context(), d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	first, cancel := context.WithCancel(t.Context())
	d.asker.before = func() {
		d.asker.before = nil
		close(begun)
		<-first.Done()
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		if _, err := d.c.Relationships(first, d.asker, e, table, Forever); !errors.Is(err, context.Canceled) {
			t.Errorf("who has given up: %v", err)
		}
	})
	<-begun
	readers.Go(func() {
		if rels, err := d.c.Relationships(t.Context(), d.asker, e, table, Forever); err != nil || len(rels) != 1 {
			t.Errorf("who has waited: %d relationships, %v", len(rels), err)
		}
	})
	cancel()
	readers.Wait()
}
