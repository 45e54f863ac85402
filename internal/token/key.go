package token

import (
	_ "crypto/sha512" // registers the hash that some methods name
	"errors"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// methods are the supported algorithms. Package jwt is used for signatures only: its
// parser would decode the claims before the signature is verified.
var methods = map[string]jwt.SigningMethod{
	"HS256": jwt.SigningMethodHS256, "HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512,
	"RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
	"PS256": jwt.SigningMethodPS256, "PS384": jwt.SigningMethodPS384, "PS512": jwt.SigningMethodPS512,
	"ES256": jwt.SigningMethodES256, "ES384": jwt.SigningMethodES384, "ES512": jwt.SigningMethodES512,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// A key verifies signatures. Its type, and not the token, determines the algorithms. It
// never changes.
type key struct {
	kid      *string // nil: none
	anyKid   bool    // whether it verifies tokens with any kid
	algs     []string
	material any    // the form that the methods take
	identity string // the public members, to compare fetched sets
}

// plainSecret is the key for a secret in plain text. As in PostgREST it verifies HS256
// only. Unlike in PostgREST it also verifies tokens with a kid: some issuers always
// set one, and plain text has no kid to compare it with.
func plainSecret(text string) key {
	return key{anyKid: true, algs: []string{"HS256"}, material: []byte(text)}
}

// narrow reads the members alg, use, key_ops and kid.
func (k *key) narrow(jwk map[string]any) error {
	if use, has := jwk["use"]; has && use != "sig" {
		return errUnusable
	}
	if ops, has := jwk["key_ops"]; has {
		list, ok := ops.([]any)
		if !ok || !slices.Contains(list, any("verify")) {
			return errUnusable
		}
	}
	if alg, has := jwk["alg"]; has {
		name, _ := alg.(string)
		if !slices.Contains(k.algs, name) {
			return errUnusable
		}
		k.algs = []string{name}
	}
	if kid, has := jwk["kid"]; has {
		name, ok := kid.(string)
		if !ok {
			return errors.New("kid is not a string")
		}
		k.kid = &name
	}
	var identity strings.Builder
	for _, name := range []string{"kty", "crv", "n", "e", "x", "y", "kid"} {
		text, has := jwk[name].(string)
		if has {
			identity.WriteString(name + "=" + text)
		}
		identity.WriteByte(0)
	}
	k.identity = identity.String() + strings.Join(k.algs, " ")
	return nil
}
