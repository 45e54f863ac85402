//go:build unix

package pgtest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func (c *cluster) halt(immediately bool) error {
	signal := syscall.SIGINT
	if immediately {
		signal = syscall.SIGQUIT
	}
	if err := c.postmaster.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.postmaster.done:
		return nil
	case <-time.After(30 * time.Second):
		return errors.New("pgtest: the server does not stop")
	}
}

func (c *cluster) boot(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer log.Close()
	p, err := c.run(c.port, log)
	if err != nil {
		return err
	}
	c.postmaster = p
	return ownedServer("", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)), c.password).await(ctx, p.done)
}

func (c *cluster) freeze() error { return c.signal(syscall.SIGSTOP) }
func (c *cluster) thaw() error   { return c.signal(syscall.SIGCONT) }

// signal reaches the postmaster first, so that it makes no more children, and
// then those that it has: each is a process group of its own.
func (c *cluster) signal(signal syscall.Signal) error {
	pid := c.postmaster.cmd.Process.Pid
	if err := syscall.Kill(pid, signal); err != nil {
		return err
	}
	children, err := childrenOf(pid)
	for _, child := range children {
		if killErr := syscall.Kill(child, signal); !errors.Is(killErr, syscall.ESRCH) { // it may have ended meanwhile
			err = errors.Join(err, killErr)
		}
	}
	return err
}

// childrenOf asks the operating system, as PostgreSQL cannot be asked then.
func childrenOf(pid int) (children []int, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(pid) + "/children")
	if err != nil {
		return nil, err
	}
	for word := range strings.FieldsSeq(string(text)) {
		child, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	return children, nil
}
