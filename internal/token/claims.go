package token

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"time"
)

// leeway is how far the clocks of the issuer and of this machine may differ. PostgREST
// allows as much.
const leeway = 30 * time.Second

// Claims are what a verified token claims. The zero value claims nothing.
type Claims struct {
	// Role is the value at Config.RoleClaim, empty if the token has none.
	Role string
	// JSON is the payload, a JSON object, without the white space between its parts
	// and otherwise unchanged. PostgreSQL accepts it as json.
	JSON string
	// Subject is the claim sub, empty if there is none or it is not a string.
	Subject string
}

// accept checks all of the claims but the times.
func (v *Verifier) accept(payload []byte) (Claims, period, *Error) {
	claims, err := parseObject(payload)
	if err != nil {
		return Claims{}, period{}, unacceptable(messageClaims)
	}
	p, refusal := periodOf(claims)
	if refusal != nil {
		return Claims{}, period{}, refusal
	}
	if refusal := v.checkAudience(claims["aud"]); refusal != nil {
		return Claims{}, period{}, refusal
	}
	if v.issuer != "" && claims["iss"] != v.issuer {
		return Claims{}, period{}, unacceptable(messageIssuer)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, payload); err != nil {
		return Claims{}, period{}, unacceptable(messageClaims)
	}
	result := Claims{JSON: compact.String()}
	result.Subject, _ = claims["sub"].(string)
	if role, ok := v.role.in(claims); ok {
		// PostgREST takes any other value as text, null as a role of that name. To
		// ignore it would make the request anonymous, which its sender does not expect.
		if result.Role, _ = role.(string); result.Role == "" {
			return Claims{}, period{}, unacceptable(messageBadRole)
		}
	}
	return result, p, nil
}

// checkAudience checks the claim aud. It may be missing only if no audience is
// configured. PostgREST always accepts a token without audience, but such a token may
// be meant for another server that trusts the same issuer.
func (v *Verifier) checkAudience(aud any) *Error {
	var names []any
	switch aud := aud.(type) {
	case nil:
	case []any:
		names = aud
	default:
		names = []any{aud}
	}
	found := len(v.audience) == 0
	for _, name := range names {
		text, ok := name.(string)
		if !ok {
			return unacceptable(messageBadAud)
		}
		found = found || slices.Contains(v.audience, text)
	}
	if !found {
		return unacceptable(messageAudience)
	}
	return nil
}

// A period is the time in which a token is valid, in seconds since 1970. Claims may hold
// any number, such as 1e999. As floating-point numbers those become infinities, which
// compare correctly and cannot overflow.
type period struct{ exp, nbf, iat float64 }

// periodOf reads the times that are claimed. Null counts as missing, as in PostgREST.
func periodOf(claims map[string]any) (period, *Error) {
	p := period{nbf: math.Inf(-1), iat: math.Inf(-1)}
	for _, claim := range []struct {
		name string
		time *float64
	}{{"exp", &p.exp}, {"nbf", &p.nbf}, {"iat", &p.iat}} {
		switch value := claims[claim.name].(type) {
		case nil:
			if claim.name == "exp" {
				return period{}, unacceptable(messageNoExp)
			}
		case json.Number:
			*claim.time, _ = value.Float64() // out of range: an infinity
		default:
			return period{}, unacceptable(messageNumber(claim.name))
		}
	}
	return p, nil
}

// check returns why a token is not valid at the time now.
func (p period) check(now time.Time) *Error {
	earliest := float64(now.Add(-leeway).UnixMilli()) / 1000
	latest := float64(now.Add(leeway).UnixMilli()) / 1000
	switch {
	case p.exp <= earliest:
		return expired()
	case p.nbf > latest:
		return unacceptable(messageEarly)
	case p.iat > latest:
		return unacceptable(messageFuture)
	}
	return nil
}
