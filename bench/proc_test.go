package main

import (
	"os"
	"runtime"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	line := "123 (a (b) R) S 45 123 123 0 -1 4194560 1 2 3 4 150 25 300 7 20 0 1 0 99 1 2 3\n"
	want := stat{name: "a (b) R", parent: 45, own: 1750 * time.Millisecond, waited: 3070 * time.Millisecond}
	if got, err := parseStat([]byte(line)); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "123", "123 (a) S 45", "123 a) S (45", "123 (a) S x 123 123 0 -1 4194560 1 2 3 4 150 25 300 7 20"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}

func TestParsePeak(t *testing.T) {
	t.Parallel()
	if got, err := parsePeak([]byte("VmPeak:\t  999 kB\nVmHWM:\t   17004 kB\nVmRSS:\t 1 kB\n")); err != nil || got != 17004<<10 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := parsePeak([]byte("VmRSS:\t 1 kB\n")); err == nil {
		t.Error("no VmHWM, no error")
	}
}

func TestParseMachine(t *testing.T) {
	t.Parallel()
	text := "cpu  100 20 30 9000 5 1 2 3 50 0\ncpu0 50 10 15 4500 2 1 1 1 25 0\n"
	if got, err := parseMachine([]byte(text)); err != nil || got != 1560*time.Millisecond {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "cpu 1 2 3", "cpu0 100 20 30 9000 5 1 2 3 50 0", "cpu  100 x 30 9000 5 1 2 3 50 0"} {
		if got, err := parseMachine([]byte(bad)); err == nil {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

// What the kernel says of this process has the form that is parsed.
func TestOwnProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc")
	}
	s, err := statOf(os.Getpid())
	if err != nil || s.parent != os.Getppid() {
		t.Errorf("got %+v, %v; the parent is %d", s, err, os.Getppid())
	}
	if peak, err := peakOf(os.Getpid()); err != nil || peak < 1<<20 {
		t.Errorf("peak %d, %v", peak, err)
	}
	if _, err := cpuOfTree(os.Getpid()); err != nil {
		t.Error(err)
	}
	if all, err := cpuOfMachine(); err != nil || all < s.own {
		t.Errorf("all programs used %v, this one %v, %v", all, s.own, err)
	}
	if resident, err := residentOf(os.Getpid()); err != nil || resident < 1<<20 {
		t.Errorf("resident %d, %v", resident, err)
	}
	if private, err := privateOf(os.Getpid()); err != nil || private < 1<<20 {
		t.Errorf("private %d, %v", private, err)
	}
}
