package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// clientCounts are the columns of the table.
var clientCounts = []int{1, 8, 16, 64}

// report is the table, in Markdown, and what one must know to read it.
func (r *results) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s, %d CPUs, %s; pools of %d; medians of %d rounds, of large responses %d.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), r.database, r.options.pool, r.options.rounds, moreRounds*r.options.rounds)
	b.WriteString("| rows | answered by | 1 client | 8 | 16 | 64 | server CPU | PostgreSQL CPU | first byte | peak MiB | bars |\n")
	b.WriteString("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n")
	for _, t := range r.tables {
		for _, name := range []string{drainName, answeredName, staticName, handName, aggName, oursJSON, oursNDJSON, oursCSV, oursBorrowedJSON, oursSessionJSON} {
			if len(r.cells[key{t.name, 1, name}]) > 0 {
				r.line(&b, t, name)
			}
		}
	}
	fmt.Fprintf(&b, `
Up to 1,000 rows the columns of clients are complete responses a second, and CPU is per response with 16 clients.
Above, they are the time until every client has its response, and CPU is per response with one client; "verified" is
the time of the memory measure, in which the clients hash what they receive. "First byte" is the time until the first byte of the body of the
first response of a load with one client. "Peak" is the most memory that the process had in any load of these rows, with whatever clients; that of
the memory measure is among the bars. A rival that has used %v in a cell
sits out the rounds left. The load generator used %s of one CPU with the rows %s and 16 clients.
`, rivalPatience, r.generatorShare(), exercise)
	return b.String()
}

func (r *results) line(b *strings.Builder, t table, name string) {
	small := cell{table: t}.small()
	fmt.Fprintf(b, "| %s | %s |", t, name)
	for _, n := range clientCounts {
		k := key{t.name, n, name}
		text := ""
		switch {
		case n == memoryClients && len(r.cells[k]) == 0:
			text = r.memoryWall(t, name)
		case len(r.cells[k]) == 0:
		case small:
			text = thousands(r.median(k, perSecond)) + "/s"
		default:
			text = duration(r.median(k, wall))
		}
		if busy := r.busy(k); busy > 0 {
			text += fmt.Sprintf(" (%d × 503)", busy)
		}
		b.WriteString(" " + text + " |")
	}
	k := key{t.name, 1, name}
	if small {
		k.clients = 16
	}
	peak := max(r.worst(t, name), r.memoryPeak(t, name))
	fmt.Fprintf(b, " %s | %s | %s | %.0f | %s |\n", duration(r.median(k, serverCPU)), duration(r.median(k, databaseCPU)),
		duration(r.median(key{t.name, 1, name}, firstByte)), mib(peak), r.barsOf(t, name))
}

// memoryWall and memoryPeak are what the memory measure says of the largest table.
func (r *results) memoryWall(t table, name string) string {
	if m := r.memoryOf(t, name); m != nil {
		return duration(m.wall.Seconds()) + " (verified)"
	}
	return ""
}

func (r *results) memoryPeak(t table, name string) int64 {
	if m := r.memoryOf(t, name); m != nil {
		return m.peak
	}
	return 0
}

func (r *results) memoryOf(t table, name string) *memoryResult {
	if t != r.tables[len(r.tables)-1] {
		return nil
	}
	for i := range r.memory {
		if name == "dbcontents "+r.memory[i].format.name {
			return &r.memory[i]
		}
	}
	return nil
}

// generatorShare tells whether the load generator could be what is measured.
func (r *results) generatorShare() string {
	share := r.median(key{r.tables[0].name, 16, oursJSON}, func(s sample) float64 { return s.own.Seconds() / s.wall.Seconds() })
	return fmt.Sprintf("%.0f %%", 100*share)
}

// thousands is a number with commas.
func thousands(f float64) string {
	if math.IsNaN(f) {
		return "?"
	}
	s := fmt.Sprintf("%.0f", f)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration is a number of seconds with three digits.
func duration(seconds float64) string {
	switch {
	case math.IsNaN(seconds):
		return "?"
	case seconds >= 1:
		return fmt.Sprintf("%.3g s", seconds)
	case seconds >= 1e-3:
		return fmt.Sprintf("%.3g ms", seconds*1e3)
	}
	return fmt.Sprintf("%.3g µs", seconds*1e6)
}

// The marks of the two parts of the document that the benchmark writes.
const (
	tableMark   = "<!-- begin: table -->\n"
	profileMark = "<!-- begin: profile -->\n"
	endMark     = "<!-- end -->\n"
)

// between puts text between a mark of a document and the next end.
func between(document, mark, text string) (string, error) {
	head, rest, ok := strings.Cut(document, mark)
	_, tail, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return "", fmt.Errorf("the document has no %s and %s", strings.TrimSpace(mark), strings.TrimSpace(endMark))
	}
	return head + mark + text + endMark + tail, nil
}

// A part of a document is the text after a mark.
type part struct{ mark, text string }

// updateDocument writes parts of a page in docs.
func updateDocument(root, page string, parts ...part) error {
	name := filepath.Join(root, "docs", page)
	document, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	updated := string(document)
	for _, p := range parts {
		if updated, err = between(updated, p.mark, p.text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return os.WriteFile(name, []byte(updated), 0o644)
}
