package token_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// A case is a request in the manner of PostgREST's tests of authentication.
type authCase struct {
	name   string
	header []string // nil: Bearer and the token of claims
	claims string   // signed with the secret
	want   string   // an outcome without its status; the challenge follows from it
	reason string
}

const claimsInvalid = "PGRST303 claims_invalid: "

// In these tests it is the first second of 2000, so that times can be written down.
const now2000 = 946684800

// authSpec is about requests to a server with a secret and no audience.
var authSpec = []authCase{
	{name: "no header", header: []string{}, want: "no token"},
	{name: "role and exp", claims: `{"role":"author","exp":9999999999}`, want: author},
	{name: "extra claims", claims: `{"role":"author","id":"jdoe","key1":"value1","a":1,"b":2,"http://postgrest.com/foo":true,"exp":9999999999}`, want: author},
	{name: "standard claims", claims: `{"sub":"fun","jti":"foo","nbf":300819380,"exp":9999999999,"iss":"joe","role":"author","iat":300819380}`, want: author},
	{name: "valid iat", claims: `{"role":"author","iat":946684800,"exp":9999999999}`, want: author},
	{name: "scheme in lower case", header: []string{"bearer " + plain.token()}, want: author},
	{name: "scheme in upper case", header: []string{"BEARER " + plain.token()}, want: author},
	{name: "white space around", header: []string{" Bearer \t " + plain.token() + " "}, want: author},
	{name: "no role", claims: `{"id":"jdoe","exp":9999999999}`, want: "role ", reason: "whether that may be is for the caller to decide"},
	{
		name: "no claims", header: []string{"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.CUIP5V9thWsGGFsFyGijSZf1fJMfarLHI9CEJL-TGNk"},
		want: claimsInvalid + "JWT has no 'exp' claim", reason: "in PostgREST it lives for ever",
	},
	{
		name:   "one of PostgREST's tests",
		header: []string{"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk5OTk5OTk5OTksInJvbGUiOiJwb3N0Z3Jlc3RfdGVzdF9hdXRob3IiLCJpZCI6Impkb2UifQ.Dpss-QoLYjec5OTsOaAc3FNVsSjA89wACoV-0ra3ClA"},
		want:   "role postgrest_test_author",
	},

	{name: "empty token", header: []string{"Bearer "}, want: "PGRST301 token_invalid: Empty JWT is sent in Authorization header"},
	{name: "scheme only", header: []string{"Bearer"}, want: "PGRST301 token_invalid: Empty JWT is sent in Authorization header"},
	{name: "one part", header: []string{"Bearer some random bytes"}, want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 1"},
	{
		name: "two parts", header: []string{"Bearer ey9zdGdyZXN0X3Rlc3RfYXV0aG9yIiwiaWQiOiJqZG9lIn0.y4vZuu1dDdwAl0-S00MCRWRYMlJ5YAMSir6Es6WtWx0"},
		want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 2",
	},
	{name: "four parts", header: []string{"Bearer a.b.c.d"}, want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 4"},
	{name: "five parts", header: []string{"Bearer a.b.c.d.e"}, want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 5"},
	{name: "many parts", header: []string{"Bearer " + strings.Repeat(".", 8000)}, want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 8001"},
	{
		name: "encrypted", header: []string{"Bearer " + b64([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".b.c.d.e"},
		want: "PGRST301 token_invalid: Unsupported token type",
	},
	{name: "three empty parts", header: []string{"Bearer .."}, want: "PGRST301 token_invalid: JWT cryptographic operation failed"},
	{name: "basic", header: []string{"Basic dXNlcjpwYXNz"}, want: "PGRST301 token_invalid: Authorization header is not of type Bearer", reason: "in PostgREST it is anonymous"},
	{name: "empty header", header: []string{""}, want: "PGRST301 token_invalid: Authorization header is not of type Bearer"},
	{name: "token without scheme", header: []string{plain.token()}, want: "PGRST301 token_invalid: Authorization header is not of type Bearer"},
	{name: "two headers", header: []string{"Bearer " + plain.token(), "Bearer " + plain.token()}, want: "PGRST301 token_invalid: More than one Authorization header is sent"},
	{name: "too long", header: []string{"Bearer " + strings.Repeat("a", 8<<10)}, want: "PGRST301 token_invalid: Authorization header is too long"},
	{name: "two tokens", header: []string{"Bearer " + plain.token() + " " + plain.token()}, want: "PGRST301 token_invalid: Expected 3 parts in JWT; got 5"},
	{
		name: "another secret", header: []string{"Bearer " + octSigner(strings.Repeat("x", 32), "HS256").token()},
		want: "PGRST301 token_invalid: No suitable key or wrong key type (None of the keys was able to decode the JWT)",
	},
	{
		name: "another algorithm", header: []string{"Bearer " + plain.using("HS512").token()},
		want: "PGRST301 token_invalid: No suitable key or wrong key type (No suitable key was found to decode the JWT)", reason: "plain text is for HS256",
	},
	{name: "a kid", header: []string{"Bearer " + plain.signRaw(`{"alg":"HS256","kid":"any"}`, `{"role":"author","exp":9999999999}`)}, want: author, reason: "plain text has no kid to compare with"},

	{name: "expired", claims: `{"exp":446678149,"role":"author","id":"jdoe"}`, want: "PGRST303 token_expired: JWT expired"},
	{name: "expired 31 s ago", claims: claimAt("exp", -31), want: "PGRST303 token_expired: JWT expired"},
	{name: "expired 30 s ago", claims: claimAt("exp", -30), want: "PGRST303 token_expired: JWT expired"},
	{name: "expired 29 s ago", claims: claimAt("exp", -29), want: author},
	{name: "expires in the year 0", claims: `{"exp":-62167219200,"role":"author"}`, want: "PGRST303 token_expired: JWT expired"},
	{name: "exp is a fraction", claims: `{"exp":946684800.5,"role":"author"}`, want: author},
	{name: "exp has an exponent", claims: `{"exp":1e10,"role":"author"}`, want: author},
	{name: "exp is more than 64 bits", claims: `{"exp":99999999999999999999999999,"role":"author"}`, want: author},
	{name: "exp is beyond a float", claims: `{"exp":1e999,"role":"author"}`, want: author},
	{name: "exp is as far below", claims: `{"exp":-1e999,"role":"author"}`, want: "PGRST303 token_expired: JWT expired"},
	{name: "exp is zero", claims: `{"exp":0,"role":"author"}`, want: "PGRST303 token_expired: JWT expired"},
	{name: "exp is null", claims: `{"exp":null,"role":"author"}`, want: claimsInvalid + "JWT has no 'exp' claim"},
	{name: "exp is text", claims: `{"exp":"invalid","role":"author"}`, want: claimsInvalid + "The JWT 'exp' claim must be a number"},
	{name: "exp is a number in text", claims: `{"exp":"9999999999","role":"author"}`, want: claimsInvalid + "The JWT 'exp' claim must be a number"},
	{name: "exp is NaN in text", claims: `{"exp":"NaN","role":"author"}`, want: claimsInvalid + "The JWT 'exp' claim must be a number"},
	{name: "exp is NaN", claims: `{"exp":NaN,"role":"author"}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "exp is true", claims: `{"exp":true,"role":"author"}`, want: claimsInvalid + "The JWT 'exp' claim must be a number"},

	{name: "nbf is text", claims: `{"nbf":"invalid","role":"author","exp":9999999999}`, want: claimsInvalid + "The JWT 'nbf' claim must be a number"},
	{name: "nbf is null", claims: `{"nbf":null,"role":"author","exp":9999999999}`, want: author},
	{name: "nbf in 30 s", claims: claimAt("nbf", 30), want: author},
	{name: "nbf in 31 s", claims: claimAt("nbf", 31), want: claimsInvalid + "JWT not yet valid"},
	{name: "nbf is beyond a float", claims: `{"nbf":1e999,"role":"author","exp":1e999}`, want: claimsInvalid + "JWT not yet valid"},
	{name: "nbf is negative", claims: `{"nbf":-1e999,"role":"author","exp":9999999999}`, want: author},

	{name: "iat is text", claims: `{"iat":"invalid","role":"author","exp":9999999999}`, want: claimsInvalid + "The JWT 'iat' claim must be a number"},
	{name: "iat in 30 s", claims: claimAt("iat", 30), want: author},
	{name: "iat in 31 s", claims: claimAt("iat", 31), want: claimsInvalid + "JWT issued at future"},

	{name: "aud is an object", claims: `{"aud":{"invalid":"value"},"role":"author","exp":9999999999}`, want: claimsInvalid + "The JWT 'aud' claim must be a string or an array of strings"},
	{name: "aud has an object", claims: `{"aud":[{"invalid":"value"},"test"],"role":"author","exp":9999999999}`, want: claimsInvalid + "The JWT 'aud' claim must be a string or an array of strings"},
	{name: "aud is a number", claims: `{"aud":1,"role":"author","exp":9999999999}`, want: claimsInvalid + "The JWT 'aud' claim must be a string or an array of strings"},
	{name: "aud is ignored", claims: `{"aud":"youraudience","role":"author","exp":9999999999}`, want: author},
	{name: "empty aud is ignored", claims: `{"aud":"","role":"author","exp":9999999999}`, want: author},
	{name: "aud of one is ignored", claims: `{"aud":["youraudience"],"role":"author","exp":9999999999}`, want: author},
	{name: "aud of two is ignored", claims: `{"aud":["notyouraudience","youraudience"],"role":"author","exp":9999999999}`, want: author},
	{name: "aud of none is ignored", claims: `{"aud":[],"role":"author","exp":9999999999}`, want: author},
	{name: "null aud is ignored", claims: `{"aud":null,"role":"author","exp":9999999999}`, want: author},

	{name: "claims are an array", claims: `[1]`, want: claimsInvalid + "Parsing claims failed"},
	{name: "claims are text", claims: `"role"`, want: claimsInvalid + "Parsing claims failed"},
	{name: "claims are cut off", claims: `{"role":"author","exp":9999999999`, want: claimsInvalid + "Parsing claims failed"},
	{name: "claims are nothing", claims: ``, want: claimsInvalid + "Parsing claims failed"},
	{name: "claims and more", claims: `{"role":"author","exp":9999999999}{}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "role twice", claims: `{"role":"author","role":"admin","exp":9999999999}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "role twice in other letters", claims: `{"role":"author","r\u006fle":"admin","exp":9999999999}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "a member twice", claims: `{"role":"author","exp":9999999999,"a":[{"b":{"c":1,"c":2}}]}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "zero character", claims: `{"role":"author\u0000","exp":9999999999}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "zero character within", claims: `{"role":"author","exp":9999999999,"a":[{"b":"\\\u0000"}]}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "not a zero character", claims: `{"role":"author","exp":9999999999,"a":"\\u0000"}`, want: author},
	{name: "half a pair", claims: `{"role":"author","exp":9999999999,"a":"\ud83d"}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "half a pair and more", claims: `{"role":"author","exp":9999999999,"a":"\ud83d\u0041"}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "other half", claims: `{"role":"author","exp":9999999999,"a":"\ude00\ud83d"}`, want: claimsInvalid + "Parsing claims failed"},
	{name: "a pair", claims: `{"role":"author","exp":9999999999,"a":"\ud83d\ude00"}`, want: author},
	{name: "not UTF-8", claims: "{\"role\":\"author\xff\",\"exp\":9999999999}", want: claimsInvalid + "Parsing claims failed"},
	{name: "32 levels", claims: `{"role":"author","exp":9999999999,"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + "}", want: author},
	{name: "33 levels", claims: `{"role":"author","exp":9999999999,"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", want: claimsInvalid + "Parsing claims failed"},

	{name: "role is a number", claims: `{"role":1,"exp":9999999999}`, want: claimsInvalid + "The JWT role claim must be a non-empty string"},
	{name: "role is null", claims: `{"role":null,"exp":9999999999}`, want: claimsInvalid + "The JWT role claim must be a non-empty string"},
	{name: "role is empty", claims: `{"role":"","exp":9999999999}`, want: claimsInvalid + "The JWT role claim must be a non-empty string"},
	{name: "role is an array", claims: `{"role":["author"],"exp":9999999999}`, want: claimsInvalid + "The JWT role claim must be a non-empty string"},
	{name: "role in another case", claims: `{"Role":"author","exp":9999999999}`, want: "role "},
}

// audienceSpec is about requests to a server with an audience.
var audienceSpec = []authCase{
	{name: "no header", header: []string{}, want: "no token"},
	{name: "matches", claims: `{"aud":"youraudience","exp":9999999999,"role":"author","id":"jdoe"}`, want: author},
	{name: "matches the second", claims: `{"aud":"otheraudience","exp":9999999999,"role":"author"}`, want: author},
	{name: "does not match", claims: `{"aud":"notyouraudience","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "is in another case", claims: `{"aud":"YourAudience","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "is a part of it", claims: `{"aud":"youraud","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "is empty", claims: `{"aud":"","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "one matches", claims: `{"aud":["youraudience"],"exp":9999999999,"role":"author"}`, want: author},
	{name: "one of three matches", claims: `{"aud":["notyouraudience","youraudience","anotheraudience"],"exp":9999999999,"role":"author"}`, want: author},
	{name: "one does not match", claims: `{"aud":["notyouraudience"],"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "none of three matches", claims: `{"aud":["notyouraudience","stillnotyouraudience","anotheraudience"],"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience"},
	{name: "one matches among others", claims: `{"aud":["youraudience",1],"exp":9999999999,"role":"author"}`, want: claimsInvalid + "The JWT 'aud' claim must be a string or an array of strings"},
	{name: "is an empty array", claims: `{"aud":[],"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience", reason: "PostgREST lets it pass"},
	{name: "is null", claims: `{"aud":null,"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience", reason: "PostgREST lets it pass"},
	{name: "is missing", claims: `{"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not in audience", reason: "PostgREST lets it pass"},
	{name: "expired as well", claims: `{"aud":"youraudience","exp":1,"role":"author"}`, want: "PGRST303 token_expired: JWT expired"},
}

var issuerSpec = []authCase{
	{name: "the issuer", claims: `{"iss":"https://issuer.example/","exp":9999999999,"role":"author"}`, want: author},
	{name: "another", claims: `{"iss":"https://other.example/","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not issued by the expected issuer"},
	{name: "almost the same", claims: `{"iss":"https://issuer.example","exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not issued by the expected issuer"},
	{name: "none", claims: `{"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not issued by the expected issuer"},
	{name: "an array", claims: `{"iss":["https://issuer.example/"],"exp":9999999999,"role":"author"}`, want: claimsInvalid + "JWT not issued by the expected issuer"},
}

var noSecretSpec = []authCase{
	{name: "no header", header: []string{}, want: "no token"},
	{name: "a token", claims: `{"exp":9999999999,"role":"author"}`, want: "PGRST300 keys_missing: Server lacks JWT secret"},
	{name: "basic", header: []string{"Basic dXNlcjpwYXNz"}, want: "PGRST301 token_invalid: Authorization header is not of type Bearer"},
}

func claimAt(name string, seconds int) string {
	claims := map[string]any{"role": "author", "exp": far}
	claims[name] = now2000 + seconds
	return asJSON(claims)
}

func TestPostgREST(t *testing.T) {
	t.Parallel()
	for name, suite := range map[string]struct {
		config token.Config
		cases  []authCase
	}{
		"auth": {token.Config{Secret: secret}, authSpec},
		"auth with JWK": {token.Config{Secret: jwks(
			octSigner(strings.Repeat("o", 32), "HS256").with(map[string]any{"alg": "HS256", "kid": "other"}),
			octSigner(secret, "HS256").with(map[string]any{"alg": "HS256"}),
		)}, without(authSpec, "a kid")},
		"audience":  {token.Config{Secret: secret, Audience: []string{"youraudience", "otheraudience"}}, audienceSpec},
		"issuer":    {token.Config{Secret: secret, Issuer: "https://issuer.example/"}, issuerSpec},
		"no secret": {token.Config{}, noSecretSpec},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, suite.config)
			for _, c := range suite.cases {
				t.Run(c.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { c.check(t, v) }) })
			}
		})
	}
}

func without(cases []authCase, name string) (rest []authCase) {
	for _, c := range cases {
		if c.name != name {
			rest = append(rest, c)
		}
	}
	return rest
}

// check verifies the token twice, since the second time it may come from the cache.
func (c authCase) check(t *testing.T, v *token.Verifier) {
	if time.Now().Unix() != now2000 {
		t.Fatal("it is not 2000")
	}
	header := c.header
	if header == nil {
		header = []string{"Bearer " + plain.sign(c.claims)}
	}
	for range 2 {
		claims, err := v.Verify(t.Context(), header)
		want := c.want
		if code, _, refused := strings.Cut(want, " "); refused && strings.HasPrefix(code, "PGRST") {
			status := map[string]int{"PGRST300": 500, "PGRST301": 401, "PGRST303": 401}[code]
			want = fmt.Sprintf("%d %s", status, want)
		}
		if got := outcome(claims, err); got != want {
			t.Errorf("got  %s\nwant %s\n%s", got, want, c.reason)
		}
		if (claims == nil) != (err != nil || want == "no token") {
			t.Errorf("claims %v with error %v", claims, err)
		}
		checkError(t, err)
	}
}

// checkError checks what follows from the other parts of an error.
func checkError(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*token.Error)
	if !ok {
		return
	}
	challenge := ""
	if e.Status == http.StatusUnauthorized {
		challenge = `Bearer error="invalid_token", error_description="` + e.Message + `"`
	}
	if e.Challenge != challenge || e.Hint != "" || strings.ContainsAny(e.Message, "\"\\\n") {
		t.Errorf("message %q with challenge %q and hint %q", e.Message, e.Challenge, e.Hint)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	e := token.Missing()
	if got := outcome(nil, e); got != "401 PGRST302 token_missing: Anonymous access is disabled" || e.Challenge != "Bearer" {
		t.Errorf("%s with challenge %q", got, e.Challenge)
	}
}

func TestZeroVerifier(t *testing.T) {
	t.Parallel()
	var v token.Verifier
	expect(t, &v, plain.token(), "500 PGRST300 keys_missing: Server lacks JWT secret")
	if err := v.KeysProblem(); err != nil {
		t.Error(err)
	}
}
