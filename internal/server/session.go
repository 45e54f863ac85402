package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/token"
)

// verifier makes what checks tokens; nil if no keys are configured.
func (s *settings) verifier(p *problems) *token.Verifier {
	text, source := p.secret("DBCONTENTS_JWT_SECRET", s.JWTSecret, s.JWTSecretFile)
	if p.has("DBCONTENTS_JWT_SECRET_FILE") {
		return nil
	}
	if text == "" && s.JWKSURL == "" && s.Issuer == "" {
		for _, other := range []struct {
			variable string
			set      bool
		}{{"DBCONTENTS_JWT_AUDIENCE", len(s.Audience) > 0}, {"DBCONTENTS_ROLES", len(s.Roles) > 0}, {"DBCONTENTS_JWT_ROLE_CLAIM", s.RoleClaim != "role"}} {
			if other.set {
				p.add(other.variable, "it has no effect without keys for tokens; set DBCONTENTS_JWT_SECRET, DBCONTENTS_JWT_JWKS_URL or DBCONTENTS_JWT_ISSUER")
			}
		}
		return nil
	}
	if len(s.roles()) == 0 {
		p.add("DBCONTENTS_ROLES", "tokens are checked, and no role is allowed; name the roles that tokens may claim, or set DBCONTENTS_ANON_ROLE")
	}
	v, err := token.New(token.Config{Secret: text, JWKSURL: s.JWKSURL, Issuer: s.Issuer, Audience: s.Audience.names(), RoleClaim: s.RoleClaim})
	if err == nil {
		return v
	}
	for line := range strings.Lines(err.Error()) { // one for each field
		field, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		field = strings.TrimSuffix(field, ":")
		variable := variableOf(field)
		if field == "Secret" {
			variable = source
		}
		p.add(variable, text)
	}
	return nil
}

// roles are all that callers may read as.
func (s *settings) roles() []string {
	roles := s.Roles.names()
	if s.AnonRole != "" && !slices.Contains(roles, s.AnonRole) {
		roles = append(roles, s.AnonRole)
	}
	return roles
}

// session finds out on whose behalf a request is; nil if all are the same.
func (s *settings) session() func(*http.Request) (dbcontents.Session, error) {
	if s.tokens == nil && s.AnonRole == "" {
		return nil
	}
	tokens := s.tokens
	if tokens == nil {
		tokens = &token.Verifier{} // which refuses every token
	}
	anonymous := claimsSession(s.AnonRole, anonymousClaims(s.AnonRole))
	return func(r *http.Request) (dbcontents.Session, error) {
		claims, err := tokens.Verify(r.Context(), r.Header["Authorization"])
		switch {
		case err != nil:
			return dbcontents.Session{}, refusal(err)
		case claims != nil && claims.Role != "":
			return claimsSession(claims.Role, claims.JSON), nil
		case s.AnonRole == "":
			return dbcontents.Session{}, refusal(token.Missing())
		case claims != nil:
			return claimsSession(s.AnonRole, claims.JSON), nil
		}
		return anonymous, nil
	}
}

// claimsSession has the claims where policies made for PostgREST look for them.
func claimsSession(role, claims string) dbcontents.Session {
	return dbcontents.Session{Role: role, Settings: map[string]string{"request.jwt.claims": claims}}
}

// anonymousClaims are those of a request without a token, as PostgREST has them.
func anonymousClaims(role string) string {
	text, err := json.Marshal(map[string]string{"role": role})
	if err != nil {
		panic("unreachable: it is made of strings: " + err.Error())
	}
	return string(text)
}

// refusal is the response to a token that is refused.
func refusal(err error) error {
	var e *token.Error
	if !errors.As(err, &e) {
		return err
	}
	return &httpapi.Refusal{
		Status: e.Status, Code: e.Code, Cause: e.Cause, Message: e.Message, Details: e.Details, Hint: hints[e.Cause], Challenge: e.Challenge,
		RetryAfter: e.RetryAfter, Err: e.Err,
	}
}

// hints say what to do about a token, by the cause.
var hints = map[string]string{
	token.CauseMissing:         "send a token in the header Authorization: Bearer",
	token.CauseInvalid:         "send a token that was issued for this server, as it was issued",
	token.CauseExpired:         "get a new token",
	token.CauseClaims:          "get a token whose claims this server accepts",
	token.CauseKeysMissing:     "this server checks no tokens; send none, or have its operator configure keys",
	token.CauseKeysUnavailable: "try again later; the server's log says why the keys cannot be fetched",
}

// keysReady reports for /readyz whether there are keys to check tokens with.
func (s *settings) keysReady() func(context.Context) error {
	if s.tokens == nil {
		return nil
	}
	return func(context.Context) error {
		if err := s.tokens.KeysProblem(); err != nil {
			return &httpapi.Refusal{Status: http.StatusServiceUnavailable, Cause: token.CauseKeysUnavailable, Hint: hints[token.CauseKeysUnavailable], Err: err}
		}
		return nil
	}
}

// checkKeys says whether there are keys to check tokens with. It fetches them if they are to be
// fetched. If tokens are not checked, there is no step.
func checkKeys(ctx context.Context, tokens *token.Verifier) []dbcontents.Step {
	if tokens == nil {
		return nil
	}
	step := dbcontents.Step{Name: "tokens", Reached: true, OK: true, Detail: "there are keys to check them with"}
	if err := tokens.AwaitKeys(ctx); err != nil {
		step.OK, step.Detail, step.Err = false, err.Error(), err
		step.Code, step.Hint = token.CauseKeysUnavailable, "correct DBCONTENTS_JWT_JWKS_URL or DBCONTENTS_JWT_ISSUER, or see to it that it can be reached from here"
		if cause := errors.Unwrap(err); cause != nil {
			step.Detail += ": " + cause.Error()
		}
	}
	return []dbcontents.Step{step}
}
