package pgtest

import (
	"context"
	"errors"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// contained is a server in a container. Its postmaster is the container's first
// process, so that the container runs as long as the server does.
type contained struct {
	pool      *dockertest.Pool
	container *dockertest.Resource
	server    *Server
}

func (c *contained) halt(immediately bool) error {
	signal := docker.SIGINT
	if immediately {
		signal = docker.SIGQUIT
	}
	id := c.container.Container.ID
	err := c.pool.Client.KillContainer(docker.KillContainerOptions{ID: id, Signal: signal})
	var gone *docker.ContainerNotRunning
	if err != nil && !errors.As(err, &gone) {
		return err
	}
	_, err = c.pool.Client.WaitContainer(id)
	return err
}

func (c *contained) boot(ctx context.Context) error {
	if err := c.pool.Client.StartContainer(c.container.Container.ID, nil); err != nil {
		return err
	}
	if !keep() {
		c.container.Expire(uint(expiry().Seconds())) //nolint:errcheck // always nil
	}
	return awaitContainer(ctx, c.pool, c.container, c.server)
}

// freeze tries more than once: the kernel may find a process that cannot be
// frozen just then, and the engine gives up soon.
func (c *contained) freeze() (err error) {
	for range 20 {
		if err = c.pool.Client.PauseContainer(c.container.Container.ID); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func (c *contained) thaw() error { return c.pool.Client.UnpauseContainer(c.container.Container.ID) }

func (c *contained) standby(context.Context, []string) (*Server, error) {
	return nil, ErrNoStandby
}
