package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/server"
)

// profiledServer is the real server in a process of this program, which writes
// a CPU profile to BENCH_PROFILE when it ends.
const profiledServer = "@profiled"

func serveProfiled(ctx context.Context) error {
	file, err := os.Create(os.Getenv("BENCH_PROFILE"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = server.Run(ctx, nil, os.Environ(), os.Stdout, os.Stderr)
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

// A layer is a part of the work, known by functions that do it and nothing else.
type layer struct {
	name  string
	parts []string // of the names of functions
}

// layers in the order in which a stack is searched, from its leaf up, for the
// first function that any of them knows.
var layers = []layer{
	{systemCalls, []string{"syscall.Syscall", "syscall.RawSyscall", "internal/runtime/syscall/"}},
	{"scheduler, timers, garbage collector", []string{
		"runtime.mcall", "runtime.mstart", "runtime.schedule", "runtime.futex", "runtime.netpoll", "runtime.gcBgMarkWorker",
		"runtime.bgsweep", "runtime.bgscavenge", "runtime.gcAssist",
	}},
	{"escaping and checking text", []string{"dbcontents.jsonString", "dbcontents.csvText", "dbcontents.validText", "dbcontents.raw", "dbcontents.checked", "unicode/utf8.Valid"}},
	{"rows: keys, commas, blocks", []string{"dbcontents.jsonObject", "dbcontents.csvRecord", "dbcontents.init.func", "dbcontents.(*Rows).WriteTo"}},
	{"rows: receiving and splitting", []string{"pgproto3.", "pgconn.", "dbcontents.(*flight)", "dbcontents.(*watch)", "dbcontents.(*Rows)"}},
	{library, []string{"/dbcontents.", "pgxpool.", "puddle"}},
	{"access log", []string{"log/slog.", "server.(*service).observe"}},
	{"handler", []string{"httpapi."}},
	{"net/http", []string{"net/http.", "bufio.", "net/textproto."}},
}

// sockets tell the system calls apart, by the first caller that any of them knows.
var sockets = []layer{
	{"system calls: PostgreSQL's socket", []string{"pgproto3.", "pgconn."}},
	{"system calls: access log", []string{"log/slog."}},
	{"system calls: the client's socket", []string{"net/http."}},
	{"system calls: waiting", []string{"runtime."}},
}

const (
	systemCalls = "system calls"
	library     = "acquiring, planning, look-ups"
	values      = "other values"
	otherLayer  = "other"
)

// layerOf finds the layer of a stack, whose leaf comes first.
func layerOf(stack []string) string {
	name := first(layers, stack)
	if name == library && slices.ContainsFunc(stack, func(function string) bool {
		return strings.HasSuffix(function, ".jsonObject") || strings.HasSuffix(function, ".csvRecord")
	}) {
		return values // whatever else a row calls
	}
	if name == systemCalls {
		// The leaf itself is of the runtime, whoever called.
		name = first(sockets, slices.DeleteFunc(slices.Clone(stack), func(function string) bool {
			return strings.Contains(function, "syscall") || strings.HasPrefix(function, "runtime.entersyscall")
		}))
	}
	return name
}

func first(layers []layer, stack []string) string {
	for _, function := range stack {
		for _, l := range layers {
			if slices.ContainsFunc(l.parts, func(part string) bool { return strings.Contains(function, part) }) {
				return l.name
			}
		}
	}
	return otherLayer
}

// profileMode downloads a large table a few times as JSON, then asks for the
// small one many times, each from a server of its own.
func profileMode(ctx context.Context, o options) error {
	b, err := newBench(ctx, o, o.rows)
	if err != nil {
		return err
	}
	defer b.close()
	large, small := wideTable(o.rows), table{smallTable, 3}
	for _, load := range []struct {
		title, file string
		load        load
	}{
		{fmt.Sprintf("%d rows of JSON, one client", large.rows), "large.pprof", load{request: request("/dbcontents/"+large.name, ""), clients: 1, requests: 4, rows: large.rows}},
		{"3 rows of JSON, 16 clients", "small.pprof", load{request: request("/dbcontents/"+small.name, ""), clients: 16, requests: 40_000, rows: small.rows}},
	} {
		progress("profile: %s", load.title)
		if err := b.profile(ctx, load.title, filepath.Join(o.profile, load.file), load.load); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) profile(ctx context.Context, title, file string, l load) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p, err := b.start(ctx, "profiled", []string{self, profiledServer}, "BENCH_PROFILE="+file)
	if err != nil {
		return err
	}
	l.address = p.address
	_, err = l.run()
	p.stop()
	if err != nil {
		return err
	}
	// The text form spares a parser of the binary one, or a dependency.
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", file).Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	times := parseTraces(out)
	var total time.Duration
	for _, d := range times {
		total += d
	}
	fmt.Printf("%s: %v of CPU\n\n", title, total)
	for _, l := range slices.Concat(sockets, layers, []layer{{name: values}, {name: otherLayer}}) {
		if times[l.name] > 0 {
			fmt.Printf("%6.1f %%  %s\n", 100*times[l.name].Seconds()/total.Seconds(), l.name)
		}
	}
	fmt.Println()
	return nil
}

// parseTraces sums the samples of "go tool pprof -traces" up by layer. A sample
// is a line of dashes, then its time and its leaf, then a line for each caller.
func parseTraces(text []byte) map[string]time.Duration {
	times := map[string]time.Duration{}
	var stack []string
	var weight time.Duration
	end := func() {
		if len(stack) > 0 {
			times[layerOf(stack)] += weight
		}
		stack = nil
	}
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for begun := false; scanner.Scan(); {
		line := strings.TrimSpace(scanner.Text())
		if strings.HasPrefix(line, "-----------+") {
			end()
			begun = true
			continue
		}
		if !begun || line == "" {
			continue
		}
		if first, rest, ok := strings.Cut(line, "  "); ok {
			if d, err := time.ParseDuration(first); err == nil {
				weight, line = d, strings.TrimSpace(rest)
			}
		}
		stack = append(stack, strings.TrimSuffix(line, " (inline)"))
	}
	end()
	return times
}
