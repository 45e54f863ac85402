//go:build unix && !linux

package pgtest

import "syscall"

// dieWithParent has no kernel to ask here. The server stays in our process
// group, so Ctrl-C reaches it; a SIGKILL of the test leaves it running.
func dieWithParent(*syscall.SysProcAttr) {}
