package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseCells reads the flag -cells: rows and clients, "3:16,1000000:1".
func parseCells(s string) (cells []cell, err error) {
	for part := range strings.SplitSeq(s, ",") {
		rows, clients, ok := strings.Cut(part, ":")
		n, err1 := strconv.ParseInt(rows, 10, 64)
		c, err2 := strconv.Atoi(clients)
		if !ok || err1 != nil || err2 != nil || n < 3 || c < 1 {
			return nil, fmt.Errorf("-cells: %q is not rows:clients, such as 3:16", part)
		}
		t := table{smallTable, 3}
		if n != 3 {
			t = wideTable(n)
		}
		cells = append(cells, cell{t, c})
	}
	return cells, nil
}

// cellsMode measures a few cells alone, for work on the code between two runs
// of the whole comparison.
func cellsMode(ctx context.Context, o options) error {
	cells, err := parseCells(o.cells)
	if err != nil {
		return err
	}
	var tables []table
	var sizes []int64 // of the tables to be made
	for _, c := range cells {
		if slices.Contains(tables, c.table) {
			continue
		}
		tables = append(tables, c.table)
		if c.table.name != smallTable {
			sizes = append(sizes, c.table.rows)
		}
	}
	b, server, err := newServing(ctx, o, sizes...)
	if err != nil {
		return err
	}
	defer b.close()
	for _, t := range tables {
		e, err := b.db.expect(ctx, t)
		if err != nil {
			return err
		}
		if err := verifyFormats(server, t, e); err != nil {
			return err
		}
		if (cell{table: t}).small() {
			if err := b.saveAnswer(ctx, server, t, e); err != nil {
				return err
			}
		}
	}
	contenders, err := b.contenders(ctx, server)
	if err != nil {
		return err
	}
	// Large answers are not kept here, and small ones without a database are of little interest.
	contenders = slices.DeleteFunc(contenders, func(c contender) bool { return c.name == staticName })
	r := &results{options: o, cells: map[key][]sample{}}
	for _, c := range cells {
		able := contenders
		if c.table.rows > 1_000_000 { // these hold the whole answer, several times over
			able = slices.DeleteFunc(slices.Clone(contenders), func(c contender) bool { return c.name == handName || c.name == aggName })
		}
		if err := b.rounds(ctx, r, c, able); err != nil {
			return err
		}
		fmt.Printf("\n%d rows, clients: %d, medians of %d rounds; ratios are of the same round\n", c.table.rows, c.clients, c.rounds(o))
		fmt.Printf("%-32s %12s %10s %10s %10s %12s %12s %9s %6s\n", "", "answers/s", "wall", "server", "PostgreSQL", "x hand rate", "x drain CPU", "peak MiB", "503s")
		for _, who := range able {
			at := func(name string) key { return key{c.table.rows, c.clients, name} }
			k := at(who.name)
			if len(r.cells[k]) == 0 {
				continue
			}
			fmt.Printf("%-32s %12s %10s %10s %10s %12.3f %12.3f %9.0f %6d\n", who.name, thousands(r.median(k, perSecond)), duration(r.median(k, wall)),
				duration(r.median(k, serverCPU)), duration(r.median(k, databaseCPU)),
				r.ratio(k, at(handName), perSecond), r.ratio(k, at(drainName), serverCPU), mib(r.worst(c.table.rows, who.name)), r.busy(k))
		}
	}
	return nil
}
