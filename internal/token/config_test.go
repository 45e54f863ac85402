package token_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

func TestNew(t *testing.T) {
	t.Parallel()
	https, loopback := "is not https (http is allowed for loopback addresses only)", "is not a URL with a host"
	for name, c := range map[string]struct {
		config token.Config
		want   []string
	}{
		"nothing":         {token.Config{}, nil},
		"text":            {token.Config{Secret: secret}, nil},
		"text in UTF-8":   {token.Config{Secret: strings.Repeat("ü", 16)}, nil},
		"short":           {token.Config{Secret: secret[1:]}, []string{"Secret has fewer than 32 bytes"}},
		"JWK":             {token.Config{Secret: rsaKey().text()}, nil},
		"JWKS":            {token.Config{Secret: "\n" + jwks(rsaKey(), octSigner(secret, "HS256")) + "\n"}, nil},
		"PEM":             {token.Config{Secret: "-----BEGIN PUBLIC KEY-----\nMII"}, []string{"Secret is in PEM format; give an asymmetric key as a JWK"}},
		"not JSON":        {token.Config{Secret: "{" + secret}, []string{"Secret begins with a brace, but is neither a JWK nor a JWKS in valid JSON"}},
		"another object":  {token.Config{Secret: `{"a":1}`}, []string{"Secret has no array of keys"}},
		"keys of numbers": {token.Config{Secret: `{"keys":[1]}`}, []string{"Secret has a key that is not an object"}},
		"no keys":         {token.Config{Secret: `{"keys":[]}`}, []string{"Secret has no key to verify signatures with, of a type that is supported"}},
		"an unknown key":  {token.Config{Secret: `{"kty":"x"}`}, []string{"Secret has no key to verify signatures with, of a type that is supported"}},
		"twice the keys":  {token.Config{Secret: `{"keys":[],"keys":[]}`}, []string{"Secret begins with a brace, but is neither a JWK nor a JWKS in valid JSON"}},
		"65 keys":         {token.Config{Secret: `{"keys":[` + strings.Repeat("{},", 64) + `{}]}`}, []string{"Secret has more than 64 keys"}},
		"two bad keys": {token.Config{Secret: `{"keys":[{"kty":"oct"},{"kty":"x"},{"kty":"RSA"}]}`}, []string{
			"Secret has a wrong key, number 1: k is missing, or not a string",
			"Secret has a wrong key, number 3: n is missing, or not a string",
		}},

		"https":              {token.Config{JWKSURL: "https://issuer.example/jwks.json?v=1"}, nil},
		"http on loopback":   {token.Config{JWKSURL: "http://127.0.0.1:9999/jwks"}, nil},
		"http on localhost":  {token.Config{JWKSURL: "http://localhost/jwks"}, nil},
		"http on ::1":        {token.Config{JWKSURL: "http://[::1]/jwks"}, nil},
		"http":               {token.Config{JWKSURL: "http://issuer.example/jwks"}, []string{"JWKSURL " + https}},
		"http on localhost.": {token.Config{JWKSURL: "http://localhost.example/jwks"}, []string{"JWKSURL " + https}},
		"file":               {token.Config{JWKSURL: "file:///etc/passwd"}, []string{"JWKSURL " + loopback}},
		"no scheme":          {token.Config{JWKSURL: "issuer.example/jwks"}, []string{"JWKSURL " + loopback}},
		"opaque":             {token.Config{JWKSURL: "https:issuer.example"}, []string{"JWKSURL " + loopback}},
		"not a URL":          {token.Config{JWKSURL: "https://a b/"}, []string{"JWKSURL " + loopback}},
		"a password":         {token.Config{JWKSURL: "https://user:canary@issuer.example/"}, []string{"JWKSURL has a user name or a password in it"}},
		"a fragment":         {token.Config{JWKSURL: "https://issuer.example/#a"}, []string{"JWKSURL has a fragment"}},

		"issuer":                 {token.Config{Issuer: "https://issuer.example/realm/"}, nil},
		"issuer with a secret":   {token.Config{Issuer: "any text", Secret: secret}, nil},
		"issuer with a URL":      {token.Config{Issuer: "any text", JWKSURL: "https://issuer.example/"}, nil},
		"issuer without keys":    {token.Config{Issuer: "supabase"}, []string{"Issuer " + loopback + "; the discovery document cannot be fetched from it"}},
		"issuer with http":       {token.Config{Issuer: "http://issuer.example"}, []string{"Issuer " + https + "; the discovery document cannot be fetched from it"}},
		"issuer with a query":    {token.Config{Issuer: "https://issuer.example/?a"}, []string{"Issuer has a query; the discovery document cannot be fetched from it"}},
		"issuer with an empty ?": {token.Config{Issuer: "https://issuer.example/?"}, []string{"Issuer has a query; the discovery document cannot be fetched from it"}},

		"audience":          {token.Config{Audience: []string{"a", "b"}}, nil},
		"an empty audience": {token.Config{Audience: []string{"a", ""}}, []string{"Audience has an empty value"}},
		"everything": {token.Config{Secret: "canary", JWKSURL: "canary", Audience: []string{""}, RoleClaim: "canary["}, []string{
			"Secret has fewer than 32 bytes", "JWKSURL " + loopback, "Audience has an empty value",
			"RoleClaim: between brackets there must be a number from 0 to 9999",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := token.New(c.config)
			if got := lines(err); !cmp.Equal(got, c.want) {
				t.Error(cmp.Diff(c.want, got))
			}
			if (v == nil) != (err != nil) {
				t.Errorf("%v and %v", v, err)
			}
			if strings.Contains(fmt.Sprint(err), "canary") {
				t.Errorf("a value is quoted: %v", err)
			}
		})
	}
}

func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestRoleClaim(t *testing.T) {
	t.Parallel()
	const name = "names must be separated by dots, or be in double quotes if they hold other characters than letters, digits and _-$@"
	const index, missing, quote = "between brackets there must be a number from 0 to 9999", "a name is missing", "a closing double quote is missing"
	for path, want := range map[string]string{
		"":                                "role author",
		"role":                            "role author",
		".role":                           "role author",
		"$.role":                          "role author",
		`"role"`:                          "role author",
		"app_metadata.role":               "role app",
		`$."app_metadata"."role"`:         "role app",
		`"https://example.org/role".name`: "role quoted",
		"realm-access.roles[0]":           "role first",
		"realm-access.roles[1]":           "role second",
		"realm-access.roles[2]":           "role ",
		"realm-access.roles[9999]":        "role ",
		"matrix[1][0]":                    "role deep",
		"matrix[1][0].a":                  "role ",
		"matrix[1].a":                     "role ",
		"objects[0].name":                 "role item",
		"objects[0][0]":                   "role ",
		"rôle":                            "role accent",
		"$cope@x":                         "role signs",
		"nothing":                         "role ",
		"nothing.role":                    "role ",
		"role.role":                       "role ",
		"role[0]":                         "role ",
		"nothing[0]":                      "role ",
		"app_metadata":                    "401 PGRST303 claims_invalid: The JWT role claim must be a non-empty string",
		"exp":                             "401 PGRST303 claims_invalid: The JWT role claim must be a non-empty string",
		"$":                               "role ", // a name
		".":                               missing,
		"$.":                              missing,
		"..role":                          missing,
		"a.":                              missing,
		"a..b":                            missing,
		`""`:                              missing,
		"[0]":                             missing,
		"a.[0]":                           missing,
		" role":                           missing,
		"role ":                           name,
		"https://example.org/role":        name,
		"a]":                              name,
		"a[0]b":                           name,
		`"a"b`:                            name,
		`a"b"`:                            name,
		"a*":                              name,
		`"role`:                           quote,
		"a[":                              index,
		"a[]":                             index,
		"a[-1]":                           index,
		"a[+1]":                           index,
		"a[*]":                            index,
		"a[1":                             index,
		"a[10000]":                        index,
		"a[99999999999999999999]":         index,
		`roles[?(@ == "author")]`:         index,
	} {
		v, err := token.New(token.Config{Secret: secret, RoleClaim: path})
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "RoleClaim: ")
		} else {
			got = outcome(verify(v, plain.sign(`{"exp":9999999999,"role":"author","app_metadata":{"role":"app"},"https://example.org/role":{"name":"quoted"},`+
				`"realm-access":{"roles":["first","second"]},"matrix":[[],["deep"]],"objects":[{"name":"item"}],"rôle":"accent","$cope@x":"signs"}`)))
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

// What is claimed is passed on as it is.
func TestClaims(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, token.Config{Secret: secret})
	for payload, want := range map[string]token.Claims{
		`{"exp":9999999999}`: {JSON: `{"exp":9999999999}`},
		" {\n\t\"exp\" : 9999999999.50 , \"sub\":\"a b\", \"role\":\"r\" }\r\n":           {JSON: `{"exp":9999999999.50,"sub":"a b","role":"r"}`, Subject: "a b", Role: "r"},
		`{"b":1.0,"a":1e3,"exp":9999999999,"n":12345678901234567890123,"sub":1}`:          {JSON: `{"b":1.0,"a":1e3,"exp":9999999999,"n":12345678901234567890123,"sub":1}`},
		`{"exp":9999999999,"t":"<&>` + "\u2028" + `\u003c\/","sub":null,"role":"\u0072"}`: {JSON: `{"exp":9999999999,"t":"<&>` + "\u2028" + `\u003c\/","sub":null,"role":"\u0072"}`, Role: "r"},
	} {
		for range 2 {
			got, err := verify(v, plain.sign(payload))
			if err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(*got, want) {
				t.Error(cmp.Diff(want, *got))
			}
			got.Role = "changed" // which is the caller's to do, and must not reach the cache
		}
	}
}

// What the caller does with its Config afterwards changes nothing.
func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	audience := []string{"mine"}
	v := newVerifier(t, token.Config{Secret: secret, Audience: audience})
	audience[0] = "other"
	expect(t, v, plain.sign(`{"role":"author","exp":9999999999,"aud":"mine"}`), author)
}
