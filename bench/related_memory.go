package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// relatedMemory downloads what is large because of related tables from the real server, and
// tells the peaks of memory of the server and of the backend of PostgreSQL, and when the first byte came.
func relatedMemory(ctx context.Context, o options) error {
	b, server, err := newServing(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	parents := int64(1_000_000)
	if o.quick {
		parents = 20_000
	}
	progress("making %d parents with two children each, and one with %d", parents, parents)
	for _, sql := range []string{
		fmt.Sprintf(`CREATE TABLE parents (id int PRIMARY KEY, name text NOT NULL);
			INSERT INTO parents SELECT i, 'parent ' || i FROM generate_series(1, %[1]d) i;
			CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, name text NOT NULL);
			INSERT INTO children SELECT i, 1 + (i - 1) / 2, 'child ' || i FROM generate_series(1, 2 * %[1]d) i;
			CREATE INDEX ON children (parent_id);
			CREATE TABLE one (id int PRIMARY KEY);
			INSERT INTO one VALUES (1);
			CREATE TABLE many (id int PRIMARY KEY, one_id int NOT NULL REFERENCES one, name text NOT NULL);
			INSERT INTO many SELECT i, 1, 'child ' || i FROM generate_series(1, %[1]d) i;
			CREATE INDEX ON many (one_id);
			GRANT SELECT ON parents, children, one, many TO PUBLIC`, parents),
		"VACUUM ANALYZE parents, children, one, many",
	} {
		if _, err := b.db.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	fmt.Printf("\n%d parents with two children each, and one with %d\n\n| request | status | first byte | whole | MB | server's peak MiB | backend's peak MiB |\n|---|---:|---:|---:|---:|---:|---:|\n", parents, parents)
	for _, path := range []string{
		"/dbcontents/parents?select=id,name,children(id,name)", "/dbcontents/children?select=id,name,parents(id,name)",
		"/dbcontents/one?select=id,many(id,name)", "/dbcontents/one?select=id,many(id,name)&many.limit=1000", "/dbcontents/one?select=id,many(count)",
	} {
		c, err := dial(server.address)
		if err != nil {
			return err
		}
		a, err := c.get(request(path, ""), nil)
		c.close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		peak, err := peakOf(server.pid())
		if err != nil {
			return err
		}
		fmt.Printf("| `%s` | %d | %s | %s | %.1f | %.1f | %.1f |\n", path, a.status, a.first.Round(time.Millisecond), a.total.Round(time.Millisecond),
			float64(a.bytes)/1e6, float64(peak)/(1<<20), float64(backendPeak(b.db.postmaster))/(1<<20))
	}
	return nil
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// backendPeak is the greatest peak of memory of a process whose parent is the postmaster,
// shared buffers that it has touched included; 0 if that cannot be known here.
func backendPeak(postmaster int) (most int64) {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range all {
		line, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if s, err := parseStat(line); err != nil || s.parent != postmaster || postmaster == 0 {
			continue
		}
		status, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "status"))
		if m := highWater.FindSubmatch(status); m != nil {
			kib, _ := strconv.ParseInt(string(m[1]), 10, 64)
			most = max(most, kib<<10)
		}
	}
	return most
}
