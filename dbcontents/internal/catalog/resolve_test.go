package catalog

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// A scriptedAsker finds no tables: it answers each look-up by what ask returns.
type scriptedAsker struct {
	ask    func(ctx context.Context) error
	asOf   time.Time
	probed error
	looks  int
}

func (a *scriptedAsker) Ask(ctx context.Context, _ func(Exchange) error) error {
	a.looks++
	return a.ask(ctx)
}
func (a *scriptedAsker) AsOf() time.Time { return a.asOf }
func (*scriptedAsker) PerCaller() bool   { return false }
func (a *scriptedAsker) Probed() error   { return a.probed }

func takes(d time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return err
		case <-ctx.Done():
			return diagnosis.Context(ctx)
		}
	}
}

func newTest(names ...string) *Catalog {
	x := Exposure{Schemas: []string{"public"}}
	for _, name := range names {
		x.Tables = append(x.Tables, Name{Name: name})
	}
	return New(x, func(*Table) {})
}

func codeOf(err error) string {
	var f *diagnosis.Finding
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

func TestNotExposedAsksNobody(t *testing.T) {
	c, a := newTest("t"), &scriptedAsker{}
	if _, _, err := c.Resolve(t.Context(), a, "", "other", Forever); codeOf(err) != "table_not_exposed" || a.looks > 0 {
		t.Errorf("%v after %d look-ups", err, a.looks)
	}
	if err := c.Exposed("", "other"); codeOf(err) != "table_not_exposed" {
		t.Error(err)
	}
	if err := c.Exposed("", ""); err != nil {
		t.Errorf("the default table: %v", err)
	}
}

// Many who miss the same table share one look-up, and its failure.
func TestLookIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("the database is away")
		c, a := newTest("t"), &scriptedAsker{ask: takes(time.Second, failure)}
		errs := make(chan error, 10)
		for range cap(errs) {
			go func() {
				_, _, err := c.Resolve(t.Context(), a, "", "t", Forever)
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != failure {
				t.Error(err)
			}
		}
		if a.looks != 1 {
			t.Errorf("%d look-ups", a.looks)
		}
	})
}

// Who waits for another's look-up may leave, and does not wait while a connection cannot be had.
func TestWaitersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := newTest("t"), &scriptedAsker{ask: takes(time.Minute, nil)}
		go c.Resolve(t.Context(), a, "", "t", Forever)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, _, err := c.Resolve(ctx, a, "", "t", Forever); codeOf(err) != "deadline_exceeded" || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		away := &scriptedAsker{probed: errors.New("known to be away")}
		if _, _, err := c.Resolve(t.Context(), away, "", "t", Forever); err != away.probed {
			t.Error(err)
		}
		if a.looks != 1 || away.looks != 0 {
			t.Errorf("%d and %d look-ups", a.looks, away.looks)
		}
	})
}

// If the one who asked gives up, another one asks.
func TestWhoAskedGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTest("t")
		first, second := &scriptedAsker{ask: takes(time.Minute, nil)}, &scriptedAsker{ask: takes(time.Second, nil)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gone := make(chan error)
		go func() {
			_, _, err := c.Resolve(ctx, first, "", "t", Forever)
			gone <- err
		}()
		synctest.Wait()
		start := time.Now()
		_, _, err := c.Resolve(t.Context(), second, "", "t", Forever)
		if codeOf(err) != "table_missing" || second.looks != 1 || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v and %d look-ups", err, time.Since(start), second.looks)
		}
		if err := <-gone; codeOf(err) != "deadline_exceeded" {
			t.Error(err)
		}
	})
}

// That a table is not there is remembered for a second.
func TestAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := newTest("t"), &scriptedAsker{ask: takes(0, nil)}
		for _, tt := range []struct {
			wait  time.Duration
			looks int
		}{{0, 1}, {Absent - time.Millisecond, 1}, {time.Millisecond, 2}, {0, 2}} {
			time.Sleep(tt.wait)
			if _, _, err := c.Resolve(t.Context(), a, "", "t", Forever); codeOf(err) != "table_missing" || a.looks != tt.looks {
				t.Errorf("after %v: %v, %d look-ups, want %d", tt.wait, err, a.looks, tt.looks)
			}
		}
	})
}

func learned(t *testing.T, c *Catalog, name string, asOf time.Time) (*Entry, *Table) {
	t.Helper()
	e, _, err := c.find("", name)
	if err != nil {
		t.Fatal(err)
	}
	return e, c.store(e, asOf, []*Table{{Schema: "public", Name: name, usage: true, grant: true, Columns: []Column{{Name: "id"}}, memo: &memo{}}})
}

// A table that is known serves reads however old it is, and others for five seconds;
// a snapshot does not ask for what is younger than itself.
func TestHowOldMayItBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, a := newTest("t"), &scriptedAsker{ask: takes(0, errors.New("asked"))}
		_, table := learned(t, c, "t", time.Now())
		time.Sleep(Fresh - time.Millisecond)
		if _, found, err := c.Resolve(t.Context(), a, "", "t", Fresh); found != table || err != nil {
			t.Errorf("still fresh: %v, %v", found, err)
		}
		time.Sleep(time.Hour)
		if _, found, err := c.Resolve(t.Context(), a, "", "t", Forever); found != table || err != nil || a.looks > 0 {
			t.Errorf("an old one: %v, %v", found, err)
		}
		if _, _, err := c.Resolve(t.Context(), a, "", "t", Fresh); err == nil || a.looks != 1 {
			t.Errorf("an old one served who wants a fresh one: %v", err)
		}
		a.asOf = time.Now()
		time.Sleep(time.Millisecond)
		learned(t, c, "t", time.Now())
		time.Sleep(time.Minute)
		if _, found, err := c.Resolve(t.Context(), a, "", "t", Absent); found != table || err != nil {
			t.Errorf("in a snapshot of the same age: %v, %v", found, err)
		}
	})
}

// An answer to an earlier question that comes late is not taken, nor does one that
// is the same make another table.
func TestLateAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTest("t")
		early := time.Now()
		time.Sleep(time.Second)
		e, table := learned(t, c, "t", time.Now())
		if again := c.store(e, early, nil); again != table || !e.Holds(table) {
			t.Error("a late answer was taken")
		}
		time.Sleep(time.Second)
		if _, same := learned(t, c, "t", time.Now()); same != table {
			t.Error("the same table is another one")
		}
		e.Drop(&Table{})
		if !e.Holds(table) {
			t.Error("another table was dropped")
		}
		e.Drop(table)
		if e.Holds(table) || known(c) != nil {
			t.Error("what was dropped is known")
		}
		if found := c.store(e, early, []*Table{table}); found != table || known(c) != nil {
			t.Error("an answer from before the drop is remembered, or not given to who asked")
		}
	})
}

// One read in five seconds carries a look-up, and the next one if that failed.
func TestRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTest("t")
		e, table := learned(t, c, "t", time.Now())
		due := func() bool {
			r := e.Refresh(table)
			return r.Due()
		}
		if due() {
			t.Error("due at once")
		}
		time.Sleep(Fresh)
		r := e.Refresh(table)
		if !r.Due() || due() {
			t.Error("not due once")
		}
		r.Drop()
		if !due() || due() {
			t.Error("not due after one that was not sent")
		}
		time.Sleep(Fresh)
		if !due() {
			t.Error("a look-up that never came back keeps others from asking")
		}
	})
}

// Narrowed tables are kept, but not without bound, and those of a table that has
// changed are not used.
func TestNarrowed(t *testing.T) {
	c := newTest("t")
	e, table := learned(t, c, "t", time.Now())
	one, err := e.Narrow(table, []string{"id"})
	if err != nil || one.Origin() != table || !one.Narrowed() {
		t.Fatal(one, err)
	}
	if again, _ := e.Narrow(table, []string{"id"}); again != one {
		t.Error("made twice")
	}
	if _, err := e.Narrow(table, []string{"other"}); codeOf(err) != "columns_not_allowed" {
		t.Error(err)
	}
	for i := range 3 * maxNarrowed {
		e.Narrow(table, []string{"id", string(rune('a' + i))})
	}
	if n := len(e.narrowed); n > maxNarrowed {
		t.Errorf("%d are kept", n)
	}
	changed := *table
	changed.Comment = "changed"
	if now := c.store(e, time.Now().Add(time.Hour), []*Table{&changed}); now == table {
		t.Fatal("the change was not seen")
	}
	if now, _ := e.Narrow(&changed, []string{"id"}); now.Origin() != &changed {
		t.Error("narrowed from what the table was")
	}
}

// Names are those that were configured until a look-up has brought those that can be read.
func TestNames(t *testing.T) {
	c := newTest("a", "b")
	if got := c.Names(); len(got) != 3 || got[0] != "" || got[1] != "a" || got[2] != "b" {
		t.Errorf("%q", got)
	}
	c.learn([]*Table{{Schema: "public", Name: "b", usage: true, grant: true}, {Schema: "public", Name: "a", usage: true}}, time.Now())
	if got := c.Names(); len(got) != 1 || got[0] != "b" {
		t.Errorf("%q", got)
	}
}
