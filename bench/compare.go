package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

// A contender is who answers, and in which format.
type contender struct {
	name   string
	format format
	// ours tells that the answers say whether they are whole, and how many rows they have.
	ours    bool
	small   bool // contends for small answers only
	process *process
}

const (
	drainName, staticName     = "drain (floor)", "static bytes"
	answeredName              = "drain, the server's own response"
	handName, aggName         = "hand-written", "json_agg"
	oursJSON, oursNDJSON      = "dbcontents JSON", "dbcontents NDJSON"
	oursCSV, oursBorrowedJSON = "dbcontents CSV", "dbcontents JSON, borrowed pool"
	oursSessionJSON           = "dbcontents JSON, for a session"
)

const (
	// burst is how long a load of small answers is meant to take: long enough
	// for CPU times in hundredths of a second.
	burst = 600 * time.Millisecond
	// rivalPatience is how much time a slow rival gets in one cell; after that
	// it sits out the rounds left.
	rivalPatience = 15 * time.Second
	// moreRounds is how many times more rounds large answers get, of which a
	// round has but one for each client.
	moreRounds = 3
)

// A cell is one table read by one number of clients.
type cell struct {
	table   table
	clients int
}

// small answers are many and counted per second; of large ones each client
// gets one, and what counts is when all have it.
func (c cell) small() bool { return c.table.rows <= 1000 }

func (c cell) rounds(o options) int {
	if c.small() {
		return o.rounds
	}
	return moreRounds * o.rounds
}

func compareMode(ctx context.Context, o options) error {
	sizes := []int64{3, 1000, 100_000, 1_000_000}
	if o.quick {
		sizes, o.rounds = []int64{3, 1000, 5000, 50_000}, min(o.rounds, 2)
	}
	b, err := newBench(ctx, o, sizes...)
	if err != nil {
		return err
	}
	defer b.close()
	r := &results{options: o, database: b.db.server.String(), cells: map[key][]sample{}}
	tables := []table{exercise}
	for _, rows := range sizes {
		tables = append(tables, wideTable(rows))
	}
	r.tables = tables
	if err := b.compare(ctx, r); err != nil {
		return err
	}
	text := r.report()
	fmt.Print(text)
	if !o.update {
		return nil
	}
	profile, err := b.profiles(ctx, tables[len(tables)-1], b.dir)
	if err != nil {
		return err
	}
	return updateDocument(b.root, "performance.md", part{tableMark, text}, part{profileMark, profile})
}

// compare verifies every table, measures memory first, as the peak counts from
// the server's start, and then all cells.
func (b *bench) compare(ctx context.Context, r *results) error {
	server, err := b.startServer(ctx)
	if err != nil {
		return err
	}
	for i, t := range r.tables {
		progress("verifying the answers for the rows: %s", t)
		e, err := b.db.expect(ctx, t)
		if err != nil {
			return err
		}
		if i == len(r.tables)-1 {
			if r.memory, err = measureMemory(server, t, e); err != nil {
				return err
			}
		}
		if err := verifyFormats(server, t, e); err != nil {
			return err
		}
		if err := b.saveAnswer(ctx, server, t, e); err != nil {
			return err
		}
	}
	contenders, err := b.contenders(ctx, server)
	if err != nil {
		return err
	}
	for i, t := range r.tables {
		clients := [][]int{clientCounts, clientCounts, clientCounts, {1, 8}, {1}}[i]
		for _, n := range clients {
			if err := b.rounds(ctx, r, cell{t, n}, contenders); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) contenders(ctx context.Context, server *process) ([]contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	list := []contender{
		{name: drainName},
		{name: answeredName, small: true},
		{name: staticName},
		{name: handName},
		{name: aggName},
		{name: oursBorrowedJSON, format: jsonFormat, ours: true, small: true}, // who owns the pool makes no other difference
	}
	for i, command := range []string{"@drain", "@answered", "@static", "@hand-written", "@json_agg", "@borrowed"} {
		if list[i].process, err = b.start(ctx, command, []string{self, command}, "BENCH_ANSWERS="+b.dir); err != nil {
			return nil, err
		}
	}
	// The real server, which reads every table as a role and with claims.
	session, err := b.start(ctx, "session", []string{b.binary()}, "DBCONTENTS_ANON_ROLE=pg_read_all_data")
	if err != nil {
		return nil, err
	}
	list = append(list, contender{name: oursSessionJSON, format: jsonFormat, ours: true, small: true, process: session})
	return append(list, servers(server)...), nil
}

// servers is one of our servers, contending in each format under the name of its process.
func servers(p *process) (list []contender) {
	for _, f := range formats {
		list = append(list, contender{name: p.name + " " + f.name, format: f, ours: true, process: p})
	}
	return list
}

// rounds measures every contender once a round, so that what else the machine
// does meets all alike, and each time in another order: who comes next finds
// what a contender with gigabytes has left behind.
func (b *bench) rounds(ctx context.Context, r *results, c cell, contenders []contender) error {
	progress("rows: %s, clients: %d", c.table, c.clients)
	requests, spent := map[string]int{}, map[string]time.Duration{}
	for _, who := range contenders {
		n, err := b.warm(c, who)
		if err != nil {
			return err
		}
		requests[who.name] = n
	}
	order := slices.Clone(contenders)
	chance := rand.New(rand.NewPCG(1, 2))
	for range c.rounds(b.options) {
		chance.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, who := range order {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if who.small && !c.small() {
				continue
			}
			if !who.ours && who.name != drainName && spent[who.name] > rivalPatience {
				r.add(c, who.name, sample{skipped: true})
				continue
			}
			s, err := b.measure(c, who, requests[who.name])
			if err != nil {
				return fmt.Errorf("%s, rows: %s, clients: %d: %w", who.name, c.table, c.clients, err)
			}
			spent[who.name] += s.wall
			r.add(c, who.name, s)
		}
	}
	return nil
}

func (b *bench) load(c cell, who contender, requests int) load {
	l := load{
		address: who.process.address, request: request("/dbcontents/"+c.table.name, who.format.accept),
		clients: c.clients, requests: requests, rows: -1,
	}
	if who.ours {
		l.rows = c.table.rows
	}
	return l
}

// warm asks until every connection knows the statement, then finds the number
// of requests that makes a burst.
func (b *bench) warm(c cell, who contender) (requests int, err error) {
	if !c.small() {
		return c.clients, nil
	}
	limit, n := burst, max(2*b.options.pool, c.clients)
	if b.options.quick {
		limit /= 6
	}
	for cold := true; ; cold = false {
		o, err := b.load(c, who, n).run()
		switch {
		case err != nil:
			return 0, fmt.Errorf("%s: %w", who.name, err)
		case !cold && o.wall > limit/6:
			return max(int(float64(n)*limit.Seconds()/o.wall.Seconds()), c.clients), nil
		case !cold:
			n *= 3
		}
	}
}

// measure runs one load and reads the accounts of the processes around it.
func (b *bench) measure(c cell, who contender, requests int) (sample, error) {
	return b.accounted(who.process.pid(), b.load(c, who, requests).run)
}

// accounted runs something that asks a server, whose process is pid, and reads
// the accounts of the processes around it.
func (b *bench) accounted(pid int, run func() (outcome, error)) (_ sample, err error) {
	resetPeak(pid)
	accounts := func() (server, postgres, own, machine time.Duration) {
		server, serverErr := cpuOf(pid)
		own, ownErr := cpuOf(os.Getpid())
		machine, machineErr := cpuOfMachine()
		err = errors.Join(err, serverErr, ownErr, machineErr)
		if b.db.postmaster != 0 {
			var postgresErr error
			postgres, postgresErr = cpuOfTree(b.db.postmaster)
			err = errors.Join(err, postgresErr)
		}
		return server, postgres, own, machine
	}
	server, postgres, own, machine := accounts()
	outcome, loadErr := run()
	serverAfter, postgresAfter, ownAfter, machineAfter := accounts()
	peak, peakErr := peakOf(pid)
	s := sample{
		outcome: outcome, server: serverAfter - server, postgres: postgresAfter - postgres, own: ownAfter - own,
		peak: peak, foreign: b.db.postmaster == 0,
	}
	s.others = max(0, machineAfter-machine-s.server-s.postgres-s.own)
	return s, errors.Join(loadErr, err, peakErr)
}
