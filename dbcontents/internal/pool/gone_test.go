package pool

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shown are the hosts that p shows, with their states.
func shown(p *Pool) string {
	var all []string
	for _, h := range p.Hosts() {
		all = append(all, strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(h.Address, "192.0.2."), ":5432")+" "+string(h.State)))
	}
	return strings.Join(all, ", ")
}

// An address that its name does not have any more is no host to which a connection may lead: it is not shown as down, and no
// connection to another host is closed for its sake.
func TestAnAddressThatLeftItsName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "")
		p := &Pool{}
		s.hosts = &p.hosts
		p.hosts.maxLag = time.Second
		s.wants(t, "a,b", "1 2", 0)
		a, b := p.hosts.all[0], p.hosts.all[1]
		if a.address != "192.0.2.1:5432" {
			a, b = b, a
		}
		near := func(x *host) bool { return !x.isFar(time.Now()) }
		s.is("1", Standby, false)
		s.is("2", Standby, false)
		b.note(time.Now(), time.Minute, true)
		if got := shown(p); got != "1 up, 2 up" || !p.hosts.has(near) {
			t.Errorf("%s, one that is near: %t", got, p.hosts.has(near))
		}

		s.addresses["a"] = "192.0.2.2"
		s.wants(t, "a,b", "2", 0)
		if got := shown(p); got != "2 up" || p.hosts.has(near) {
			t.Errorf("it has left: %s, one that is near: %t", got, p.hosts.has(near))
		}
		fail(a) // an attempt that began before
		if got := shown(p); got != "2 up" {
			t.Errorf("it has left and fails: %s", got)
		}

		// Some names give a few of their addresses at a time. What is known of the others is remembered for a while.
		s.addresses["a"] = "192.0.2.1"
		s.wants(t, "a,b", "1 2", 0)
		if got := shown(p); got != "1 down, 2 up" || p.hosts.all[0] != a {
			t.Errorf("it has come back: %s", got)
		}
		s.addresses["a"] = "192.0.2.3"
		a.begins()
		for range 3 {
			s.wants(t, "a,b", "2 3", 0)
			time.Sleep(forgetAfter)
		}
		if len(p.hosts.all) != 3 {
			t.Errorf("%d addresses while one is tried", len(p.hosts.all))
		}
		a.failed()
		s.wants(t, "a,b", "2 3", 0)
		if len(p.hosts.all) != 2 {
			t.Errorf("%d addresses after hours", len(p.hosts.all))
		}
	})
}

// A name that is not found any more is that of a host which is down.
func TestANameThatIsNotFoundAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "")
		p := &Pool{}
		s.hosts = &p.hosts
		s.wants(t, "a,b", "1 2", 0)
		s.is("1", Primary, false)
		s.is("2", Standby, false)
		s.addresses["a"] = ""
		s.wants(t, "a,b", "2", 0)
		if got := shown(p); got != "1 down, 2 up" || p.hosts.has(func(x *host) bool { return x.role == Primary }) {
			t.Errorf("%s, and a connection may lead to it: %t", got, p.hosts.has(func(x *host) bool { return x.role == Primary }))
		}
		s.addresses["a"] = "192.0.2.1"
		time.Sleep(lastRest)
		s.wants(t, "a,b", "1 2", 0)
		if got := shown(p); got != "1 up, 2 up" {
			t.Errorf("it is back: %s", got)
		}
		s.silent["a"] = true
		time.Sleep(forgetAfter / 2)
		s.wants(t, "a,b", "1 2", 0)
		if got := shown(p); got != "1 up, 2 up" {
			t.Errorf("its name server does not answer: %s", got)
		}
	})
}
