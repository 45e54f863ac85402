package docker_test

import (
	"context"
	"strings"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const namePrefix = "dbcontents-test-"

// sweep removes what killed runs have left: their containers would start again
// with the machine. No run takes an hour. What fails here is left to the next.
func sweep(ctx context.Context, pool *dockertest.Pool) {
	containers, _ := pool.Client.ListContainers(docker.ListContainersOptions{
		All: true, Context: ctx, Filters: map[string][]string{"name": {"^/?" + namePrefix}},
	})
	for _, c := range containers {
		if time.Since(time.Unix(c.Created, 0)) < time.Hour {
			continue
		}
		if project := c.Labels["com.docker.compose.project"]; project != "" {
			command(ctx, nil, "docker", "compose", "-p", project, "down", "--volumes", "--remove-orphans", "--timeout", "0") //nolint:errcheck // see above
			continue
		}
		pool.Client.RemoveContainer(docker.RemoveContainerOptions{ID: c.ID, RemoveVolumes: true, Force: true, Context: ctx}) //nolint:errcheck // see above
		for name := range c.Networks.Networks {
			if strings.HasPrefix(name, namePrefix) {
				pool.Client.RemoveNetwork(name) //nolint:errcheck // the last of its containers takes it along
			}
		}
	}
}
