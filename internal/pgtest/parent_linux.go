package pgtest

import "syscall"

// dieWithParent lets the kernel end the server when the thread that started it
// ends: after a panic, after go test's timeout, even after a SIGKILL, none of
// which run a cleanup. SIGQUIT is PostgreSQL's immediate shutdown. A group of
// its own keeps a Ctrl-C from stopping it under a program that still drains.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGQUIT
	attr.Setpgid = true
}
