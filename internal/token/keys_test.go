package token_test

import (
	"crypto/elliptic"
	"math/big"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// Each kind of key verifies what it signed, alone and among the others, and not what
// another of its kind signed.
func TestEveryKindOfKey(t *testing.T) {
	t.Parallel()
	var all []signer
	for alg, s := range everyKind() {
		all = append(all, s.named(alg))
	}
	among := newVerifier(t, token.Config{Secret: jwks(all...)})
	for alg, s := range everyKind() {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			alone := newVerifier(t, token.Config{Secret: s.text()})
			expect(t, alone, s.token(), author)
			expect(t, among, s.token(), author)
			expect(t, among, s.named(alg).token(), author)
			expect(t, among, s.named("unknown").token(), noKey)
			expect(t, alone, s.named("unknown").token(), noKey)

			good := s.token()
			for _, at := range []int{len(good) - 3, strings.LastIndex(good, ".") + 1} {
				changed := []byte(good)
				changed[at] = map[bool]byte{true: 'B', false: 'A'}[changed[at] == 'A']
				expect(t, alone, string(changed), badSignature)
			}
			header, rest, _ := strings.Cut(good, ".")
			_, signature, _ := strings.Cut(rest, ".")
			expect(t, alone, header+"."+b64([]byte(`{"role":"admin","exp":9999999999}`))+"."+signature, badSignature)
			expect(t, alone, strings.TrimSuffix(good, signature), badSignature)
		})
	}
}

// Whatever the header of a token says, a key is used for its own algorithms only.
func TestAlgorithmOfKey(t *testing.T) {
	t.Parallel()
	kinds := everyKind()
	usable := map[string]string{
		"HS256": "HS256 HS384 HS512", "RS256": "RS256 RS384 RS512 PS256 PS384 PS512",
		"ES256": "ES256", "ES384": "ES384", "ES512": "ES512", "EdDSA": "EdDSA",
	}
	for kind, algs := range usable {
		v := newVerifier(t, token.Config{Secret: kinds[kind].text()})
		for alg, s := range kinds {
			want := noKey
			if strings.Contains(algs, alg) {
				want = author
			}
			if got := outcome(verify(v, s.token())); got != want {
				t.Errorf("%s with a key for %s: got %s, want %s", alg, kind, got, want)
			}
		}
	}
}

// The members alg, use, key_ops and kid of a JWK narrow what it is good for.
func TestMembersOfJWK(t *testing.T) {
	t.Parallel()
	other := octSigner(strings.Repeat("o", 32), "HS256").named("other")
	for name, c := range map[string]struct {
		members map[string]any
		header  string
		want    string
	}{
		"alg":               {map[string]any{"alg": "RS256"}, `{"alg":"RS256"}`, author},
		"another alg":       {map[string]any{"alg": "RS512"}, `{"alg":"RS256"}`, noKey},
		"alg of encryption": {map[string]any{"alg": "RSA-OAEP"}, `{"alg":"RS256"}`, noKey},
		"alg of a secret":   {map[string]any{"alg": "HS256"}, `{"alg":"RS256"}`, noKey},
		"alg is a number":   {map[string]any{"alg": 1}, `{"alg":"RS256"}`, noKey},
		"use":               {map[string]any{"use": "sig"}, `{"alg":"RS256"}`, author},
		"another use":       {map[string]any{"use": "enc"}, `{"alg":"RS256"}`, noKey},
		"key_ops":           {map[string]any{"key_ops": []string{"sign", "verify"}}, `{"alg":"RS256"}`, author},
		"another key_ops":   {map[string]any{"key_ops": []string{"sign"}}, `{"alg":"RS256"}`, noKey},
		"no key_ops":        {map[string]any{"key_ops": []string{}}, `{"alg":"RS256"}`, noKey},
		"key_ops is text":   {map[string]any{"key_ops": "verify"}, `{"alg":"RS256"}`, noKey},
		"kid":               {map[string]any{"kid": "a"}, `{"alg":"RS256","kid":"a"}`, author},
		"another kid":       {map[string]any{"kid": "a"}, `{"alg":"RS256","kid":"A"}`, noKey},
		"a longer kid":      {map[string]any{"kid": "a"}, `{"alg":"RS256","kid":"a "}`, noKey},
		"empty kid":         {map[string]any{"kid": ""}, `{"alg":"RS256","kid":""}`, author},
		"kid of the token":  {nil, `{"alg":"RS256","kid":""}`, noKey},
		"kid of another":    {map[string]any{"kid": "a"}, `{"alg":"RS256","kid":"other"}`, noKey},
		"no kid":            {map[string]any{"kid": "a"}, `{"alg":"RS256"}`, author},
		"unknown members":   {map[string]any{"x5t": "a", "ext": true, "oth": []any{}}, `{"alg":"RS256"}`, author},
		"unknown type":      {map[string]any{"kty": "rsa"}, `{"alg":"RS256"}`, noKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, token.Config{Secret: jwks(other, rsaKey().with(c.members))})
			expect(t, v, rsaKey().signRaw(c.header, `{"role":"author","exp":9999999999}`), c.want)
		})
	}
}

// A private key in a JWK serves as its public one.
func TestPrivateMembers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"RS256", "ES256", "EdDSA"} {
		s := everyKind()[name].with(map[string]any{"d": "not looked at", "p": 1, "q": nil, "k": b64([]byte(secret))})
		v := newVerifier(t, token.Config{Secret: s.text()})
		expect(t, v, s.token(), author)
		expect(t, v, plain.token(), noKey)
	}
}

func TestWrongKeys(t *testing.T) {
	t.Parallel()
	short, p256 := newRSA(1024, "RS256"), newEC(elliptic.P256(), "ES256")
	for name, c := range map[string]struct {
		jwk  signer
		want string
	}{
		"secret of 31 bytes": {octSigner(secret[1:], "HS256"), "k has fewer than 32 bytes"},
		"no k":               {octSigner(secret, "HS256").with(map[string]any{"k": nil}), "k is missing, or not a string"},
		"k is not base64url": {octSigner(secret, "HS256").with(map[string]any{"k": strings.Repeat("+", 64)}), "k is not base64url without padding"},
		"k has padding":      {octSigner(secret, "HS256").with(map[string]any{"k": b64([]byte(secret)) + "="}), "k is not base64url without padding"},
		"RSA of 1024 bits":   {short, "n has fewer than 2048 bits"},
		"RSA of 8193 bits":   {rsaKey().with(map[string]any{"n": b64(new(big.Int).SetBit(big.NewInt(1), 8192, 1).Bytes())}), "n has more than 8192 bits"},
		"even modulus":       {rsaKey().with(map[string]any{"n": b64(new(big.Int).SetBit(new(big.Int), 2047, 1).Bytes())}), "n is even"},
		"no modulus":         {rsaKey().with(map[string]any{"n": nil}), "n is missing, or not a string"},
		"no exponent":        {rsaKey().with(map[string]any{"e": nil}), "e is missing, or not a string"},
		"exponent of 1":      {rsaKey().with(map[string]any{"e": b64([]byte{1})}), "e is not an odd number from 3 to 2147483647"},
		"even exponent":      {rsaKey().with(map[string]any{"e": b64([]byte{4})}), "e is not an odd number from 3 to 2147483647"},
		"large exponent":     {rsaKey().with(map[string]any{"e": b64([]byte{128, 0, 0, 1})}), "e is not an odd number from 3 to 2147483647"},
		"huge exponent":      {rsaKey().with(map[string]any{"e": rsaKey().jwk["n"]}), "e is not an odd number from 3 to 2147483647"},
		"not on the curve":   {p256.with(map[string]any{"x": p256.jwk["y"]}), "x and y are not a point of the curve"},
		"infinity":           {p256.with(map[string]any{"x": "", "y": ""}), "x and y are not a point of the curve"},
		"long coordinate":    {p256.with(map[string]any{"x": b64(make([]byte, 33))}), "x is longer than the coordinates of the curve"},
		"no coordinate":      {p256.with(map[string]any{"y": nil}), "y is missing, or not a string"},
		"short Ed25519":      {newEd25519().with(map[string]any{"x": b64(make([]byte, 31))}), "x does not have 32 bytes"},
		"kid is a number":    {newEd25519().with(map[string]any{"kid": 1}), "kid is not a string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := token.New(token.Config{Secret: jwks(rsaKey(), c.jwk)})
			if want := "Secret has a wrong key, number 2: " + c.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// Some issuers leave zeros at the beginning of coordinates out.
func TestShortCoordinate(t *testing.T) {
	t.Parallel()
	for {
		s := newEC(elliptic.P256(), "ES256")
		x := decode(t, s.jwk["x"].(string))
		if x[0] != 0 {
			continue // 255 of 256
		}
		short := s.with(map[string]any{"x": b64(x[1:])})
		expect(t, newVerifier(t, token.Config{Secret: short.text()}), s.token(), author)
		return
	}
}
