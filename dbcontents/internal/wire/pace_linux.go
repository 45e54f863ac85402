package wire

import "syscall"

// pause waits for about the time in which PostgreSQL fills a buffer of ours
// with ordinary rows, so that most reads after it are whole ones. Shorter pauses
// cost more CPU, and longer ones no less (docs/decisions.md). time.Sleep would wait for
// a millisecond: Go waits for sockets and timers in one call, which counts in these.
func pause() {
	syscall.Nanosleep(&syscall.Timespec{Nsec: 600_000}, nil)
}
