//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is a user to run PostgreSQL as, because it refuses to run as root. A
// nil account is the current user.
type account struct {
	uid, gid uint32
	groups   []uint32
}

// unprivileged is nil for an ordinary user, and postgres or else nobody for root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return newAccount(u)
		}
	}
	return nil, errors.New("we are root, PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func newAccount(u *user.User) (*account, error) {
	groups, err := u.GroupIds() // the key of an ssl certificate may need them
	if err != nil {
		return nil, err
	}
	a := new(account)
	for i, text := range append([]string{u.Uid, u.Gid}, groups...) {
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, err
		}
		switch i {
		case 0:
			a.uid = uint32(id)
		case 1:
			a.gid = uint32(id)
		default:
			a.groups = append(a.groups, uint32(id))
		}
	}
	return a, nil
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
}

// own gives a file to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// traversable reports whether everybody may pass through dir and its parents.
func traversable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return true
	}
}
