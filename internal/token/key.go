package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha512" // the methods name hashes, which exist only if somebody imports them
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// The bounds of keys. RFC 7518 requires 2048 bits of RSA (3.3), PostgREST 32 bytes of a
// secret. To verify a signature costs the more the longer an RSA key is: one of more
// than 8192 bits is an attack or a mistake.
const (
	leastRSABits = 2048
	mostRSABits  = 8192
	leastSecret  = 32
)

// methods are the supported algorithms. The functions of package jwt are not used for
// more than the signature: they decode the claims before they verify them.
var methods = map[string]jwt.SigningMethod{
	"HS256": jwt.SigningMethodHS256, "HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512,
	"RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
	"PS256": jwt.SigningMethodPS256, "PS384": jwt.SigningMethodPS384, "PS512": jwt.SigningMethodPS512,
	"ES256": jwt.SigningMethodES256, "ES384": jwt.SigningMethodES384, "ES512": jwt.SigningMethodES512,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// A curve is one on which a key of kty EC may lie, with the one algorithm for it.
type curve struct {
	elliptic.Curve
	alg string
}

var curves = map[string]curve{
	"P-256": {elliptic.P256(), "ES256"},
	"P-384": {elliptic.P384(), "ES384"},
	"P-521": {elliptic.P521(), "ES512"},
}

// A key verifies signatures made with the algorithms that fit its type, whatever the
// token says. It never changes.
type key struct {
	kid      *string // nil: none
	anyKid   bool    // of a secret that is plain text, which can have no kid to compare with
	algs     []string
	material any    // what the methods take
	identity string // tells it from others of a fetched set
}

// plainSecret is the key for a secret that is plain text. As in PostgREST it is for
// HS256 only. Unlike PostgREST it also verifies tokens that name a kid: some issuers
// always do, and there is no other key that the kid could mean.
func plainSecret(text string) key {
	return key{anyKid: true, algs: []string{"HS256"}, material: []byte(text)}
}

// errUnusable is about a key that is none of ours, for encryption or of a type that is
// not supported, and about a set of nothing but these. A set may hold them among
// others (RFC 7517, 5).
var errUnusable = errors.New("has no key to verify signatures with, of a type that is supported")

// parseKey makes a key of a JWK. The private members d, p, q, dp, dq, qi and oth are
// ignored. So are the certificates in x5c and x5u: whoever sends a set is trusted for
// its keys, and there is nothing that the certificates would be checked against.
func parseKey(jwk map[string]any) (key, error) {
	var k key
	var material func(jwk map[string]any) (any, error)
	crv, _ := jwk["crv"].(string)
	c, onCurve := curves[crv]
	switch kty := jwk["kty"]; {
	case kty == "oct":
		k.algs, material = []string{"HS256", "HS384", "HS512"}, secretOf
	case kty == "RSA":
		k.algs, material = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, rsaOf
	case kty == "EC" && onCurve:
		k.algs, material = []string{c.alg}, c.ecdsaOf
	case kty == "OKP" && crv == "Ed25519":
		k.algs, material = []string{"EdDSA"}, ed25519Of
	default:
		return key{}, errUnusable
	}
	if err := k.narrow(jwk); err != nil {
		return key{}, err
	}
	var err error
	k.material, err = material(jwk)
	return k, err
}

// narrow applies what the JWK says of the key's use, and its name.
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

func secretOf(jwk map[string]any) (any, error) {
	secret, err := bytesOf(jwk, "k")
	if err == nil && len(secret) < leastSecret {
		return nil, errors.New("k has fewer than 32 bytes")
	}
	return secret, err
}

func rsaOf(jwk map[string]any) (any, error) {
	n, err := bytesOf(jwk, "n")
	if err != nil {
		return nil, err
	}
	e, err := bytesOf(jwk, "e")
	if err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch bits := modulus.BitLen(); {
	case bits < leastRSABits:
		return nil, errors.New("n has fewer than 2048 bits")
	case bits > mostRSABits:
		return nil, errors.New("n has more than 8192 bits")
	case modulus.Bit(0) == 0:
		return nil, errors.New("n is even")
	case exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0: // what package rsa takes
		return nil, errors.New("e is not an odd number from 3 to 2147483647")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func (c curve) ecdsaOf(jwk map[string]any) (any, error) {
	size := (c.Params().BitSize + 7) / 8
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed
	for i, name := range []string{"x", "y"} {
		coordinate, err := bytesOf(jwk, name)
		if err != nil {
			return nil, err
		}
		if len(coordinate) > size {
			return nil, errors.New(name + " is longer than the coordinates of the curve")
		}
		// Some issuers leave zeros at the beginning out, against RFC 7518, 6.2.1.2.
		copy(point[1+(i+1)*size-len(coordinate):], coordinate)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(c.Curve, point)
	if err != nil {
		return nil, errors.New("x and y are not a point of the curve")
	}
	return public, nil
}

func ed25519Of(jwk map[string]any) (any, error) {
	x, err := bytesOf(jwk, "x")
	if err == nil && len(x) != ed25519.PublicKeySize {
		return nil, errors.New("x does not have 32 bytes")
	}
	return ed25519.PublicKey(x), err
}

// bytesOf decodes a member in base64url.
func bytesOf(jwk map[string]any, name string) ([]byte, error) {
	text, ok := jwk[name].(string)
	if !ok {
		return nil, errors.New(name + " is missing, or not a string")
	}
	data, err := decode(text)
	if err != nil {
		return nil, errors.New(name + " is not base64url without padding")
	}
	return data, nil
}
