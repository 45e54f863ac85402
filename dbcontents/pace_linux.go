package dbcontents

import "syscall"

// pause waits for 50 µs and what a timer of Linux takes, as much again.
// time.Sleep would wait for a millisecond: Go waits for sockets and timers in
// one call, which counts in these.
func pause() {
	syscall.Nanosleep(&syscall.Timespec{Nsec: 50_000}, nil)
}
