package token

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// longestHeader is the most bytes of an Authorization header. Tokens of the usual
// issuers have 1 to 3 KiB, and many proxies allow 8 KiB for all headers together.
const longestHeader = 8 << 10

// bearer returns the token in the values of an Authorization header.
func bearer(header []string) (string, *Error) {
	if len(header) > 1 {
		return "", invalid(messageMany)
	}
	value := header[0]
	if len(value) > longestHeader {
		return "", invalid(messageLong)
	}
	scheme, token, _ := strings.Cut(strings.Trim(value, " \t"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", invalid(messageScheme)
	}
	token = strings.Trim(token, " \t")
	if token == "" {
		return "", invalid(messageEmpty)
	}
	return token, nil
}

// parsed is a token whose signature was not verified yet.
type parsed struct {
	signed    string // the header and the payload as they were signed
	body      string // the payload in base64url
	signature []byte
	alg       string  // one that is supported
	kid       *string // nil: none
}

// parse takes a token apart. It does not look at the payload, which must not be trusted
// before the signature is verified.
func parse(text string) (*parsed, *Error) {
	n := strings.Count(text, ".") + 1
	if n != 3 && n != 5 {
		return nil, invalid(messageParts(n))
	}
	first, rest, _ := strings.Cut(text, ".")
	header, err := decodeObject(first)
	if n == 5 {
		// An encrypted token has five parts, and its header names the encryption.
		if _, encrypted := header["enc"]; encrypted {
			return nil, invalid(messageType)
		}
		return nil, invalid(messageParts(n))
	}
	if err != nil {
		return nil, invalid(messageMalformed)
	}
	if !supportedType(header) {
		return nil, invalid(messageType)
	}
	t := &parsed{}
	var ok bool
	if t.alg, ok = header["alg"].(string); !ok {
		return nil, invalid(messageMalformed)
	}
	if t.alg == "none" {
		return nil, invalid(messageAlgorithm).withDetails("JWT is unsecured but expected 'alg' was not 'none'")
	}
	if methods[t.alg] == nil {
		return nil, invalid(messageAlgorithm).withDetails("The 'alg' of the JWT is not supported")
	}
	if kid, has := header["kid"]; has {
		id, ok := kid.(string)
		if !ok {
			return nil, invalid(messageMalformed)
		}
		t.kid = &id
	}
	body, signature, _ := strings.Cut(rest, ".")
	if t.signature, err = decode(signature); err != nil {
		return nil, invalid(messageMalformed)
	}
	t.signed, t.body = text[:len(first)+1+len(body)], body
	return t, nil
}

// symmetric reports whether t is signed with a secret that its issuer shares.
func (t *parsed) symmetric() bool { return strings.HasPrefix(t.alg, "HS") }

// payload returns the payload, once the signature is verified.
func (t *parsed) payload() ([]byte, *Error) {
	payload, err := decode(t.body)
	if err != nil {
		return nil, invalid(messageMalformed)
	}
	return payload, nil
}

// supportedType reports whether a token with this header is a signed access token.
// Tokens of other types, such as logout+jwt and dpop+jwt, may be signed with the same
// key but must not grant access (RFC 8725, 3.11). cty marks a token within a token, enc
// an encrypted one, and crit lists extensions that a reader must understand. PostgREST
// ignores all but enc.
func supportedType(header map[string]any) bool {
	for _, name := range []string{"enc", "cty", "crit"} {
		if _, has := header[name]; has {
			return false
		}
	}
	typ, has := header["typ"]
	if !has {
		return true
	}
	text, _ := typ.(string)
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	return slices.Contains([]string{"jwt", "at+jwt"}, text)
}

// decodeObject decodes a JSON object in base64url.
func decodeObject(text string) (map[string]any, error) {
	data, err := decode(text)
	if err != nil {
		return nil, err
	}
	return parseObject(data)
}

// decode decodes base64url without padding. It is strict, so that no two texts stand for
// the same bytes: spare bits must be zero, and line breaks, which package base64 would
// skip, are refused.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("a line break in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}
