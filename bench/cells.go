package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseCells reads the flag -cells: rows, or test_table, and clients: "3:16,1000000:1".
func parseCells(s string) (cells []cell, err error) {
	for part := range strings.SplitSeq(s, ",") {
		rows, clients, ok := strings.Cut(part, ":")
		t := exercise
		if rows != exercise.name {
			n, err := strconv.ParseInt(rows, 10, 64)
			ok = ok && err == nil && n > 0
			t = wideTable(n)
		}
		c, err := strconv.Atoi(clients)
		if !ok || err != nil || c < 1 {
			return nil, fmt.Errorf("-cells: %q is not rows:clients, such as 3:16", part)
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
		if !slices.Contains(tables, c.table) {
			tables = append(tables, c.table)
			sizes = append(sizes, c.table.rows)
		}
	}
	b, server, err := newServing(ctx, o, sizes...)
	if err != nil {
		return err
	}
	defer b.close()
	ours := []*process{server}
	if o.against != "" {
		other, err := b.start(ctx, "other", []string{o.against})
		if err != nil {
			return err
		}
		ours = append(ours, other)
	}
	for _, t := range tables {
		e, err := b.db.expect(ctx, t)
		if err != nil {
			return err
		}
		for _, p := range ours {
			if err := verifyFormats(p, t, e); err != nil {
				return err
			}
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
	for _, other := range ours[1:] {
		contenders = append(contenders, servers(other)...)
	}
	r := &results{options: o, cells: map[key][]sample{}}
	for _, c := range cells {
		able := contenders
		if c.table.rows > 1_000_000 { // these hold the whole answer, several times over
			able = slices.DeleteFunc(slices.Clone(contenders), func(c contender) bool { return c.name == handName || c.name == aggName })
		}
		if err := b.rounds(ctx, r, c, able); err != nil {
			return err
		}
		fmt.Printf("\nrows: %s, clients: %d, medians of %d rounds; ratios are of the same round\n", c.table, c.clients, c.rounds(o))
		fmt.Printf("%-32s %12s %10s %10s %10s %12s %12s %12s %9s %6s\n", "", "responses/s", "wall", "server", "PostgreSQL", "x hand rate", "x drain wall", "x drain CPU", "peak MiB", "503s")
		for _, who := range able {
			at := func(name string) key { return key{c.table.name, c.clients, name} }
			k := at(who.name)
			if len(r.cells[k]) == 0 {
				continue
			}
			fmt.Printf("%-32s %12s %10s %10s %10s %12.3f %12.3f %12.3f %9.0f %6d\n", who.name, thousands(r.median(k, perSecond)), duration(r.median(k, wall)),
				duration(r.median(k, serverCPU)), duration(r.median(k, databaseCPU)),
				r.ratio(k, at(handName), perSecond), r.ratio(k, at(drainName), wall), r.ratio(k, at(drainName), serverCPU), mib(r.worst(c.table, who.name)), r.busy(k))
		}
	}
	return nil
}
