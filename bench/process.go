package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A process is a server under test: the real one or a rival, each in a process
// of its own, so that the kernel accounts for it.
type process struct {
	name    string
	address string
	cmd     *exec.Cmd
	log     string
	ended   chan struct{}
}

// start runs a program with an environment of its own, its output in a file of
// dir, and returns when it listens.
func start(ctx context.Context, dir, name string, command, environ []string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	p := &process{name: name, address: address, log: log.Name(), ended: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Env = append([]string{"ADDR=" + address}, environ...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait() //nolint:errcheck // the log tells more than an exit status
	}()
	if err := p.await(ctx); err != nil {
		p.stop()
		text, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(text))
	}
	return p, nil
}

// freeAddress is an address that nobody listens on right now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		if c, err := dial(p.address); err == nil {
			c.close()
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-p.ended:
			return errors.New("ended before it listened")
		case <-ctx.Done():
			return errors.New("does not listen")
		}
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the process to end, and makes it.
func (p *process) stop() {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		p.cmd.Process.Signal(signal) //nolint:errcheck // it may be gone already
		select {
		case <-p.ended:
			return
		case <-time.After(10 * time.Second):
		}
	}
}
