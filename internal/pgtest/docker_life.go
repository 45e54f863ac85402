package pgtest

import (
	"context"

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
	if err := c.pool.Client.KillContainer(docker.KillContainerOptions{ID: id, Signal: signal}); err != nil {
		return err
	}
	_, err := c.pool.Client.WaitContainer(id)
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

func (c *contained) freeze() error { return c.pool.Client.PauseContainer(c.container.Container.ID) }
func (c *contained) thaw() error   { return c.pool.Client.UnpauseContainer(c.container.Container.ID) }
