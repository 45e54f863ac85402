package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// secret is the plain text that tests sign with.
const secret = "reallyreallyreallyreallyverysafe"

// far is a time that no test reaches, the one of PostgREST's tests.
const far int64 = 9999999999

// A signer is an issuer's key.
type signer struct {
	private any            // what package jwt signs with
	jwk     map[string]any // the public members
	alg     string         // the one to sign with
}

// with is the same key with other members in its JWK. A nil value takes one away.
func (s signer) with(members map[string]any) signer {
	s.jwk = maps.Clone(s.jwk)
	for name, value := range members {
		if value == nil {
			delete(s.jwk, name)
			continue
		}
		s.jwk[name] = value
	}
	return s
}

func (s signer) named(kid string) signer { return s.with(map[string]any{"kid": kid}) }

func (s signer) using(alg string) signer {
	s.alg = alg
	return s
}

// signRaw signs a header and a payload, whatever they are.
func (s signer) signRaw(header, payload string) string {
	signed := b64([]byte(header)) + "." + b64([]byte(payload))
	signature, err := jwt.GetSigningMethod(s.alg).Sign(signed, s.private)
	if err != nil {
		panic(err)
	}
	return signed + "." + b64(signature)
}

// sign makes a token of a payload. Its header has the kid of the key, if any.
func (s signer) sign(payload string) string {
	header := map[string]any{"alg": s.alg, "typ": "JWT"}
	if kid, ok := s.jwk["kid"]; ok {
		header["kid"] = kid
	}
	return s.signRaw(asJSON(header), payload)
}

// token makes a token that is valid for a long time.
func (s signer) token() string { return s.sign(`{"role":"author","exp":9999999999}`) }

func (s signer) text() string { return asJSON(s.jwk) }

func jwks(signers ...signer) string {
	keys := []any{}
	for _, s := range signers {
		keys = append(keys, s.jwk)
	}
	return asJSON(map[string]any{"keys": keys})
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func octSigner(text, alg string) signer {
	return signer{private: []byte(text), alg: alg, jwk: map[string]any{"kty": "oct", "k": b64([]byte(text))}}
}

// plain signs with the secret. A plain text has no JWK.
var plain = signer{private: []byte(secret), alg: "HS256"}

func newRSA(bits int, alg string) signer {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return signer{private: private, alg: alg, jwk: map[string]any{
		"kty": "RSA", "n": b64(private.N.Bytes()), "e": b64(big.NewInt(int64(private.E)).Bytes()),
	}}
}

func newEC(c elliptic.Curve, alg string) signer {
	private, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	size := (len(point) - 1) / 2
	return signer{private: private, alg: alg, jwk: map[string]any{
		"kty": "EC", "crv": c.Params().Name, "x": b64(point[1 : 1+size]), "y": b64(point[1+size:]),
	}}
}

func newEd25519() signer {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return signer{private: private, alg: "EdDSA", jwk: map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(public)}}
}

// An RSA key takes long to make; tests share it.
var rsaKey = sync.OnceValue(func() signer { return newRSA(2048, "RS256") })

// everyKind are a key of each kind for each of its algorithms.
var everyKind = sync.OnceValue(func() map[string]signer {
	long := octSigner(strings.Repeat(secret, 2), "HS256")
	kinds := map[string]signer{
		"HS256": long, "HS384": long, "HS512": long,
		"ES256": newEC(elliptic.P256(), "ES256"), "ES384": newEC(elliptic.P384(), "ES384"), "ES512": newEC(elliptic.P521(), "ES512"),
		"EdDSA": newEd25519(),
	}
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		kinds[alg] = rsaKey()
	}
	for alg, s := range kinds {
		kinds[alg] = s.using(alg)
	}
	return kinds
})

func publicOf(s signer) any { return s.private.(crypto.Signer).Public() }

func newVerifier(t testing.TB, c token.Config) *token.Verifier {
	t.Helper()
	v, err := token.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// verify verifies one token.
func verify(v *token.Verifier, text string) (*token.Claims, error) {
	return v.Verify(context.Background(), []string{"Bearer " + text})
}

// outcome is what a client and the log learn, in one line.
func outcome(claims *token.Claims, err error) string {
	var e *token.Error
	switch {
	case err == nil && claims == nil:
		return "no token"
	case err == nil:
		return "role " + claims.Role
	case !errors.As(err, &e):
		return "not an *Error: " + err.Error()
	}
	text := fmt.Sprintf("%d %s %s: %s", e.Status, e.Code, e.Cause, e.Message)
	if e.Details != "" {
		text += " (" + e.Details + ")"
	}
	return text
}

// The outcomes that many tests expect.
const (
	author       = "role author"
	noKey        = "401 PGRST301 token_invalid: No suitable key or wrong key type (No suitable key was found to decode the JWT)"
	badSignature = "401 PGRST301 token_invalid: No suitable key or wrong key type (None of the keys was able to decode the JWT)"
	malformed    = "401 PGRST301 token_invalid: JWT cryptographic operation failed"
	wrongType    = "401 PGRST301 token_invalid: Unsupported token type"
	unsupported  = "401 PGRST301 token_invalid: Wrong or unsupported encoding algorithm (The 'alg' of the JWT is not supported)"
	expired      = "401 PGRST303 token_expired: JWT expired"
	badClaims    = "401 PGRST303 claims_invalid: Parsing claims failed"
	unavailable  = "503 PGRST300 keys_unavailable: The keys to verify JWTs are not available"
)

func expect(t testing.TB, v *token.Verifier, text, want string) {
	t.Helper()
	if got := outcome(verify(v, text)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// in is a time so many seconds from now, for a claim.
func in(seconds int) string { return fmt.Sprint(time.Now().Unix() + int64(seconds)) }
