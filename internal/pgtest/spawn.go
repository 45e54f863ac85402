package pgtest

import (
	"os/exec"
	"runtime"
)

// Spawn starts a program and closes ended when it has ended. The program may be one that is to
// end with this process: Linux counts as the parent the thread that forked, not the process. If
// the runtime retired that thread, the program would be killed in the middle of a test. A
// locked goroutine that waits keeps its thread.
func Spawn(cmd *exec.Cmd, ended chan<- struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() //nolint:errcheck // the log tells more than an exit status
		}
	}()
	return <-started
}
