package pgtest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// expiry is when the engine ends a container, which is the only end it has if its
// process is killed. It lies beyond the time limit that go test has set, or no
// test could use all of that; a program that is no test gets a day.
func expiry() time.Duration {
	if f := flag.Lookup("test.timeout"); f != nil {
		if limit, err := time.ParseDuration(f.Value.String()); err == nil && limit > 0 {
			return limit + time.Minute
		}
	}
	return 24 * time.Hour
}

// startDocker runs image, the official one of PostgreSQL or a relative of it.
func startDocker(ctx context.Context, image string, extra ...string) (*Server, error) {
	repository, tag := docker.ParseRepositoryTag(image)
	if tag == "" {
		return nil, fmt.Errorf("%q has no tag; %s has one", image, defaultImage)
	}
	pool, err := engine(ctx)
	if err != nil {
		return nil, err
	}
	sweepContainers(pool)
	if err := provide(ctx, pool, repository, tag); err != nil {
		return nil, err
	}
	port := 0
	if extra != nil { // it may be started again, and the engine would choose another one
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	password, name := secret(), namePrefix+secret()[:12]
	language, extra := cutLanguage(extra)
	container, err := pool.RunWithOptions(&dockertest.RunOptions{
		Name:       name,
		Repository: repository,
		Tag:        tag,
		Env: append(language,
			"POSTGRES_PASSWORD="+password,
			"POSTGRES_INITDB_ARGS=--encoding=UTF8 --locale=C.UTF-8 --no-sync", // as startLocal
		),
		Cmd:          slices.Concat([]string{"postgres"}, settings, extra),
		PortBindings: map[docker.Port][]docker.PortBinding{"5432/tcp": {{HostIP: "127.0.0.1", HostPort: strconv.Itoa(port)}}},
	}, func(host *docker.HostConfig) {
		host.PublishAllPorts = false
		host.ShmSize = 256 << 20 // Docker's 64 MB are soon used up by parallel queries
	})
	if err != nil {
		// One that was created and did not start would stay.
		return nil, errors.Join(err, pool.RemoveContainerByName(name))
	}
	if !keep() {
		container.Expire(uint(expiry().Seconds())) //nolint:errcheck // always nil
	}
	server := ownedServer("Docker image "+image, container.GetHostPort("5432/tcp"), password)
	if err := awaitContainer(ctx, pool, container, server); err != nil {
		return nil, errors.Join(fmt.Errorf("%w%s", err, containerLog(pool, container)), pool.Purge(container))
	}
	server.life = &contained{pool, container, server}
	server.kept = "docker rm -f -v " + name
	server.stop = func() error {
		defer pool.Client.HTTPClient.CloseIdleConnections()
		return pool.Purge(container)
	}
	return server, nil
}

// engine is the Docker engine that DOCKER_HOST names or that has its socket in
// the usual place. It is asked whether it is there, as NewPool does not ask.
func engine(ctx context.Context) (*dockertest.Pool, error) {
	pool, err := dockertest.NewPool("")
	if err != nil {
		return nil, fmt.Errorf("DOCKER_HOST: %w", err)
	}
	endpoint := pool.Client.Endpoint()
	if u, err := url.Parse(endpoint); err == nil && slices.Contains([]string{"tcp", "http", "https"}, u.Scheme) {
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && !ip.IsLoopback() {
			return nil, fmt.Errorf("the engine %s is on another machine, whose ports on 127.0.0.1 are out of reach", endpoint)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := pool.Client.PingWithContext(ctx); err != nil {
		return nil, fmt.Errorf("no Docker engine answers at %s; DOCKER_HOST names another place: %w", endpoint, err)
	}
	return pool, nil
}

// provide pulls the image unless the engine has it. A registry that answers is
// worth a minute's download; one that does not is given up sooner.
func provide(ctx context.Context, pool *dockertest.Pool, repository, tag string) error {
	_, err := pool.Client.InspectImage(repository + ":" + tag)
	if !errors.Is(err, docker.ErrNoSuchImage) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = pool.Client.PullImage(docker.PullImageOptions{
		Repository:        repository,
		Tag:               tag,
		InactivityTimeout: 20 * time.Second,
		Context:           ctx,
	}, docker.AuthConfiguration{})
	if err != nil {
		return fmt.Errorf("not here and not to be pulled: %w", err)
	}
	return nil
}

// awaitContainer waits until the server answers over TCP. During the image's
// first-run scripts it answers on the Unix socket only, so this is not too early.
func awaitContainer(ctx context.Context, pool *dockertest.Pool, container *dockertest.Resource, server *Server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for ctx.Err() == nil {
			c, err := pool.Client.InspectContainerWithContext(container.Container.ID, ctx)
			if err != nil || !c.State.Running {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	err := server.await(ctx, gone)
	cancel()
	<-gone
	return err
}

func containerLog(pool *dockertest.Pool, container *dockertest.Resource) string {
	var out bytes.Buffer
	pool.Client.Logs(docker.LogsOptions{ //nolint:errcheck // part of a log beats none
		Container:    container.Container.ID,
		OutputStream: &out,
		ErrorStream:  &out,
		Stdout:       true,
		Stderr:       true,
	})
	return tail(out.Bytes())
}

// sweepAfter is how long a container must have been stopped to be taken for left: tests of other processes stop
// theirs and start them again.
const sweepAfter = 10 * time.Minute

// sweepContainers removes what killed runs have left and expiry has ended.
func sweepContainers(pool *dockertest.Pool) {
	dead, _ := pool.Client.ListContainers(docker.ListContainersOptions{
		All:     true,
		Filters: map[string][]string{"name": {"^/?" + namePrefix}, "status": {"exited", "dead"}},
	})
	for _, c := range dead {
		if found, err := pool.Client.InspectContainer(c.ID); err != nil || time.Since(found.State.FinishedAt) < sweepAfter {
			continue
		}
		pool.Client.RemoveContainer(docker.RemoveContainerOptions{ID: c.ID, RemoveVolumes: true}) //nolint:errcheck // best effort
	}
}
