//go:build unix

package pgtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
)

// standby makes a copy of a running cluster that follows it.
func (c *cluster) standby(ctx context.Context, extra []string) (*Server, error) {
	s := &cluster{bin: c.bin, account: c.account, password: c.password, extra: extra}
	server, err := s.follow(ctx, c.port)
	if err != nil {
		s.remove() //nolint:errcheck // the first error says more
		return nil, err
	}
	return server, nil
}

func (c *cluster) follow(ctx context.Context, port int) (_ *Server, err error) {
	if c.dir, c.lock, err = lease(temporary(c.account), c.account); err != nil {
		return nil, err
	}
	primary := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), RawQuery: "sslmode=disable"}
	cmd := c.command(ctx, "pg_basebackup", "-D", filepath.Join(c.dir, "data"), "-d", primary.String(), "-R", "-X", "stream", "-c", "fast", "--no-sync")
	cmd.Env = append(cmd.Env, "PGPASSWORD="+c.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w%s", cmd.Path, err, tail(out))
	}
	return c.start(ctx)
}
