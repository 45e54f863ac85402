//go:build linux

package cluster

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var longer = flag.Duration("cluster.for", 0, "how long the scenarios are played over and over; each once by default")

// TestCluster plays what happens to clusters, under load: readers on servers of ours that name all three nodes, and
// on such that go through HAProxy. No answer may be wrong or short, failures are visible and few, and
// soon after the promotion there are none.
func TestCluster(t *testing.T) {
	if os.Getenv("DBCONTENTS_TEST_POSTGRES") != "" {
		t.Skip("DBCONTENTS_TEST_POSTGRES asks for a PostgreSQL in particular, and the cluster has its own")
	}
	c := newCluster(t)
	urls := map[string]string{}
	for _, attrs := range []string{"any", "prefer-standby", "read-write"} {
		urls[attrs] = serve(t, c.hosts("target_session_attrs="+attrs+"&pool_max_conn_lifetime=5s"))
	}
	urls["haproxy primary"] = serve(t, "postgres://reader:reader@"+local(c.toPrimary)+"/postgres?sslmode=disable")
	urls["haproxy replicas"] = serve(t, "postgres://reader:reader@"+local(c.toReplicas)+"/postgres?sslmode=disable")
	standbys := serve(t, c.hosts("target_session_attrs=standby"))
	for name, url := range urls {
		c.eventually(name+" is ready", func() bool {
			response, err := http.Get(url + "/readyz")
			if err == nil {
				response.Body.Close()
			}
			return err == nil && response.StatusCode == http.StatusOK
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() { c.keepWriting(ctx) })
	defer writer.Wait()
	defer cancel()
	began := time.Now()
	for round := 1; round == 1 || time.Since(began) < *longer; round++ {
		for _, s := range scenarios {
			t.Run(fmt.Sprintf("%s %d", s.name, round), func(t *testing.T) {
				c.T = t
				c.play(s, urls)
			})
		}
		for name, url := range map[string]string{"preferred standbys": urls["prefer-standby"], "standbys": standbys} {
			t.Run(fmt.Sprintf("read your writes at %s %d", name, round), func(t *testing.T) {
				c.T = t
				c.readYourWrites(url)
			})
		}
	}
	c.T = t
}

// A scenario is something that happens to a node of the cluster.
type scenario struct {
	name    string
	standby bool // happens to a standby, else to the primary
	fault   func(c *cluster, n *node)
	mend    func(c *cluster, n *node)
	// failing is how many requests of a load may fail: nil is none.
	failing map[string]int
	// breaks tells that large answers that come from the node are broken off.
	breaks bool
}

// Each reader has at most one request under way at the node that goes. A node that goes silent may cost each
// connection of a pool, and one attempt to connect, its timeout. Without a primary there is none to be read.
const (
	underWay = readers
	silently = readers + 4 + 2
	outage   = 1 << 20
)

var scenarios = []scenario{
	{
		name: "switchover",
		fault: func(c *cluster, n *node) {
			response, err := rest.Post("http://"+local(n.rest)+"/switchover", "application/json", strings.NewReader(`{"leader": "`+n.name+`"}`))
			if err == nil {
				response.Body.Close()
			} else if !strings.Contains(err.Error(), "Timeout") { // it answers when it is done
				c.Error(err)
			}
		},
		mend:    func(*cluster, *node) {},
		breaks:  true,
		failing: map[string]int{"any": underWay, "prefer-standby": underWay, "read-write": outage, "haproxy primary": outage, "haproxy replicas": outage},
	},
	{
		name:    "the primary is killed",
		fault:   (*cluster).kill,
		mend:    (*cluster).start,
		breaks:  true,
		failing: map[string]int{"any": underWay, "prefer-standby": 0, "read-write": outage, "haproxy primary": outage, "haproxy replicas": outage},
	},
	{
		name:    "the primary is cut off",
		fault:   func(_ *cluster, n *node) { n.cut(true) },
		mend:    func(_ *cluster, n *node) { n.cut(false) },
		failing: map[string]int{"any": silently, "prefer-standby": 0, "read-write": outage, "haproxy primary": outage, "haproxy replicas": outage},
	},
	{
		name: "a standby is frozen", standby: true,
		fault:   func(_ *cluster, n *node) { signal(family(n.postgres()), syscall.SIGSTOP) },
		mend:    func(_ *cluster, n *node) { signal(family(n.postgres()), syscall.SIGCONT) },
		failing: map[string]int{"any": silently, "prefer-standby": silently, "haproxy replicas": outage},
	},
}

// settled is how long after the promotion requests may still fail.
const settled = 5 * time.Second

func (c *cluster) play(s scenario, urls map[string]string) {
	c.Helper()
	c.whole()
	n := c.primary(nil)
	if s.standby {
		n = c.nodes[slices.IndexFunc(c.nodes, func(x *node) bool { return x != n })]
	}
	sound := c.nodes[slices.IndexFunc(c.nodes, func(x *node) bool { return x != n && c.is(x, "replica") })]
	p := newPulse(sound)
	defer p.stop()
	l := newLoad(urls)
	defer l.stop()
	streams := map[string]*stream{}
	if s.breaks {
		for _, name := range []string{"read-write", "prefer-standby"} {
			streams[name] = newStream(urls[name])
		}
	}
	time.Sleep(time.Second)
	attempts := n.clients.Connections()
	fault := time.Now()
	s.fault(c, n)
	promotion := fault
	if !s.standby {
		c.eventually("another primary", func() bool { return c.primary(n) != nil })
		promotion = time.Now()
	}
	for name, stream := range streams {
		rows, err := stream.end()
		c.Logf("%-16s %d of %d rows, %v", name, rows, largeRows, err)
		if (err == nil) != (rows == largeRows) || (err == nil) == (name == "read-write") {
			c.Errorf("%s: a large answer has %d rows, and ends with %v", name, rows, err)
		}
	}
	time.Sleep(settled + 3*time.Second)
	away, attempts := time.Since(fault), n.clients.Connections()-attempts
	s.mend(c, n)
	mended := time.Now()
	c.whole()
	whole := time.Since(mended)
	time.Sleep(time.Second)
	results, slowest := l.end(), p.end()
	if slowest > starved {
		c.Logf("the machine has no time: a sound node takes up to %v to answer; limits of time that were met do not count", slowest)
		results = slices.DeleteFunc(results, func(r result) bool { return r.late() })
	}
	c.Logf("promoted after %v, whole again %v after it was mended, %d attempts to connect to the node in %v", promotion.Sub(fault).Round(time.Millisecond), whole.Round(time.Millisecond), attempts, away.Round(time.Millisecond))
	for _, name := range slices.Sorted(maps.Keys(urls)) {
		c.judge(s, name, results, fault, promotion, slowest > starved)
	}
	// Three servers of ours name the node. When it goes, each connection of a pool may try it once. Then it is left
	// alone for 0.25 s and twice as long each time up to 10 s. A server that finds no other node to do tries all again,
	// every two seconds in the end. Readers that tried it with each request would do so a thousand times.
	if most := 3 * (4 + 9 + int(away/(2*time.Second))); s.name != "switchover" && attempts > most {
		c.Errorf("%d attempts to connect in %v, want at most %d", attempts, away, most)
	}
}

// judge looks at the results of one load.
func (c *cluster) judge(s scenario, name string, results []result, fault, promotion time.Time, starved bool) {
	c.Helper()
	var all, after int
	var last time.Time
	causes := map[string]int{}
	var failed []result
	for _, r := range results {
		if r.load != name {
			continue
		}
		all++
		if r.wrong != "" {
			c.Errorf("%s: a wrong answer: %s", name, r.wrong)
		}
		if r.began.After(promotion.Add(settled)) && r.failed == "" {
			after++
		}
		if r.failed != "" {
			failed = append(failed, r)
			causes[r.failed]++
			last = r.end
		}
	}
	var ended string
	if len(failed) > 0 {
		ended = fmt.Sprintf(", the last one %v after the promotion", last.Sub(promotion).Round(time.Millisecond))
	}
	c.Logf("%-16s %d requests, %d failed %v%s", name, all, len(failed), causes, ended)
	if len(failed) > s.failing[name] {
		c.Errorf("%s: %d requests failed, want at most %d", name, len(failed), s.failing[name])
	}
	for _, r := range failed {
		if r.began.After(promotion.Add(settled)) {
			c.Errorf("%s: failed %v after the promotion, in %v: %s", name, r.began.Sub(promotion), r.end.Sub(r.began), r.failed)
		}
		if r.end.Before(fault) {
			c.Errorf("%s: failed before anything happened: %s", name, r.failed)
		}
		if s.failing[name] == underWay && r.began.After(fault.Add(200*time.Millisecond)) && s.name != "switchover" {
			c.Errorf("%s: failed, begun %v after the fault: %s", name, r.began.Sub(fault), r.failed)
		}
	}
	if after < readers*5 && !starved {
		c.Errorf("%s: %d answers after the promotion", name, after)
	}
}
