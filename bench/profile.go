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
	{"escaping and checking text", []string{"encode.jsonString", "encode.csvText", "encode.validText", "encode.raw", "encode.Printed", "unicode/utf8.Valid"}},
	{"rows: keys, commas, blocks", []string{"encode.jsonObject", "encode.csvRecord", "encode.elements", "encode.lines", "encode.(*Writer)", "dbcontents.(*Rows).WriteTo"}},
	{"rows: receiving and splitting", []string{"pgproto3.", "pgconn.", "internal/wire.", "internal/interrupt.", "dbcontents.(*Rows)"}},
	{library, []string{"/dbcontents.", "/dbcontents/internal/", "pgxpool.", "puddle"}},
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

// small is how many rows the small answer of the profile has.
const small = 3

func profileMode(ctx context.Context, o options) error {
	if err := os.MkdirAll(o.profile, 0o755); err != nil {
		return err
	}
	b, err := newBench(ctx, o, small, o.rows)
	if err != nil {
		return err
	}
	defer b.close()
	text, err := b.profiles(ctx, wideTable(o.rows), o.profile)
	fmt.Print(text)
	return err
}

// profiles downloads a large table a few times as JSON and asks for the small
// one many times, each from a server of its own, and shows what share of the
// server's CPU each layer has. The profiles themselves are left in dir.
func (b *bench) profiles(ctx context.Context, large table, dir string) (string, error) {
	const clients, requests = 16, 40_000
	progress("profile: %d rows, one client", large.rows)
	many, total, err := b.profile(ctx, filepath.Join(dir, "large.pprof"), load{
		request: request("/dbcontents/"+large.name, ""), clients: 1, requests: 4, rows: large.rows,
	})
	if err != nil {
		return "", err
	}
	progress("profile: %d rows, %d clients", small, clients)
	few, fewTotal, err := b.profile(ctx, filepath.Join(dir, "small.pprof"), load{
		request: request("/dbcontents/"+wideTable(small).name, ""), clients: clients, requests: requests, rows: small,
	})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "| share of the server's CPU | %s rows, 1 client | %d rows, %d clients |\n|---|---:|---:|\n", large, small, clients)
	for _, l := range slices.Concat(sockets, layers, []layer{{name: values}, {name: otherLayer}}) {
		if many[l.name] > 0 || few[l.name] > 0 {
			fmt.Fprintf(&text, "| %s | %.0f %% | %.0f %% |\n", l.name, 100*many[l.name].Seconds()/total.Seconds(), 100*few[l.name].Seconds()/fewTotal.Seconds())
		}
	}
	fmt.Fprintf(&text, "| CPU for one response | %s | %s |\n", duration(total.Seconds()/4), duration(fewTotal.Seconds()/requests))
	return text.String(), nil
}

// profile runs a load against the real server, profiled, and sums its samples up.
func (b *bench) profile(ctx context.Context, file string, l load) (times map[string]time.Duration, total time.Duration, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, 0, err
	}
	p, err := b.start(ctx, "profiled", []string{self, profiledServer}, "BENCH_PROFILE="+file)
	if err != nil {
		return nil, 0, err
	}
	l.address = p.address
	_, err = l.run()
	p.stop()
	if err != nil {
		return nil, 0, err
	}
	// The text form spares a parser of the binary one, or a dependency.
	out, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", self, file).Output()
	if err != nil {
		return nil, 0, fmt.Errorf("go tool pprof: %w", err)
	}
	times = parseTraces(out)
	for _, d := range times {
		total += d
	}
	return times, total, nil
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
