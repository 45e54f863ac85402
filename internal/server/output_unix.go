//go:build unix

package server

import (
	"cmp"
	"io/fs"
	"os"
	"syscall"
)

// trusts reports whether a symbolic link in dir may be followed, by the rule of Linux's
// protected_symlinks: in a directory such as /tmp, where everybody may make links, only those of
// this user and of the directory's owner. Links are read here and not followed by the system, so its own check does not apply,
// and in many containers it is off.
func trusts(dir string, link fs.FileInfo) bool {
	in, err := os.Stat(cmp.Or(dir, "."))
	if err != nil {
		return false
	}
	if in.Mode()&fs.ModeSticky == 0 || in.Mode().Perm()&0o002 == 0 {
		return true
	}
	maker, owner := link.Sys().(*syscall.Stat_t).Uid, in.Sys().(*syscall.Stat_t).Uid
	return int(maker) == os.Geteuid() || maker == owner
}
