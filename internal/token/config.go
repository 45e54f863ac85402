package token

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// A Config says which tokens to accept. With the zero value there are no keys, and
// every token is refused with the code PGRST300.
type Config struct {
	// Secret holds keys: the text of a secret for HS256 of at least 32 bytes, or, if
	// it begins with a brace, a JWK or a JWKS. A JWKS may hold keys of several types.
	// A secret that is not text can be given as a JWK of the type oct. Empty: none.
	Secret string

	// JWKSURL is where a JWKS is fetched from, in addition to the keys in Secret:
	// https, or http for a loopback address. Secrets in it are left out. Empty: none.
	JWKSURL string

	// Issuer is the claim iss that is required, to the letter. Empty: any, or none.
	// If Secret and JWKSURL are both empty, the keys come from the JWKS that the
	// OpenID Connect discovery document below this URL names.
	Issuer string

	// Audience has the values of which the claim aud must name one. Empty: any, or none.
	Audience []string

	// RoleClaim is the path of the role in the claims: names separated by dots, such
	// as app_metadata.role. A name with other characters than letters, digits and
	// _-$@ is put in double quotes. [n] selects an item of an array, from 0 on. A
	// "$." or "." before the path, as PostgREST has it, is ignored. Empty: role.
	RoleClaim string

	// Client fetches keys. Its CheckRedirect is not used: redirects are followed only
	// within a host. Nil: a client of its own, which goes through the proxy that
	// HTTPS_PROXY and NO_PROXY name, if any.
	Client *http.Client
}

// New checks c and makes a Verifier. It does not fetch anything. Its error reports all
// problems, one per line, each beginning with the name of the field. It quotes no value.
func New(c Config) (*Verifier, error) {
	v := &Verifier{audience: slices.Clone(c.Audience), issuer: c.Issuer}
	var problems []error
	wrong := func(field string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %w", field, err))
		}
	}
	if c.Secret != "" {
		keys, errs := parseSecret(c.Secret)
		v.static.keys = keys
		for _, err := range errs {
			wrong("Secret", err)
		}
	}
	switch {
	case c.JWKSURL != "":
		wrong("JWKSURL", checkURL(c.JWKSURL))
		v.remote = &remote{source: source{client: clientOf(c.Client), jwks: c.JWKSURL}}
	case c.Secret == "" && c.Issuer != "":
		wrong("Issuer", checkIssuer(c.Issuer))
		v.remote = &remote{source: source{client: clientOf(c.Client), issuer: c.Issuer}}
	}
	if slices.Contains(c.Audience, "") {
		wrong("Audience", errors.New("has an empty value"))
	}
	path := c.RoleClaim
	if path == "" {
		path = "role"
	}
	var err error
	v.role, err = parsePath(path)
	wrong("RoleClaim:", err)
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return v, nil
}
