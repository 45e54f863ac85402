// Package token verifies bearer tokens and says what they claim.
//
// Codes, messages and the WWW-Authenticate header are those of PostgREST, because its
// clients act on them. This package is stricter than PostgREST in four ways:
//   - A token must have the claim exp.
//   - If an audience is configured, a token must name it.
//   - The role must be a string. PostgREST takes any value as text.
//   - An Authorization header that is not one bearer token is refused. PostgREST
//     treats such a request as anonymous, which would surprise its sender.
package token

import (
	"context"
	"crypto/sha256"
	"time"
)

// A Verifier verifies tokens with the keys of its [Config]. It is safe for
// concurrent use. It needs no closing: it runs a goroutine only while it fetches keys,
// for at most five seconds. The zero Verifier has no keys and
// refuses every token with the code PGRST300.
type Verifier struct {
	static   keySet  // of Config.Secret
	remote   *remote // nil if no keys are fetched
	audience []string
	issuer   string
	role     claimPath
	cache    cache
}

// Verify returns the claims of the token in header, the values of the request's
// Authorization header. Without a value both results are nil: whether anonymous
// requests are allowed is for the caller to decide, see [Missing]. An error is
// always an [*Error].
//
// ctx bounds the wait for keys. Verify waits only if no keys were fetched yet, or if
// the token is signed with a key that is not known yet.
func (v *Verifier) Verify(ctx context.Context, header []string) (*Claims, error) {
	if len(header) == 0 {
		return nil, nil
	}
	claims, err := v.verify(ctx, header)
	if err != nil {
		return nil, err
	}
	return &claims, nil
}

// verify returns an *Error, so that the compiler rules out any other kind of error.
func (v *Verifier) verify(ctx context.Context, header []string) (Claims, *Error) {
	text, err := bearer(header)
	if err != nil {
		return Claims{}, err
	}
	if v.static.keys == nil && v.remote == nil {
		return Claims{}, keysMissing()
	}
	id := sha256.Sum256([]byte(text))
	if e, ok := v.cache.get(id, time.Now()); ok && v.holds(e.keys) {
		if err := e.period.check(time.Now()); err != nil {
			v.cache.remove(id)
			return Claims{}, err
		}
		return e.claims, nil
	}
	t, err := parse(text)
	if err != nil {
		return Claims{}, err
	}
	keys, err := v.authenticate(ctx, t)
	if err != nil {
		return Claims{}, err
	}
	payload, err := t.payload()
	if err != nil {
		return Claims{}, err
	}
	claims, period, err := v.accept(payload)
	if err != nil {
		return Claims{}, err
	}
	now := time.Now()
	if err := period.check(now); err != nil {
		return Claims{}, err
	}
	v.cache.put(&entry{id: id, keys: keys, until: now.Add(entryLife), period: period, claims: claims})
	return claims, nil
}

// holds reports whether keys are still in use. It also starts a refresh that is due:
// a request with a cached token has no other occasion to start one.
func (v *Verifier) holds(keys *keySet) bool {
	if keys == &v.static {
		return true
	}
	return v.remote != nil && keys == v.remote.current()
}

// authenticate returns the set with the key that signed t.
func (v *Verifier) authenticate(ctx context.Context, t *parsed) (*keySet, *Error) {
	found := v.static.verify(t)
	if found == verified {
		return &v.static, nil
	}
	// A secret is never fetched, so no fetched key can verify an HMAC.
	if v.remote != nil && !t.symmetric() {
		set, err := v.remote.wait(ctx)
		if err != nil {
			return nil, err
		}
		remote := set.verify(t)
		// Without a kid every key was tried, and the one that signed may be new.
		if remote == noKey || remote == badSignature && t.kid == nil {
			newer, err := v.remote.newer(ctx, set)
			if err != nil {
				return nil, err
			}
			if newer != set {
				set, remote = newer, newer.verify(t)
			}
		}
		if remote == verified {
			return set, nil
		}
		found = max(found, remote)
	}
	if found == badSignature {
		return nil, invalid(messageNoKey).withDetails("None of the keys was able to decode the JWT")
	}
	return nil, invalid(messageNoKey).withDetails("No suitable key was found to decode the JWT")
}

// KeysProblem returns why there are no keys yet. It is nil as soon as there is a key,
// and if no keys are fetched at all. KeysProblem never waits. If there are no keys it
// starts a fetch when one is due: a server that gets no requests until it is ready
// would otherwise never become ready.
func (v *Verifier) KeysProblem() error {
	if v.static.keys != nil || v.remote == nil {
		return nil
	}
	return v.remote.problem()
}

// AwaitKeys waits until keys are fetched, if any are to be. The error, an [*Error],
// says why they cannot be.
func (v *Verifier) AwaitKeys(ctx context.Context) error {
	if v.remote == nil {
		return nil
	}
	if _, err := v.remote.wait(ctx); err != nil {
		return err
	}
	return nil
}
