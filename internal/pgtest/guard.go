//go:build unix

package pgtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// guarded reports an error if another user may change the file at path.
func guarded(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return guardedInfo(path, info)
}

func guardedInfo(path string, info fs.FileInfo) error {
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user (%d)", path, owner)
	}
	if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o022 != 0 { // the mode of a link means nothing
		return fmt.Errorf("other users may write to %s (mode %04o)", path, info.Mode().Perm())
	}
	return nil
}

// guardedHome is guarded for the directory that downloaded programs are kept in. What root
// runs from there, nobody else may put into its place either.
func guardedHome(home string) error {
	info, err := os.Lstat(home)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory, or a link to one", home)
	}
	if err := guardedInfo(home, info); err != nil || os.Geteuid() != 0 {
		return err
	}
	parent := filepath.Dir(home)
	info, err = os.Stat(parent)
	if err != nil || info.Mode()&fs.ModeSticky != 0 && info.Sys().(*syscall.Stat_t).Uid == 0 { // as /tmp
		return err
	}
	return guardedInfo(parent, info)
}

// guardedTree is guarded for a directory and all that is in it.
func guardedTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return guarded(path)
	})
}
