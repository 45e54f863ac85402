package token_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// oldKey and newKey are what an issuer changes from and to; nobody has strangeKey.
var (
	oldKey     = newEd25519().named("old")
	newKey     = newEd25519().named("new")
	strangeKey = newEd25519().named("strange")
)

// remote runs a test with an endpoint that serves oldKey, in a bubble.
func remote(t *testing.T, run func(t *testing.T, e *endpoint, v *token.Verifier)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		e.serve(oldKey)
		run(t, e, newVerifier(t, token.Config{JWKSURL: "https://issuer.example/jwks.json", Client: e.client()}))
	})
}

func expectCalls(t *testing.T, e *endpoint, want int) {
	t.Helper()
	if got := e.count(); got != want {
		t.Errorf("%d requests for keys, want %d", got, want)
	}
}

// A key is published, used, and withdrawn.
func TestRotation(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		expectCalls(t, e, 0) // New fetches nothing
		expect(t, v, oldKey.token(), author)
		expectCalls(t, e, 1)

		e.serve(oldKey, newKey)
		expect(t, v, newKey.token(), noKey) // it was fetched just now
		time.Sleep(10 * time.Second)
		expect(t, v, newKey.token(), author)
		expect(t, v, oldKey.token(), author)
		expectCalls(t, e, 2)

		e.serve(newKey)
		time.Sleep(5*time.Minute - time.Second)
		expect(t, v, oldKey.token(), author)
		expectCalls(t, e, 2)
		time.Sleep(time.Second)
		expect(t, v, oldKey.token(), author) // nobody waits for the refresh
		synctest.Wait()
		expectCalls(t, e, 3)
		expect(t, v, newKey.token(), author)
		expect(t, v, oldKey.token(), noKey)
		expectCalls(t, e, 3)
	})
}

// Tokens without kid, of an issuer whose keys have none.
func TestRotationWithoutKid(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		before, after := newEd25519(), newEd25519()
		e.serve(before)
		expect(t, v, before.token(), author)
		e.serve(after)
		expect(t, v, after.token(), badSignature)
		time.Sleep(10 * time.Second)
		expect(t, v, after.token(), author)
		expect(t, v, before.token(), badSignature)
		expectCalls(t, e, 2)
	})
}

// A token is remembered as long as the keys stay the same.
func TestChangedKeysDropTheCache(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		text := oldKey.token()
		expect(t, v, text, author)
		e.set(func(e *endpoint) { e.body = strings.ReplaceAll(e.body, `"kty"`, `"use":"sig", "kty"`) }) // the same key in other words
		time.Sleep(5*time.Minute - time.Second)
		expect(t, v, text, author)
		time.Sleep(time.Second)
		expect(t, v, text, author) // starts the refresh, and is verified anew since 5 minutes are over
		synctest.Wait()
		expectCalls(t, e, 2)
		if !v.Remembers(text) {
			t.Error("a refresh without news dropped the cache")
		}
		e.serve(oldKey, newKey)
		time.Sleep(10 * time.Second)
		expect(t, v, newKey.token(), author)
		if v.Remembers(text) {
			t.Error("other keys did not drop the cache")
		}
		expect(t, v, text, author)
		e.serve(newEd25519().named("old")) // another key by the same name
		time.Sleep(5 * time.Minute)
		expect(t, v, newKey.token(), author)
		synctest.Wait()
		expect(t, v, text, badSignature)
	})
}

// While the endpoint is down for an hour, no token that was valid before is lost, and
// there are few attempts.
func TestOutage(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		expect(t, v, oldKey.token(), author)
		e.fail()
		var group sync.WaitGroup
		var lost atomic.Int64
		for i := range 20 {
			group.Go(func() {
				for n := range 120 {
					start := time.Now()
					// Some come from the cache, some do not.
					text := oldKey.sign(fmt.Sprintf(`{"role":"author","exp":9999999999,"i":%d,"n":%d}`, i, n/3))
					if outcome(verify(v, text)) != author || time.Since(start) != 0 {
						lost.Add(1)
					}
					time.Sleep(30 * time.Second)
				}
			})
		}
		group.Wait()
		if lost.Load() > 0 {
			t.Errorf("%d tokens were refused or had to wait", lost.Load())
		}
		if most := 3600 / 10; e.count() < 100 || e.count() > most {
			t.Errorf("%d attempts, want at most %d", e.count(), most)
		}
		if err := v.KeysProblem(); err != nil {
			t.Error(err)
		}
		// Whether a key is new cannot be known now.
		expect(t, v, newKey.token(), unavailable)
		e.serve(oldKey, newKey)
		time.Sleep(10 * time.Second)
		expect(t, v, newKey.token(), author)
	})
}

// However many tokens with made-up keys there are, keys are fetched every 10 seconds at
// most, and good tokens do not wait.
func TestFloodOfUnknownKeys(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		e.set(func(e *endpoint) { e.takes = 3 * time.Second })
		expect(t, v, oldKey.token(), author)
		end := time.Now().Add(2 * time.Minute)
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				for n := 0; time.Now().Before(end); n++ {
					expect(t, v, strangeKey.named(fmt.Sprint(i, n)).token(), noKey)
					time.Sleep(200 * time.Millisecond)
				}
			})
		}
		group.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				start := time.Now()
				expect(t, v, oldKey.sign(fmt.Sprintf(`{"role":"author","exp":9999999999,"n":%d}`, n)), author)
				if waited := time.Since(start); waited > 0 {
					t.Errorf("a good token waited %v", waited)
				}
				time.Sleep(170 * time.Millisecond)
			}
		})
		group.Wait()
		for _, gap := range e.gaps() {
			if gap < 10*time.Second {
				t.Errorf("%v between two requests for keys", gap)
			}
		}
		if n := e.count(); n < 10 || n > 13 {
			t.Errorf("%d requests for keys in two minutes", n)
		}
	})
}

// A flood before there is any key makes few attempts too, and ends with the outage.
func TestOutageFromTheStart(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		e.fail()
		text := oldKey.token()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				for range 600 {
					_, err := verify(v, text)
					var refused *token.Error
					if outcome(nil, err) != unavailable || !errors.As(err, &refused) || !errors.Is(err, errOutage) {
						t.Errorf("%v", err)
						return
					}
					if after := refused.RetryAfter; after < time.Second || after > 10*time.Second || after%time.Second != 0 || refused.Challenge != "" {
						t.Errorf("to be tried again after %v, challenge %q", after, refused.Challenge)
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		group.Wait()
		want := []time.Duration{300, 500, 1000, 2000, 4000, 8000, 10000} // a quarter of a second has passed by the third tick
		for i, gap := range e.gaps() {
			if want := want[min(i, len(want)-1)] * time.Millisecond; gap < want-50*time.Millisecond || gap > want+100*time.Millisecond {
				t.Errorf("%v after attempt %d, want %v", gap, i+1, want)
			}
		}
		if err := v.KeysProblem(); !errors.Is(err, errOutage) || err.Error() != "the JWKS: connection refused" {
			t.Errorf("%v", err)
		}
		e.serve(oldKey)
		time.Sleep(10 * time.Second)
		expect(t, v, text, author)
		if err := v.KeysProblem(); err != nil {
			t.Error(err)
		}
		// The next outage is another one: its first attempts follow each other soon.
		e.fail()
		time.Sleep(5 * time.Minute)
		before := e.count()
		for range 5 {
			expect(t, v, text, author)
			time.Sleep(250 * time.Millisecond)
		}
		if n := e.count() - before; n != 3 {
			t.Errorf("%d attempts in the first second", n)
		}
	})
}

// All that come while the first keys are on their way wait for the same attempt.
func TestSingleFlight(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		e.set(func(e *endpoint) { e.takes = 2 * time.Second })
		start := time.Now()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() { expect(t, v, oldKey.token(), author) })
		}
		group.Wait()
		expectCalls(t, e, 1)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A request waits no longer than its context says, and an attempt takes 5 seconds.
func TestWaitIsBounded(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		e.set(func(e *endpoint) { e.hangs = true })
		header := []string{"Bearer " + oldKey.token()}
		wait := func(limit, want time.Duration, cause error) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			claims, err := v.Verify(ctx, header)
			if took := time.Since(start); outcome(claims, err) != unavailable || !errors.Is(err, cause) || took != want {
				t.Errorf("%v after %v", err, took)
			}
		}
		wait(time.Second, time.Second, context.DeadlineExceeded)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := v.Verify(cancelled, header); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		wait(time.Minute, 4*time.Second, context.DeadlineExceeded) // the attempt is the first one's
		expectCalls(t, e, 1)
		if err := v.KeysProblem(); err.Error() != "the JWKS: no complete response within 5s: context deadline exceeded" {
			t.Errorf("%v", err)
		}

		// With keys, only a token with another key waits.
		e.serve(oldKey)
		time.Sleep(time.Second)
		expect(t, v, oldKey.token(), author)
		e.set(func(e *endpoint) { e.hangs = true })
		time.Sleep(10 * time.Second)
		header = []string{"Bearer " + newKey.token()}
		wait(time.Second, time.Second, context.DeadlineExceeded)
		expect(t, v, oldKey.token(), author)
		wait(time.Minute, 4*time.Second, context.DeadlineExceeded)
		wait(time.Minute, 0, context.DeadlineExceeded)
		expectCalls(t, e, 3)

		// A refresh that hangs holds nobody up.
		time.Sleep(5 * time.Minute)
		start := time.Now()
		expect(t, v, oldKey.token(), author)
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		expectCalls(t, e, 4)
		time.Sleep(5 * time.Second)
	})
}

// A server that gets no requests before it is ready must become ready.
func TestKeysProblemFetches(t *testing.T) {
	remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
		if err := v.KeysProblem(); err == nil || err.Error() != "keys were not fetched yet" {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		if err := v.KeysProblem(); err != nil {
			t.Error(err)
		}
		expectCalls(t, e, 1)
	})
}

// Keys are fetched again when max-age is over, within limits.
func TestMaxAge(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                                  5 * time.Minute,
		"public":                            5 * time.Minute,
		"max-age=600":                       10 * time.Minute,
		"public, MAX-AGE=600, immutable":    10 * time.Minute,
		`max-age="600"`:                     10 * time.Minute,
		"max-age=0":                         time.Minute,
		"max-age=59":                        time.Minute,
		"max-age=86400":                     24 * time.Hour,
		"max-age=31536000":                  24 * time.Hour,
		"max-age=99999999999999999999":      24 * time.Hour,
		"max-age=-1":                        5 * time.Minute,
		"max-age=soon":                      5 * time.Minute,
		"max-age":                           5 * time.Minute,
		"s-maxage=600":                      5 * time.Minute,
		"no-cache, max-age=600":             time.Minute,
		"max-age=600, no-store":             time.Minute,
		"stale-while-revalidate=1,max-age=": 5 * time.Minute,
	} {
		t.Run(header, func(t *testing.T) {
			remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
				e.set(func(e *endpoint) { e.header = http.Header{"Cache-Control": {header}} })
				expect(t, v, oldKey.token(), author)
				time.Sleep(want - time.Millisecond)
				expect(t, v, oldKey.token(), author)
				synctest.Wait()
				expectCalls(t, e, 1)
				time.Sleep(time.Millisecond)
				expect(t, v, oldKey.token(), author)
				synctest.Wait()
				expectCalls(t, e, 2)
			})
		})
	}
}

// Keys of the configuration need no endpoint, and none from there can replace them.
func TestSecretAndURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		e.serve(oldKey, octSigner(strings.Repeat("x", 32), "HS256").named("public"))
		v := newVerifier(t, token.Config{Secret: secret, JWKSURL: "https://issuer.example/", Client: e.client()})
		expect(t, v, plain.token(), author)
		expect(t, v, octSigner(strings.Repeat("x", 32), "HS256").named("public").token(), badSignature)
		if err := v.KeysProblem(); err != nil {
			t.Error(err)
		}
		expectCalls(t, e, 0)
		expect(t, v, oldKey.token(), author)
		expect(t, v, octSigner(strings.Repeat("x", 32), "HS256").named("public").token(), badSignature)
		e.fail()
		time.Sleep(24 * time.Hour)
		expect(t, v, plain.token(), author)
	})
}

// What the endpoint sends instead of keys does not replace them.
func TestBadSets(t *testing.T) {
	const none = "the JWKS has no key to verify signatures with, of a type that is supported"
	const noJSON = "the JWKS is not a JWKS in valid JSON"
	for body, want := range map[string]string{
		"":                               noJSON,
		"<html>":                         noJSON,
		"[]":                             noJSON,
		`{"keys":[]`:                     noJSON,
		`{"keys":[],"keys":[]}`:          noJSON,
		"{}":                             "the JWKS has no array of keys",
		`{"keys":{}}`:                    "the JWKS has no array of keys",
		`{"keys":[1]}`:                   "the JWKS has a key that is not an object",
		`{"keys":[]}`:                    none,
		`{"keys":[{}]}`:                  none,
		jwks(octSigner(secret, "HS256")): none,
		jwks(rsaKey().with(map[string]any{"n": b64(make([]byte, 256))})): none,
		jwks(oldKey.with(map[string]any{"use": "enc"})):                  none,
		`{"keys":[` + strings.Repeat("{},", 64) + `{}]}`:                 "the JWKS has more than 64 keys",
		strings.Repeat(" ", 64<<10+1):                                    "the JWKS: the response has more than 64 KiB",
	} {
		t.Run(fmt.Sprintf("%.40s", body), func(t *testing.T) {
			remote(t, func(t *testing.T, e *endpoint, v *token.Verifier) {
				e.set(func(e *endpoint) { e.body = body })
				expect(t, v, oldKey.token(), unavailable)
				if err := v.KeysProblem(); err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
				e.serve(oldKey)
				time.Sleep(time.Second)
				expect(t, v, oldKey.token(), author)
				e.set(func(e *endpoint) { e.body = body })
				time.Sleep(5 * time.Minute)
				expect(t, v, oldKey.token(), author)
				synctest.Wait()
				expectCalls(t, e, 3)
				expect(t, v, oldKey.token(), author)
			})
		})
	}
}
