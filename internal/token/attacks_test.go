package token_test

import (
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

func decode(t testing.TB, text string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hs256 signs with whatever is taken for a secret.
func hs256(key []byte, header string) string {
	signed := b64([]byte(header)) + "." + b64([]byte(`{"role":"author","exp":9999999999}`))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

// A public key is known to everybody, and must not serve as a secret in any form.
func TestPublicKeyAsSecret(t *testing.T) {
	t.Parallel()
	for name, s := range everyKind() {
		if strings.HasPrefix(name, "HS") {
			continue
		}
		s = s.named("k")
		pkix, err := x509.MarshalPKIXPublicKey(publicOf(s))
		if err != nil {
			t.Fatal(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
		forms := map[string][]byte{
			"DER": pkix, "PEM": block, "PEM without its last newline": block[:len(block)-1], "JWK": []byte(s.text()), "JWKS": []byte(jwks(s)), "nothing": {},
		}
		for _, member := range []string{"n", "x", "y"} {
			if text, ok := s.jwk[member].(string); ok {
				forms[member+" in text"], forms[member] = []byte(text), decode(t, text)
			}
		}
		for _, config := range []token.Config{{Secret: s.text()}, {Secret: jwks(s)}, {Secret: jwks(s, octSigner(secret, "HS256").named("other"))}} {
			v := newVerifier(t, config)
			expect(t, v, s.token(), author)
			for form, key := range forms {
				for _, header := range []string{`{"alg":"HS256"}`, `{"alg":"HS256","kid":"k"}`, `{"alg":"HS256","kid":"other"}`} {
					got := outcome(verify(v, hs256(key, header)))
					if got != noKey && got != badSignature {
						t.Errorf("%s as %s with the header %s: %s", name, form, header, got)
					}
				}
			}
		}
	}
}

// What a token says of itself does not make it good.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := rsaKey().named("k")
	v := newVerifier(t, token.Config{Secret: s.text()})
	own := newRSA(2048, "RS256")
	const unsecured = "401 PGRST301 token_invalid: Wrong or unsupported encoding algorithm (JWT is unsecured but expected 'alg' was not 'none')"
	for header, want := range map[string]string{
		`{"alg":"RS256"}`:                                 author,
		`{"alg":"RS256","typ":"JWT"}`:                     author,
		`{"alg":"RS256","typ":"jwt"}`:                     author,
		`{"alg":"RS256","typ":"at+jwt"}`:                  author,
		`{"alg":"RS256","typ":"application/at+JWT"}`:      author,
		`{"alg":"RS256","kid":"k","x5t":"a","cat":"b"}`:   author,
		` { "alg" : "RS256" } `:                           author,
		`{"alg":"RS256","typ":"JOSE"}`:                    wrongType,
		`{"alg":"RS256","typ":"logout+jwt"}`:              wrongType,
		`{"alg":"RS256","typ":"dpop+jwt"}`:                wrongType,
		`{"alg":"RS256","typ":""}`:                        wrongType,
		`{"alg":"RS256","typ":null}`:                      wrongType,
		`{"alg":"RS256","typ":1}`:                         wrongType,
		`{"alg":"RS256","cty":"JWT"}`:                     wrongType,
		`{"alg":"RS256","crit":["b64"],"b64":false}`:      wrongType,
		`{"alg":"RS256","crit":[]}`:                       wrongType,
		`{"alg":"RS256","enc":"A128GCM"}`:                 wrongType,
		`{"alg":"none"}`:                                  unsecured,
		`{"alg":"None"}`:                                  unsupported,
		`{"alg":"NONE"}`:                                  unsupported,
		`{"alg":"nOnE"}`:                                  unsupported,
		`{"alg":""}`:                                      unsupported,
		`{"alg":"rs256"}`:                                 unsupported,
		`{"alg":"RS256 "}`:                                unsupported,
		`{"alg":"RS1"}`:                                   unsupported,
		`{"alg":"ES256K"}`:                                unsupported,
		`{"alg":"HS256"}`:                                 noKey,
		`{"alg":"ES256"}`:                                 noKey,
		`{"alg":"RS512"}`:                                 badSignature,
		`{"alg":"PS256"}`:                                 badSignature,
		`{"alg":null}`:                                    malformed,
		`{"alg":["RS256"]}`:                               malformed,
		`{}`:                                              malformed,
		`{"ALG":"RS256"}`:                                 malformed,
		`{"alg":"RS256","alg":"RS256"}`:                   malformed,
		`{"alg":"none","alg":"RS256"}`:                    malformed,
		`{"alg":"RS256","kid":1}`:                         malformed,
		`{"alg":"RS256","kid":null}`:                      malformed,
		`{"alg":"RS256","kid":"../../dev/null"}`:          noKey,
		`{"alg":"RS256","kid":"k' OR 1=1"}`:               noKey,
		`[]`:                                              malformed,
		`"RS256"`:                                         malformed,
		``:                                                malformed,
		`{"alg":"RS256"`:                                  malformed,
		`{"alg":"RS256"}}`:                                malformed,
		`{"alg":"RS256","a":"` + "\xff" + `"}`:            malformed,
		`{"alg":"RS256","a":` + strings.Repeat("[", 3000): malformed,
		`{"a":` + strings.Repeat(`{"a":`, 600) + strings.Repeat(`}`, 601): malformed,
	} {
		if got := outcome(verify(v, s.signRaw(header, `{"role":"author","exp":9999999999}`))); got != want {
			t.Errorf("%.60s: got %s, want %s", header, got, want)
		}
	}
	// Keys that come with the token, or that it points to, are not looked at.
	for _, header := range []string{
		`{"alg":"RS256","jwk":` + own.text() + `}`,
		`{"alg":"RS256","kid":"k","jwk":` + own.text() + `}`,
		`{"alg":"RS256","jku":"https://attacker.example/jwks.json"}`,
		`{"alg":"RS256","x5u":"https://attacker.example/cert.pem"}`,
		`{"alg":"RS256","x5c":["MII"]}`,
	} {
		expect(t, v, own.signRaw(header, `{"role":"author","exp":9999999999}`), badSignature)
	}
}

// There is one text for a token: no other one that decodes to the same bytes is accepted.
func TestMalleable(t *testing.T) {
	t.Parallel()
	s := newEC(elliptic.P256(), "ES256")
	v := newVerifier(t, token.Config{Secret: s.text()})
	good := s.token()
	parts := strings.Split(good, ".")
	for i := range parts {
		for name, change := range map[string]func(part string) string{
			"padding":        func(part string) string { return part + "=" },
			"a line break":   func(part string) string { return part[:2] + "\n" + part[2:] },
			"a line feed":    func(part string) string { return part[:2] + "\r\n" + part[2:] },
			"white space":    func(part string) string { return part[:2] + " " + part[2:] },
			"a zero":         func(part string) string { return part + "\x00" },
			"other alphabet": func(part string) string { return part[:2] + "+/" + part[4:] },
		} {
			changed := strings.Split(good, ".")
			changed[i] = change(changed[i])
			if got := outcome(verify(v, strings.Join(changed, "."))); got == author {
				t.Errorf("%s in part %d is accepted", name, i+1)
			}
		}
	}
	// The signature has 64 bytes, in 86 letters: four bits of the last one are spare.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[len(good)-1])
	expect(t, v, good[:len(good)-1]+string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last|1]), malformed)
	expect(t, v, good, author)

	// A signature in ASN.1, and one with a coordinate of zero, are none.
	signed := good[:strings.LastIndex(good, ".")+1]
	for _, signature := range [][]byte{make([]byte, 64), make([]byte, 63), make([]byte, 65), {}, {0x30, 6, 2, 1, 1, 2, 1, 1}} {
		expect(t, v, signed+b64(signature), badSignature)
	}
}

// A payload that cannot be decoded is refused even if somebody has signed it.
func TestSignedPayloadIsNotBase64(t *testing.T) {
	t.Parallel()
	signed := b64([]byte(`{"alg":"HS256"}`)) + ".e30="
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	expect(t, newVerifier(t, token.Config{Secret: secret}), signed+"."+b64(mac.Sum(nil)), malformed)
}

// No text of a token gets into an error.
func TestNothingIsRepeated(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, token.Config{Secret: secret, Audience: []string{"a"}, Issuer: "i"})
	for _, text := range []string{
		"CANARY", "CANARY.CANARY.CANARY", "CANARY.a.b.c.d",
		plain.signRaw(`{"alg":"CANARY"}`, "{}"), plain.signRaw(`{"alg":"HS256","typ":"CANARY"}`, "{}"), plain.using("HS512").signRaw(`{"alg":"HS512","kid":"CANARY"}`, "{}"),
		plain.sign("CANARY"), plain.sign(`{"exp":"CANARY"}`), plain.sign(`{"exp":9999999999,"aud":"CANARY"}`), plain.sign(`{"exp":9999999999,"aud":"a","iss":"CANARY"}`),
		plain.sign(`{"exp":9999999999,"aud":"a","iss":"i","role":["CANARY"]}`),
	} {
		for _, header := range []string{"Bearer " + text, text} {
			_, err := v.Verify(t.Context(), []string{header})
			if e, ok := err.(*token.Error); !ok || strings.Contains(e.Error()+e.Challenge+e.Hint, "CANARY") {
				t.Errorf("%v", err)
			}
		}
	}
}
