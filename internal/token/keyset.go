package token

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// mostKeys bounds the work for a token without kid, for which every key is tried.
// Issuers publish two or three keys.
const mostKeys = 64

// A keySet holds keys. It never changes; new keys are a new set.
type keySet struct{ keys []key }

// A finding is the result of looking for the key that signed a token.
type finding int

const (
	noKey        finding = iota // no key has the token's kid and its algorithm
	badSignature                // there are such keys, but none of them signed it
	verified
)

// verify looks for the key that signed t. As in PostgREST, a token with a kid is
// verified only with keys that have the same kid, not with keys that have none.
func (s *keySet) verify(t *parsed) finding {
	found := noKey
	for _, k := range s.keys {
		named := t.kid == nil || k.anyKid || k.kid != nil && *k.kid == *t.kid
		if !named || !slices.Contains(k.algs, t.alg) {
			continue
		}
		if methods[t.alg].Verify(t.signed, t.signature, k.material) == nil {
			return verified
		}
		found = badSignature
	}
	return found
}

func (s *keySet) equal(other *keySet) bool {
	return slices.EqualFunc(s.keys, other.keys, func(a, b key) bool { return a.identity == b.identity })
}

// parseSecret makes the keys of Config.Secret, or returns all that is wrong with it. The
// problems never quote the secret.
func parseSecret(text string) (keys []key, problems []error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "-----BEGIN"):
		// Taken as a secret, a public key would let everybody sign.
		return nil, []error{errors.New("is in PEM format; give an asymmetric key as a JWK")}
	case strings.HasPrefix(trimmed, "{"):
	case len(text) < leastSecret:
		return nil, []error{errors.New("has fewer than 32 bytes")}
	default:
		return []key{plainSecret(text)}, nil
	}
	document, err := parseObject([]byte(trimmed))
	if err != nil {
		return nil, []error{errors.New("begins with a brace, but is neither a JWK nor a JWKS in valid JSON")}
	}
	jwks := []map[string]any{document}
	if _, single := document["kty"]; !single {
		if jwks, err = keysOf(document); err != nil {
			return nil, []error{err}
		}
	}
	for i, jwk := range jwks {
		switch k, err := parseKey(jwk); {
		case err == nil:
			keys = append(keys, k)
		case !errors.Is(err, errUnusable):
			problems = append(problems, fmt.Errorf("has a wrong key, number %d: %w", i+1, err))
		}
	}
	if keys == nil && problems == nil {
		return nil, []error{errUnusable}
	}
	return keys, problems
}

// parseFetched makes a set from a JWKS that was fetched. It leaves out keys that it
// cannot use, because the issuer may add a key of a new type at any time. It leaves
// out secrets, because what can be fetched is not secret. A set without any key
// left is an error, so that the previous set stays in use.
func parseFetched(data []byte) (*keySet, error) {
	document, err := parseObject(data)
	if err != nil {
		return nil, errors.New("is not a JWKS in valid JSON")
	}
	jwks, err := keysOf(document)
	if err != nil {
		return nil, err
	}
	var set keySet
	for _, jwk := range jwks {
		if k, err := parseKey(jwk); err == nil && jwk["kty"] != "oct" {
			set.keys = append(set.keys, k)
		}
	}
	if set.keys == nil {
		return nil, errUnusable
	}
	return &set, nil
}

// keysOf returns the keys of a JWKS.
func keysOf(document map[string]any) ([]map[string]any, error) {
	list, ok := document["keys"].([]any)
	if !ok {
		return nil, errors.New("has no array of keys")
	}
	if len(list) > mostKeys {
		return nil, fmt.Errorf("has more than %d keys", mostKeys)
	}
	var jwks []map[string]any
	for _, item := range list {
		jwk, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New("has a key that is not an object")
		}
		jwks = append(jwks, jwk)
	}
	return jwks, nil
}
