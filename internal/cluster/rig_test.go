//go:build linux

package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
)

// wait is how long a test waits for what should come soon. It is for busy machines.
const wait = 60 * time.Second

// A node is one server of PostgreSQL with the Patroni that manages it. Everybody else reaches it through
// proxies: so it can be cut off, and who tries to connect is counted.
type node struct {
	name, dir string
	port      int               // of PostgreSQL itself
	rest      int               // of Patroni itself
	clients   *faultproxy.Proxy // for our servers
	haproxy   *faultproxy.Proxy // for HAProxy
	peers     *faultproxy.Proxy // for the other servers' replication
	status    *faultproxy.Proxy // to Patroni, for the others and HAProxy
	etcd      *faultproxy.Proxy // the node's own way to etcd
	patroni   *process
}

// A cluster is three nodes, etcd and HAProxy.
type cluster struct {
	*testing.T
	paths map[string]string
	as    *syscall.Credential
	dir   string
	nodes []*node

	toPrimary, toReplicas int // HAProxy's ports
}

// config is Patroni's of one node. Its times are those at which a failover takes a few seconds.
const config = `
scope: test
name: %[1]s
restapi: {listen: '127.0.0.1:%[2]d', connect_address: '%[3]s'}
etcd3: {hosts: ['%[4]s'], use_proxies: true}
bootstrap:
  dcs:
    ttl: 6
    loop_wait: 1
    retry_timeout: 2
    maximum_lag_on_failover: 104857600
    primary_start_timeout: 0
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {max_connections: 60, wal_log_hints: 'on', fsync: 'off', wal_keep_size: 64MB, wal_retrieve_retry_interval: 500ms, shared_buffers: 16MB}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, no-sync]
postgresql:
  listen: '127.0.0.1:%[5]d'
  connect_address: '%[6]s'
  data_dir: '%[7]s/data'
  bin_dir: '%[8]s'
  pgpass: '%[7]s/pgpass'
  use_unix_socket: true
  basebackup: [{checkpoint: fast}]
  authentication:
    superuser: {username: postgres, password: postgres}
    replication: {username: replicator, password: replicator}
  parameters: {unix_socket_directories: '%[7]s'}
  pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 scram-sha-256', 'host replication all 127.0.0.1/32 scram-sha-256']
`

// haproxy leads to whom Patroni says is the primary, and to the replicas.
const haproxy = `
defaults
  mode tcp
  timeout connect 1s
  timeout client 1m
  timeout server 1m
  timeout check 1s
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
listen primary
  bind 127.0.0.1:%d
  option httpchk OPTIONS /primary
  %s
listen replicas
  bind 127.0.0.1:%d
  option httpchk OPTIONS /replica
  %[2]s
`

// seed is a table whose every state tells whether it is whole.
const seed = `
CREATE TABLE test_table AS SELECT id, 200 AS rows, 0::bigint AS version, repeat(md5(id || '/' || 0), 10) AS sum FROM generate_series(1, 200) id;
ALTER TABLE test_table ADD PRIMARY KEY (id);
CREATE TABLE counter (id int PRIMARY KEY, n bigint);
INSERT INTO counter VALUES (1, 0);
CREATE ROLE reader LOGIN PASSWORD 'reader';
CREATE VIEW large AS SELECT id, repeat('x', 200) AS filler FROM generate_series(1, 300000) id;
GRANT SELECT ON test_table, counter, large TO reader`

// newCluster starts one and waits until it is whole.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{T: t, paths: programs(t), as: account(t)}
	var err error
	if c.dir, err = os.MkdirTemp("/tmp", "dbcontents-cluster-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(c.dir) })
	etcd := c.startEtcd()
	var backends string
	for i := range 3 {
		n := &node{name: fmt.Sprintf("node%d", i+1), dir: filepath.Join(c.dir, fmt.Sprintf("node%d", i+1)), port: freePort(t), rest: freePort(t)}
		n.clients, n.haproxy, n.peers = faultproxy.New(t, local(n.port)), faultproxy.New(t, local(n.port)), faultproxy.New(t, local(n.port))
		n.status, n.etcd = faultproxy.New(t, local(n.rest)), faultproxy.New(t, etcd)
		_, port, _ := strings.Cut(n.status.Addr(), ":")
		backends += fmt.Sprintf("server %s %s check port %s\n  ", n.name, n.haproxy.Addr(), port)
		c.mkdir(n.dir)
		c.write(filepath.Join(n.dir, "patroni.yaml"), fmt.Sprintf(config, n.name, n.rest, n.status.Addr(), n.etcd.Addr(), n.port, n.peers.Addr(), n.dir, filepath.Dir(c.paths["initdb"])))
		c.nodes = append(c.nodes, n)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, n := range c.nodes {
				t.Logf("%s:\n%s", n.name, tail(filepath.Join(n.dir, "patroni.log")))
			}
		}
		var tasks sync.WaitGroup
		for _, n := range c.nodes {
			tasks.Go(n.stop)
		}
		tasks.Wait()
	})
	c.start(c.nodes[0]) // alone, so that it is the first primary
	c.eventually("a primary", func() bool { return c.is(c.nodes[0], "primary") })
	c.start(c.nodes[1])
	c.start(c.nodes[2])
	c.exec(c.nodes[0], seed)
	c.toPrimary, c.toReplicas = freePort(t), freePort(t)
	c.write(filepath.Join(c.dir, "haproxy.cfg"), fmt.Sprintf(haproxy, c.toPrimary, backends, c.toReplicas))
	p := launch(t, c.as, c.dir, c.paths["haproxy"], "-db", "-f", filepath.Join(c.dir, "haproxy.cfg"))
	t.Cleanup(p.kill)
	c.whole()
	return c
}

func (c *cluster) startEtcd() (address string) {
	c.Helper()
	dir := filepath.Join(c.dir, "etcd")
	c.mkdir(dir)
	address = local(freePort(c.T))
	peer := "http://" + local(freePort(c.T))
	p := launch(c.T, c.as, dir, c.paths["etcd"], "--name=one", "--data-dir="+filepath.Join(dir, "data"), "--listen-client-urls=http://"+address, "--advertise-client-urls=http://"+address,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=one="+peer, "--unsafe-no-fsync=true")
	c.Cleanup(p.end)
	c.eventually("etcd answers: "+p.log, func() bool {
		response, err := http.Get("http://" + address + "/health")
		if err == nil {
			response.Body.Close()
		}
		return err == nil && response.StatusCode == http.StatusOK
	})
	return address
}

func (c *cluster) mkdir(dir string) {
	c.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		c.Fatal(err)
	}
	c.own(dir)
	c.own(c.dir)
}

func (c *cluster) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
	c.own(name)
}

func (c *cluster) own(name string) {
	c.Helper()
	if c.as == nil {
		return
	}
	if err := os.Chown(name, int(c.as.Uid), int(c.as.Gid)); err != nil {
		c.Fatal(err)
	}
}

func (c *cluster) start(n *node) {
	c.Helper()
	n.patroni = launch(c.T, c.as, n.dir, c.paths["patroni"], filepath.Join(n.dir, "patroni.yaml"))
}

// postgres is the id of a node's postmaster, or 0.
func (n *node) postgres() int {
	text, _ := os.ReadFile(filepath.Join(n.dir, "data", "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); strings.TrimSpace(string(name)) != "postgres" {
		return 0
	}
	return pid
}

// kill ends all of a node at once, as if it lost power.
func (c *cluster) kill(n *node) {
	var pids []int
	if pid := n.postgres(); pid != 0 {
		pids = family(pid)
	}
	signal(append(pids, n.patroni.cmd.Process.Pid), syscall.SIGKILL)
	<-n.patroni.done
}

// stop ends a node and leaves nothing of it, shared memory neither.
func (n *node) stop() {
	if n.patroni != nil {
		n.patroni.kill()
	}
	pid := n.postgres()
	if pid == 0 {
		return
	}
	pids := family(pid)
	signal(pids, syscall.SIGCONT)
	syscall.Kill(pid, syscall.SIGQUIT) //nolint:errcheck // it may be gone already
	for end := time.Now().Add(5 * time.Second); n.postgres() != 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	signal(pids, syscall.SIGKILL)
}

// cut cuts a node off from everything, silently, or joins it again.
func (n *node) cut(on bool) {
	for _, p := range []*faultproxy.Proxy{n.clients, n.haproxy, n.peers, n.status, n.etcd} {
		p.Hang(on)
	}
}

var rest = http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// is reports whether Patroni says that its node is a primary, or a replica.
func (c *cluster) is(n *node, role string) bool {
	response, err := rest.Get("http://" + local(n.rest) + "/" + role)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body) //nolint:errcheck // the status says all
	return response.StatusCode == http.StatusOK
}

// primary is the node that leads, other than not, or nil.
func (c *cluster) primary(not *node) *node {
	for _, n := range c.nodes {
		if n != not && c.is(n, "primary") {
			return n
		}
	}
	return nil
}

// whole waits until there is a primary and two replicas that follow it closely.
func (c *cluster) whole() {
	c.Helper()
	c.eventually("the cluster is whole", func() bool {
		primary := c.primary(nil)
		if primary == nil {
			return false
		}
		var streaming int
		conn, err := pgx.Connect(context.Background(), primary.dsn("postgres"))
		if err != nil {
			return false
		}
		defer conn.Close(context.Background())
		err = conn.QueryRow(context.Background(), "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) < 1000000").Scan(&streaming)
		for _, n := range c.nodes {
			if n != primary && !c.is(n, "replica") {
				return false
			}
		}
		return err == nil && streaming == 2
	})
}

// dsn leads to the server itself, past the proxies.
func (n *node) dsn(user string) string {
	return "postgres://" + user + ":" + user + "@" + local(n.port) + "/postgres?sslmode=disable&connect_timeout=2"
}

// hosts is a connection string with all nodes, through the proxies.
func (c *cluster) hosts(query string) string {
	var list []string
	for _, n := range c.nodes {
		list = append(list, n.clients.Addr())
	}
	return "postgres://reader:reader@" + strings.Join(list, ",") + "/postgres?sslmode=disable&" + query
}

func (c *cluster) exec(n *node, sql string) {
	c.Helper()
	conn, err := pgx.Connect(c.Context(), n.dsn("postgres"))
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close(c.Context())
	if _, err := conn.Exec(c.Context(), sql); err != nil {
		c.Fatalf("%v\nin: %s", err, sql)
	}
}

// eventually waits for what takes effect outside of the test, and returns how long that took.
func (c *cluster) eventually(what string, ok func() bool) time.Duration {
	c.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > wait {
			c.Fatalf("after %v still not: %s", wait, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(began)
}
