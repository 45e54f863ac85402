package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"math/big"
)

// The bounds of keys. RFC 7518 (3.3) requires RSA keys of at least 2048 bits, PostgREST
// secrets of at least 32 bytes. Verifying takes longer the longer an RSA key is, so
// keys of more than 8192 bits are refused.
const (
	leastRSABits = 2048
	mostRSABits  = 8192
	leastSecret  = 32
)

// A curve is an elliptic curve and the one algorithm that is used with it.
type curve struct {
	elliptic.Curve
	alg string
}

var curves = map[string]curve{
	"P-256": {elliptic.P256(), "ES256"},
	"P-384": {elliptic.P384(), "ES384"},
	"P-521": {elliptic.P521(), "ES512"},
}

// errUnusable means that a key is well-formed as far as we know, but is for encryption
// or of an unknown type. A set may hold such keys among others (RFC 7517, 5).
var errUnusable = errors.New("has no key to verify signatures with, of a type that is supported")

// parseKey makes a key from a JWK. It ignores the private members d, p, q, dp, dq, qi
// and oth. It also ignores certificates (x5c, x5u): the sender of a set is trusted for
// its keys, and there is nothing to check the certificates against.
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
	case exponent.BitLen() > 31 || exponent.Int64() < 3 || exponent.Bit(0) == 0: // the limits of package rsa
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
		// Some issuers omit leading zeros, although RFC 7518 (6.2.1.2) requires them.
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
