package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU times in /proc. It is 1/100 s on every Linux that Go
// runs on, whatever the kernel's own clock.
const tick = time.Second / 100

// A stat is what /proc/<pid>/stat says of a process.
type stat struct {
	name   string
	parent int
	own    time.Duration // CPU of all its threads, also those that have ended
	waited time.Duration // CPU of its children that have ended
}

var errStat = errors.New("not the form of /proc/<pid>/stat")

// parseStat takes the line apart. The name, in parentheses, may hold anything.
func parseStat(line []byte) (s stat, err error) {
	open, shut := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || shut < open {
		return s, errStat
	}
	s.name = string(line[open+1 : shut])
	fields := bytes.Fields(line[shut+1:]) // from the third on, the state
	if len(fields) < 15 {
		return s, errStat
	}
	number := func(i int) time.Duration {
		n, numberErr := strconv.ParseInt(string(fields[i]), 10, 64)
		err = errors.Join(err, numberErr)
		return time.Duration(n)
	}
	s.parent = int(number(1))
	s.own = (number(11) + number(12)) * tick    // utime, stime
	s.waited = (number(13) + number(14)) * tick // cutime, cstime
	return s, err
}

func statOf(pid int) (stat, error) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(line)
}

// cpuOf is the CPU that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	s, err := statOf(pid)
	return s.own, err
}

// cpuOfTree is the CPU of a process and of all its children, those that have
// ended included. PostgreSQL's processes are all children of one.
func cpuOfTree(pid int) (time.Duration, error) {
	root, err := statOf(pid)
	if err != nil {
		return 0, err
	}
	total := root.own + root.waited
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, name := range all {
		line, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended meanwhile
		}
		if s, err := parseStat(line); err == nil && s.parent == pid {
			total += s.own + s.waited
		}
	}
	return total, nil
}

// cpuOfMachine is the CPU that all programs of this machine have used since it
// began, and what a hypervisor took of it.
func cpuOfMachine() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(text)
}

// parseMachine reads the first line: "cpu", then user, nice, system, idle,
// iowait, irq, softirq, steal. User and nice include guests.
func parseMachine(text []byte) (total time.Duration, err error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return 0, errors.New("not the form of /proc/stat")
	}
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		n, numberErr := strconv.ParseInt(string(fields[i]), 10, 64)
		err = errors.Join(err, numberErr)
		total += time.Duration(n) * tick
	}
	return total, err
}

// peakOf is the most memory that a process has had resident (VmHWM), in bytes.
func peakOf(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parsePeak(status)
}

func parsePeak(status []byte) (int64, error) { return memoryField(status, "VmHWM") }

// memoryField is the bytes of one line of /proc/<pid>/status or smaps_rollup.
func memoryField(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte(" kB"))), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc", name)
}

// residentOf is the memory that a process has resident now.
func residentOf(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return memoryField(status, "VmRSS")
}

// privateOf is the memory that a process shares with no other.
func privateOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	clean, err := memoryField(text, "Private_Clean")
	if err != nil {
		return 0, err
	}
	dirty, err := memoryField(text, "Private_Dirty")
	return clean + dirty, err
}

// resetPeak makes the kernel count the peak anew. Where that is not allowed the
// peak stays that of the process's whole life, which is never too small.
func resetPeak(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) //nolint:errcheck // see above
}
