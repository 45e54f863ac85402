package dbcontents

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// Report is what [Store.Check] or [Store.Ready] found, layer by layer.
type Report struct {
	Steps []Step `json:"steps"`
}

// Step is one layer on the way to the contents.
type Step struct {
	// Name is the layer: "configuration", "names", "network", "tls",
	// "authentication", "server", "database", "role name" for each of Config.Roles that
	// cannot be taken, "table schema.name" for each exposed table, of [Store.Check] also
	// "function schema.name" for each of Config.Functions, "hosts" if there are several or the only one is a standby, "pool".
	Name string `json:"name"`
	// OK tells whether it works; then Detail says what was found, else what is wrong.
	OK bool `json:"ok"`
	// Reached is false if an earlier step failed before it came to this one, or,
	// of [Store.Ready], if there was no time yet to look at the table; then OK
	// is false as well, and it has no error.
	Reached bool   `json:"reached"`
	Detail  string `json:"detail"`
	// Code and Hint are the diagnosis and its cure, empty if OK or not reached.
	Code string `json:"code,omitempty"`
	Hint string `json:"hint,omitempty"`
	// AsOf is when a table was looked at, if [Store.Ready] did so in an earlier call; else zero.
	AsOf time.Time `json:"as_of,omitzero"`
	// Err is the error itself, nil if OK or not reached.
	Err error `json:"-"`

	beside bool // the default table can be read all the same
}

// Err is the first thing that keeps the default table from being read. Other
// tables may be broken beside it, or the pool be larger than the server allows.
func (r Report) Err() error {
	for _, s := range r.Steps {
		if s.Err != nil && !s.beside {
			return s.Err
		}
	}
	return nil
}

// The budget of a Check, within ten seconds whatever is broken. A layer that
// takes longer has failed.
const (
	checkLimit   = 9 * time.Second
	connectLimit = 4500 * time.Millisecond
	tableLimit   = 3 * time.Second
)

// Check walks the layers between the Store and the contents and stops at the
// first that fails: the configuration, the names of the hosts, the network,
// TLS, authentication, the server, the database, the exposed tables, each with
// one row read within the limits, the exposed functions, which it does not call, and the size of the pool. It takes less than
// ten seconds whatever is broken.
//
// A connection that is idle in the pool proves all layers below it; without one
// Check makes one, and looks at each address on its way. It takes one
// connection at a time and does not wait for one while all are in use. Check and
// Ready are for the Store that was opened, and not for one that [Store.As] has made.
func (s *Store) Check(ctx context.Context) Report {
	c, ok := s.newCheckup(ctx)
	if !ok {
		return c.report
	}
	c.whole = true
	if c.connect(ctx) && c.roles(ctx) && c.tables(ctx) && c.functions(ctx) {
		c.hosts(ctx)
		c.pool()
	} else {
		c.rest()
	}
	return c.report
}

// newCheckup begins a report. It is over already if the Store is closed.
func (s *Store) newCheckup(ctx context.Context) (c *checkup, ok bool) {
	if err := s.usable("check"); err != nil {
		c = &checkup{}
		c.fail(diagnosis.Configuration.String(), err)
		return c, false
	}
	if s.session != nil { // what is found is remembered, and told to all
		c = &checkup{}
		c.fail(diagnosis.Configuration.String(), newError("check", "", "session_invalid", "a Store for a session is not checked; check the one that was opened", nil))
		return c, false
	}
	c = &checkup{store: s, readers: readersOf(s), config: s.pool.ConnConfig(ctx), deadline: time.Now().Add(checkLimit)}
	c.ok(diagnosis.Configuration.String(), c.configured())
	return c, true
}

func (c *checkup) ok(name, detail string) {
	c.report.Steps = append(c.report.Steps, Step{Name: name, OK: true, Reached: true, Detail: detail})
}

func (c *checkup) fail(name string, err error) *Step {
	step := Step{Name: name, Reached: true, Detail: err.Error(), Err: err}
	var e *Error
	if errors.As(err, &e) {
		step.Code, step.Hint = e.Code, e.Hint
	}
	c.report.Steps = append(c.report.Steps, step)
	return &c.report.Steps[len(c.report.Steps)-1]
}

// rest adds the steps that were not reached, the pool's at the end in any case.
func (c *checkup) rest() {
	at := func(name string) int {
		return slices.IndexFunc(c.report.Steps, func(s Step) bool { return s.Name == name })
	}
	steps := c.report.Steps
	pool := Step{Name: poolStep, Detail: notReached}
	if i := at(poolStep); i >= 0 {
		pool = steps[i]
		steps = slices.Delete(steps, i, i+1)
	}
	for _, name := range c.names() {
		if at(name) < 0 {
			steps = append(steps, Step{Name: name, Detail: notReached})
		}
	}
	c.report.Steps = append(steps, pool)
}

const notReached = "not reached"

// names are the steps of a whole report, but for the pool's.
func (c *checkup) names() (names []string) {
	for _, l := range diagnosis.Layers {
		names = append(names, l.String())
	}
	for _, t := range c.configuredTables() {
		names = append(names, "table "+t.String())
	}
	if c.whole && c.store != nil {
		for _, f := range c.store.catalog.Exposure.Functions {
			names = append(names, "function "+f.String())
		}
	}
	return names
}

// within runs f within a part of the budget. An f that takes longer fails with
// code, as the deadline is ours and not the caller's.
func (c *checkup) within(ctx context.Context, limit time.Duration, code, table string, f func(context.Context) error) error {
	limit = min(limit, time.Until(c.deadline)).Round(time.Millisecond)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil && (gaveUp(err) || errors.Is(err, context.DeadlineExceeded)) {
		return newError("check", table, code, "no answer within "+limit.String(), nil)
	}
	return err
}

// gaveUp tells the end of the caller's own patience from a failure.
func gaveUp(err error) bool {
	code := codeOf(err)
	return code == "canceled" || code == "deadline_exceeded"
}
