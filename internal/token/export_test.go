package token

import (
	"crypto/sha256"
	"time"
)

// Cached is the number of tokens in the cache.
func (v *Verifier) Cached() int {
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	if len(v.cache.entries) != v.cache.order.Len() {
		panic("the map and the list of the cache differ")
	}
	return len(v.cache.entries)
}

// Remembers reports whether the signature of the token would not be verified again.
func (v *Verifier) Remembers(token string) bool {
	e, ok := v.cache.get(sha256.Sum256([]byte(token)), time.Now())
	return ok && v.holds(e.keys)
}

// MostEntries is the size of the cache.
const MostEntries = mostEntries

// Forget empties the cache.
func (v *Verifier) Forget() {
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	v.cache.entries = nil
	v.cache.order.Init()
}
