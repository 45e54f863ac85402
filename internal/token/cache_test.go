package token_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

func TestCachedTokenExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(t, token.Config{Secret: secret})
		text := plain.sign(`{"role":"author","exp":` + in(60) + `}`)
		expect(t, v, text, author)
		time.Sleep(89 * time.Second)
		if !v.Remembers(text) {
			t.Error("it is not in the cache")
		}
		expect(t, v, text, author)
		time.Sleep(time.Second)
		for range 2 {
			expect(t, v, text, expired)
			if v.Cached() != 0 {
				t.Error("it is still in the cache")
			}
		}
	})
}

func TestCachedTokenAges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(t, token.Config{Secret: secret})
		text := plain.token()
		for range 3 {
			expect(t, v, text, author)
			time.Sleep(5*time.Minute - time.Nanosecond)
			if !v.Remembers(text) {
				t.Error("it is not in the cache")
			}
			time.Sleep(time.Nanosecond)
			if v.Remembers(text) {
				t.Error("it is still in the cache")
			}
		}
	})
}

func TestRefusedTokensAreNotCached(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, token.Config{Secret: secret, Audience: []string{"a"}})
	for _, text := range []string{"some random bytes", plain.token(), octSigner("x", "HS256").token(), plain.sign(`{"exp":1,"aud":"a"}`), plain.sign(`{`)} {
		if claims, err := verify(v, text); err == nil {
			t.Errorf("%v", claims)
		}
	}
	if v.Cached() != 0 {
		t.Errorf("%d are in the cache", v.Cached())
	}
}

// The token that was used least recently makes room.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, token.Config{Secret: secret})
	text := func(n int) string { return plain.sign(fmt.Sprintf(`{"role":"author","exp":9999999999,"n":%d}`, n)) }
	for n := range token.MostEntries {
		expect(t, v, text(n), author)
	}
	expect(t, v, text(0), author) // so the next one is the second
	expect(t, v, text(token.MostEntries), author)
	if got := v.Cached(); got != token.MostEntries {
		t.Errorf("%d are in the cache", got)
	}
	for n, want := range map[int]bool{0: true, 1: false, 2: true, token.MostEntries: true} {
		if v.Remembers(text(n)) != want {
			t.Errorf("token %d: %v, want %v", n, !want, want)
		}
	}
}

// Many goroutines use more tokens than the cache holds, good ones and others.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{}
		e.serve(oldKey)
		v := newVerifier(t, token.Config{Secret: secret, JWKSURL: "https://issuer.example/", Client: e.client()})
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for n := range 300 {
					payload := fmt.Sprintf(`{"role":"author","exp":9999999999,"n":%d}`, (n+i)%200+i%2*1000)
					expect(t, v, plain.sign(payload), author)
					if n%10 == 0 {
						expect(t, v, oldKey.sign(payload), author)
						expect(t, v, strangeKey.sign(payload), noKey)
						expect(t, v, plain.sign(`{"exp":1}`), expired)
						_ = v.KeysProblem()
						time.Sleep(time.Second)
					}
				}
			})
			group.Go(func() {
				for n := range 30 {
					e.serve([][]signer{{oldKey}, {oldKey, newKey}}[n%2]...)
					time.Sleep(time.Second)
				}
			})
		}
		group.Wait()
	})
}
