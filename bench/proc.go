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

// peakOf is the most memory that a process has had resident (VmHWM), in bytes.
func peakOf(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parsePeak(status)
}

func parsePeak(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte(" kB"))), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("no VmHWM in /proc/<pid>/status")
}

// resetPeak makes the kernel count the peak anew. Where that is not allowed the
// peak stays that of the process's whole life, which is never too small.
func resetPeak(pid int) {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) //nolint:errcheck // see above
}
