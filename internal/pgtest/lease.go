//go:build unix

package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// temporary is where directories for the server's account are made.
func temporary(owner *account) string {
	if dir := os.TempDir(); owner == nil || traversable(dir) {
		return dir
	}
	return "/tmp" // root's own TMPDIR is no use to the server's account
}

// lease makes a directory in parent that is ours for as long as the lock file in
// it is held. The kernel gives a lock back when the last process with the file
// open ends, however it ends, so a lock that can be had marks a dead run. A
// process id in a file would be wrong after reuse and in another pid namespace.
func lease(parent string, owner *account) (dir string, lock *os.File, err error) {
	sweep(parent)
	if dir, err = os.MkdirTemp(parent, namePrefix); err != nil {
		return "", nil, err
	}
	lock, err = os.Create(filepath.Join(dir, "lock"))
	if err == nil {
		err = errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_EX), owner.own(dir))
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, lock, nil
}

// sweep removes what killed runs have left. What it may not remove, another
// user's perhaps, stays.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, namePrefix+"*"))
	for _, dir := range dirs {
		if abandoned(dir) {
			os.RemoveAll(dir)
		}
	}
}

func abandoned(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
		return false // perhaps made just now and not yet locked
	}
	lock, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
