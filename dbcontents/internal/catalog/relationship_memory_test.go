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
		rels, err := d.c.Relationships(t.Context(), d.asker, e, table, Forever, nil)
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
	if _, err := d.c.Relationships(ended, d.asker, e, table, Forever, nil); !errors.Is(err, context.Canceled) {
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
		if _, err := d.c.Relationships(first, d.asker, e, table, Forever, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("who has given up: %v", err)
		}
	})
	<-begun
	readers.Go(func() {
		if rels, err := d.c.Relationships(t.Context(), d.asker, e, table, Forever, nil); err != nil || len(rels) != 1 {
			t.Errorf("who has waited: %d relationships, %v", len(rels), err)
		}
	})
	cancel()
	readers.Wait()
}

// Relationships are remembered with their table, and a refresh brings the new ones along.
func TestRelationshipsAreRemembered(t *testing.T) {
	t.Parallel()
	d := newRelatedDatabase(t, all, `
		CREATE EXTENSION citext; -- whose operators a refresh has to look up too
		CREATE TABLE api.a (id int PRIMARY KEY, name citext);
		CREATE TABLE api.b (a int CONSTRAINT b_a REFERENCES api.a)`)
	ctx := t.Context()
	e, table, err := d.c.Resolve(ctx, d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	_, _, before := d.c.Size()
	has := func(reason string, e *Entry, table *Table, maxAge time.Duration, want, flights int) {
		t.Helper()
		d.asker.flights = 0
		rels, err := d.c.Relationships(ctx, d.asker, e, table, maxAge, nil)
		if err != nil || len(rels) != want || d.asker.flights != flights {
			t.Errorf("%s: got %d relationships, %v, after %d flights, want %d after %d", reason, len(rels), err, d.asker.flights, want, flights)
		}
	}
	has("at first", e, table, Forever, 1, 1)
	has("again", e, table, Forever, 1, 0)
	has("of a narrowed table", e, table.Only([]string{"id"}), Forever, 1, 0)
	has("within 5 s", e, table, Fresh, 1, 0)
	if _, _, after := d.c.Size(); after <= before {
		t.Errorf("%d bytes are remembered after the relationships, %d before", after, before)
	}
	d.db.Exec("CREATE TABLE api.c (a int CONSTRAINT c_a REFERENCES api.a)")
	has("before anybody has asked", e, table, Forever, 1, 0)
	has("at no age", e, table, 0, 2, 1)

	d.asker.perCaller = true
	has("for one caller alone", e, table, Forever, 2, 1)
	d.asker.perCaller = false
	d.db.Exec("CREATE TABLE api.d (a int CONSTRAINT d_a REFERENCES api.a)")
	d.asker.asOf = time.Now()
	has("what is remembered, in a snapshot", e, table, Forever, 2, 0)
	has("what a snapshot sees", e, table, 0, 3, 1)
	d.asker.asOf = time.Time{}
	has("after a snapshot", e, table, Forever, 2, 0)

	r := e.Refresh(table)
	r.asked = time.Now()
	f := flightOf(t, d, r.Append(nil))
	r.Take(f)
	if !f.Drain() || f.Err() != nil {
		t.Fatal(f.Err())
	}
	has("after a refresh", e, table, Forever, 3, 0)

	e.Drop(table)
	has("of a table that was dropped", e, table, Forever, 3, 1)
	has("of a table that was dropped, again", e, table, Forever, 3, 1)
	e, table, err = d.c.Resolve(ctx, d.asker, "api", "a", Forever)
	if err != nil {
		t.Fatal(err)
	}
	has("of the table as it is", e, table, Forever, 3, 1)
	has("of the table as it is, again", e, table, Forever, 3, 0)
	d.db.Exec("ALTER TABLE api.a ADD n int")
	r = e.Refresh(table)
	r.asked = time.Now()
	f = flightOf(t, d, r.Append(nil))
	r.Take(f)
	if !f.Drain() || f.Err() != nil {
		t.Fatal(f.Err())
	}
	_, now := d.c.Known("api", "a")
	if now == table || len(now.Columns[1].Comparison.Operators) == 0 {
		t.Error("the refresh has not found the new column, or not the operators")
	}
	has("of the new table", e, now, Forever, 3, 0)
}
