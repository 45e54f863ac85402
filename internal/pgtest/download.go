//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

const cacheAdvice = "set XDG_CACHE_HOME to a directory that other users can enter but not write to (mode 0755)"

// startDownloaded runs programs from a Maven repository, which are downloaded
// unless an earlier start has done so.
func startDownloaded(ctx context.Context, release Release, repository string) (*Server, error) {
	bin, err := downloaded(ctx, release, repository)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	server, err := startLocal(ctx, bin)
	if err != nil && ctx.Err() == nil {
		dir := filepath.Dir(bin)
		return nil, fmt.Errorf("the programs kept in %s do not start: %w\nif they are damaged, remove %s, and the next start downloads them again", dir, err, dir)
	}
	return server, err
}

// downloaded is the directory of the programs. They come into place as a whole
// or not at all.
func downloaded(ctx context.Context, release Release, repository string) (bin string, err error) {
	u, err := url.Parse(repository)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", errors.New("the repository must be a URL that begins with https://, as in DBCONTENTS_TEST_POSTGRES=download=" + defaultRepository) // the cause would quote it
	}
	repository = u.String() // with the scheme in lower case
	owner, err := unprivileged()
	if err != nil {
		return "", err
	}
	home, err := cacheHome(owner)
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("postgresql-%s-%s-%s", release.Version, runtime.GOOS, runtime.GOARCH)
	dir := filepath.Join(home, name)
	bin = filepath.Join(dir, "bin")
	if found, err := kept(dir); found || err != nil {
		return bin, err
	}
	stage, lock, err := lease(home, nil)
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, cacheAdvice)
	}
	defer func() { err = errors.Join(err, lock.Close(), os.RemoveAll(stage)) }()
	fmt.Fprintf(os.Stderr, "downloading PostgreSQL %s from %s\nto keep it in %s ...\n", release.Version, u.Redacted(), dir)
	programs := filepath.Join(stage, "programs")
	if err := release.Fetch(ctx, repository, stage, programs); err != nil {
		text := strings.ReplaceAll(err.Error(), repository, u.Redacted())
		return "", fmt.Errorf("PostgreSQL %s for %s/%s from %s: %s; nothing of it is kept", release.Version, runtime.GOOS, runtime.GOARCH, u.Redacted(), text)
	}
	if err := complete(filepath.Join(programs, "bin")); err != nil {
		return "", fmt.Errorf("what %s has is not PostgreSQL: %w", u.Redacted(), err)
	}
	if err := publish(programs, owner); err != nil {
		return "", err
	}
	return bin, install(programs, dir)
}

// kept reports whether dir has the programs. It is an error if another user may
// have changed them.
func kept(dir string) (bool, error) {
	if complete(filepath.Join(dir, "bin")) != nil {
		return false, nil
	}
	if err := guardedTree(dir); err != nil {
		return false, fmt.Errorf("%w, so PostgreSQL is not run from there; remove %s, or %s", err, dir, cacheAdvice)
	}
	return true, nil
}

// install moves the programs to dir, unless another start was faster. One start at a
// time does so.
func install(programs, dir string) (err error) {
	home, err := os.Open(filepath.Dir(dir))
	if err != nil {
		return err
	}
	defer home.Close() // which gives the lock back
	if err := syscall.Flock(int(home.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", home.Name(), err)
	}
	if found, err := kept(dir); found || err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil { // somebody has taken parts of it away
		return err
	}
	return os.Rename(programs, dir)
}

// cacheHome is the directory for downloaded programs in the user's cache
// directory. Root's own is closed to the account that runs PostgreSQL, so root
// has the system's unless XDG_CACHE_HOME says otherwise.
func cacheHome(owner *account) (string, error) {
	parent, err := os.UserCacheDir()
	if owner != nil && os.Getenv("XDG_CACHE_HOME") == "" {
		parent, err = "/var/cache", nil
	}
	if err != nil {
		return "", fmt.Errorf("no cache directory: %w; %s", err, cacheAdvice)
	}
	home := filepath.Join(parent, "dbcontents")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("%w; %s", err, cacheAdvice)
	}
	err = os.Mkdir(home, 0o755)
	if err == nil && owner != nil {
		err = os.Chmod(home, 0o755) // whatever root's umask is
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w; %s", err, cacheAdvice)
	}
	if err := guardedHome(home); err != nil {
		return "", fmt.Errorf("%w, so no programs are run from there; %s", err, cacheAdvice)
	}
	if owner != nil && !traversable(home) {
		return "", fmt.Errorf("%s is closed to the account that runs PostgreSQL, which does not run as root; %s", home, cacheAdvice)
	}
	return home, nil
}

// publish takes from other users the right to change what was unpacked. What root
// has unpacked, it lets everybody read and run, whatever its umask is.
func publish(dir string, owner *account) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm()
		if owner != nil {
			mine := mode & 0o500
			mode |= mine>>3 | mine>>6
		}
		return os.Chmod(path, mode&0o755)
	})
}
