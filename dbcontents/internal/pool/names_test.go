package pool

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/interrupt"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A nameServer gives each name its addresses, after a while. Who has none does not exist.
type nameServer struct {
	hosts     *hosts
	addresses map[string]string // separated by blanks
	after     map[string]time.Duration
	silent    map[string]bool // gives up instead of an answer
	asked     map[string]int
}

func newNameServer(order string, t target) *nameServer {
	return &nameServer{
		hosts:     &hosts{inOrder: order == "in order", target: t},
		addresses: map[string]string{"a": "192.0.2.1", "b": "192.0.2.2"}, after: map[string]time.Duration{}, silent: map[string]bool{}, asked: map[string]int{},
	}
}

// attempt prepares an attempt to connect to names, and returns the hosts that it would try and how long that took.
func (s *nameServer) attempt(t *testing.T, names string) (list string, took time.Duration) {
	t.Helper()
	cc, err := pgx.ParseConfig("host=" + names + " user=u sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	cc.LookupFunc = func(ctx context.Context, name string) ([]string, error) {
		s.hosts.mu.Lock()
		s.asked[name]++
		after, silent, addresses := s.after[name], s.silent[name], strings.Fields(s.addresses[name])
		s.hosts.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(after):
		}
		switch {
		case silent:
			return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
		case len(addresses) == 0:
			return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		}
		return addresses, nil
	}
	start := time.Now()
	w := walk{hosts: s.hosts}
	w.prepare(t.Context(), cc, nil)
	took = time.Since(start)
	var all []string
	for _, x := range w.list {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(x.address, "192.0.2."), ":5432"))
	}
	if !s.hosts.inOrder {
		slices.Sort(all)
	}
	return strings.Join(all, " "), took
}

// is the outcome of an attempt to connect to an address.
func (s *nameServer) is(address string, r Role, misfit bool) {
	x := s.hosts.at("192.0.2."+address+":5432", map[string]string{"1": "a:5432", "2": "b:5432"}[address])
	x.begins()
	x.accepted(r, misfit)
}

// wants compares an attempt with what is expected of it.
func (s *nameServer) wants(t *testing.T, names, list string, took time.Duration) {
	t.Helper()
	if gotList, gotTook := s.attempt(t, names); gotList != list || gotTook != took {
		t.Errorf("%s: %q after %v, want %q after %v", names, gotList, gotTook, list, took)
	}
}

const connectTimeout = 3 * time.Second

// A name whose server does not answer delays others only briefly, and not at all while it rests.
func TestANameThatHangs(t *testing.T) {
	for _, order := range []string{"at random", "in order"} {
		synctest.Test(t, func(t *testing.T) {
			s := newNameServer(order, "")
			s.silent["a"], s.after["a"] = true, connectTimeout
			if order == "in order" {
				s.wants(t, "a,b", "2", connectTimeout) // a is preferred, so the first attempt waits for it as for a silent host
			} else {
				s.wants(t, "a,b", "2", lookUpPatience)
				s.wants(t, "b,a", "2", lookUpPatience)
				time.Sleep(connectTimeout)
			}
			synctest.Wait()
			waits, before := 0, s.asked["a"]
			const attempts = 600
			for range attempts {
				list, took := s.attempt(t, "a,b")
				if list != "2" || took != 0 && took != lookUpPatience {
					t.Fatalf("%s: %q after %v", order, list, took)
				}
				if took > 0 {
					waits++
				}
				time.Sleep(100*time.Millisecond - took)
			}
			// It is asked for 3 s at a time, and then rests for up to 10 s.
			if asked := s.asked["a"] - before; asked < 5 || asked > 11 || waits < asked*20 || waits > asked*30 {
				t.Errorf("%s: asked %d times in a minute, waited %d times", order, asked, waits)
			}
			s.silent["a"], s.after["a"] = false, 0
			time.Sleep(lastRest + connectTimeout)
			s.wants(t, "a,b", "1 2", 0)
		})
	}
}

// In the order of the connection string only the names before one that has an address are waited for.
func TestANameThatHangsBehindAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("in order", "")
		s.silent["a"], s.after["a"] = true, connectTimeout
		s.wants(t, "b,a", "2", lookUpPatience)
		time.Sleep(connectTimeout)
	})
}

// A name that answers late is waited for if no other address is likely to do, and its answer is
// there for the next attempt.
func TestANameThatAnswersLate(t *testing.T) {
	const late = lookUpPatience + 30*time.Millisecond
	for _, tt := range []struct {
		reason string
		target target
		b      func(*nameServer)
		first  string // hosts of the first attempt
		took   time.Duration
	}{
		{"any server", "", func(*nameServer) {}, "2", lookUpPatience},
		{"one that rests", "", func(s *nameServer) { fail(s.hosts.at("192.0.2.2:5432", "")) }, "1 2", late},
		{"nothing is known of it", "primary", func(*nameServer) {}, "1 2", late},
		{"it is what is asked for", "primary", func(s *nameServer) { s.is("2", Primary, false) }, "2", lookUpPatience},
		{"it is not", "primary", func(s *nameServer) { s.is("2", Standby, true) }, "1 2", late},
		{"it is not what is preferred", "prefer-standby", func(s *nameServer) { s.is("2", Primary, true) }, "1 2", late},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newNameServer("at random", tt.target)
			s.after["a"] = late
			tt.b(s)
			if list, took := s.attempt(t, "a,b"); list != tt.first || took != tt.took {
				t.Errorf("%s: %q after %v, want %q after %v", tt.reason, list, took, tt.first, tt.took)
			}
			time.Sleep(time.Minute)
			if list, took := s.attempt(t, "a,b"); list != "1 2" || took > tt.took {
				t.Errorf("%s: then %q after %v", tt.reason, list, took)
			}
			time.Sleep(late)
		})
	}
}

// A primary is taken at once where standbys are preferred and the name of the standby has failed before.
func TestAPreferredNameThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "prefer-standby")
		s.silent["a"], s.after["a"] = true, connectTimeout
		s.is("2", Primary, true)
		s.wants(t, "a,b", "2", connectTimeout)
		s.wants(t, "a,b", "2", 0)
		time.Sleep(firstRest)
		s.wants(t, "a,b", "2", lookUpPatience)
		fail(s.hosts.at("192.0.2.2:5432", ""))
		s.wants(t, "a,b", "2", connectTimeout-lookUpPatience) // now nothing else is left
	})
}

// A name that rests is asked for nevertheless if no other host will do.
func TestANameIsAskedIfNoOtherWillDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "")
		s.addresses["a"] = ""
		s.wants(t, "a,b", "2", 0)
		s.addresses["a"] = "192.0.2.1"
		s.wants(t, "a,b", "2", 0)
		fail(s.hosts.at("192.0.2.2:5432", ""))
		s.wants(t, "a,b", "1 2", 0)
		s.addresses["a"] = ""
		s.wants(t, "a", "", 0)
		s.wants(t, "a", "", 0)
		if s.asked["a"] != 4 {
			t.Errorf("asked %d times", s.asked["a"])
		}
	})
}

// What a name server has answered last holds for an hour where it does not answer. That there is no such name is an answer.
func TestTheLastAnswerHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "")
		s.wants(t, "a,b", "1 2", 0)
		time.Sleep(2 * time.Hour) // in which nobody asks
		s.silent["a"] = true
		for range 59 {
			time.Sleep(time.Minute)
			s.wants(t, "a,b", "1 2", 0)
		}
		time.Sleep(3 * time.Minute)
		s.wants(t, "a,b", "2", 0)
		s.silent["a"] = false
		time.Sleep(lastRest)
		s.wants(t, "a,b", "1 2", 0)
		s.addresses["a"] = ""
		s.wants(t, "a,b", "2", 0)
		s.silent["a"] = true
		time.Sleep(lastRest)
		s.wants(t, "a,b", "2", 0)
	})
}

// The end of a pool ends its look-ups.
func TestCloseEndsLookUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNameServer("at random", "")
		s.silent["a"], s.after["a"] = true, time.Hour
		start := time.Now()
		s.wants(t, "a,b", "2", lookUpPatience)
		s.hosts.close()
		synctest.Wait()
		if s.hosts.names["a"].asking != nil || time.Since(start) > connectTimeout {
			t.Error("the look-up goes on")
		}
	})
}

// A name server that does not answer for one name keeps nobody from the server that the other leads to.
func TestConnectingBesideANameThatHangs(t *testing.T) {
	db := pgtest.New(t)
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	proxy := faultproxy.New(t, db.DSN) // which has no name
	p, err := Open(Config{ConnString: strings.Replace(proxy.DSN(db.DSN), "@", "@hangs.example,", 1), AcquireTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 {
		var w interrupt.Watch
		w.Begin(t.Context(), p.Limit())
		conn, err := p.Acquire(&w)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(w.Started()); took > 2*time.Second {
			t.Errorf("connected after %v", took)
		}
		w.Settle()
		Release(conn, false)
	}
}
