package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// FuzzToken looks for a header that panics, or is accepted without our signature.
func FuzzToken(f *testing.F) {
	ec := everyKind()["ES256"].named("ec")
	ecToken := ec.token() // a signature of this kind differs each time
	v := newVerifier(f, token.Config{Secret: jwks(octSigner(secret, "HS256").with(map[string]any{"alg": "HS256"}), ec, newEd25519())})
	for _, suite := range [][]authCase{authSpec, audienceSpec, issuerSpec} {
		for _, c := range suite {
			if c.header == nil {
				f.Add("Bearer " + plain.sign(c.claims))
			} else if len(c.header) > 0 {
				f.Add(c.header[0])
			}
		}
	}
	f.Add("Bearer " + ecToken)
	f.Add("Bearer " + hs256([]byte(ec.text()), `{"alg":"HS256"}`))
	f.Add("Bearer " + ec.signRaw(`{"alg":"none"}`, `{"exp":9999999999}`))
	f.Fuzz(func(t *testing.T, header string) {
		claims, err := v.Verify(t.Context(), []string{header})
		again, errAgain := v.Verify(t.Context(), []string{header})
		if outcome(claims, err) != outcome(again, errAgain) {
			t.Errorf("%s, then %s", outcome(claims, err), outcome(again, errAgain))
		}
		if err != nil {
			if _, ok := err.(*token.Error); !ok || claims != nil {
				t.Errorf("%v with error %v", claims, err)
			}
			checkError(t, err)
			return
		}
		// Nobody but the seeds has signed with the keys. What is accepted has to be
		// one of theirs, signature and all.
		_, text, _ := strings.Cut(strings.Trim(header, " \t"), " ")
		text = strings.Trim(text, " \t")
		if text == ecToken {
			return
		}
		signed, signature := text[:strings.LastIndex(text, ".")], text[strings.LastIndex(text, ".")+1:]
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(signed))
		if got, err := base64.RawURLEncoding.DecodeString(signature); err != nil || !hmac.Equal(got, mac.Sum(nil)) {
			t.Errorf("accepted without our signature: %q", header)
		}
		if !json.Valid([]byte(claims.JSON)) || !utf8.ValidString(claims.JSON) || claims.JSON[0] != '{' {
			t.Errorf("claims %q", claims.JSON)
		}
	})
}

// FuzzKeySet looks for a set of keys that panics, or makes a public secret work.
func FuzzKeySet(f *testing.F) {
	for _, s := range everyKind() {
		f.Add(s.text())
		f.Add(jwks(s, s.named("k").with(map[string]any{"use": "sig", "key_ops": []string{"verify"}, "alg": s.alg})))
	}
	for _, seed := range []string{"", "{}", "[]", `{"keys":null}`, `{"keys":[null]}`, `{"keys":[[]]}`, `{"kty":"RSA","n":"","e":""}`, `{"kty":"EC","crv":"P-256","x":"","y":""}`, secret, "-----BEGIN"} {
		f.Add(seed)
	}
	rs, es, hs := rsaKey().token(), everyKind()["ES256"].token(), octSigner("x", "HS256").token()
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := token.New(token.Config{Secret: text}); err == nil {
			for _, tok := range []string{rs, es, hs, plain.token()} {
				_, _ = verify(v, tok)
			}
		} else if v != nil {
			t.Error("a Verifier with an error")
		} else if len(text) > 24 && strings.Contains(err.Error(), text) {
			t.Errorf("the secret is quoted: %v", err)
		}
		e := &endpoint{body: text}
		v := newVerifier(t, token.Config{JWKSURL: "https://issuer.example/", Client: e.client()})
		for _, tok := range []string{rs, es} {
			_, _ = verify(v, tok)
		}
		if got := outcome(verify(v, plain.token())); got != noKey {
			t.Errorf("a fetched secret: %s", got)
		}
	})
}

// FuzzClaimPath looks for a path that panics, or that means something else when it is
// written in another way.
func FuzzClaimPath(f *testing.F) {
	for _, seed := range []string{"", "role", "$.role", ".a.b", `"a.b".c`, "a[0]", "a[0][1].b", `a["b"]`, "a..b", "[0]", "a[99999999999]", `"`, "$", "é"} {
		f.Add(seed, `{"role":"r","a":[{"b":["x"]}],"a.b":{"c":"y"},"é":"z","exp":9999999999}`)
	}
	f.Fuzz(func(t *testing.T, path, payload string) {
		v, err := token.New(token.Config{Secret: secret, RoleClaim: path})
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
			return
		}
		if len(payload) > 4<<10 {
			return
		}
		text := plain.sign(payload)
		got := outcome(verify(v, text))
		if path == "" || strings.HasPrefix(path, ".") || strings.HasPrefix(path, "$.") {
			return
		}
		for _, root := range []string{".", "$."} {
			other := newVerifier(t, token.Config{Secret: secret, RoleClaim: root + path})
			if also := outcome(verify(other, text)); also != got {
				t.Errorf("%q: %s, after %q: %s", path, got, root, also)
			}
		}
	})
}
