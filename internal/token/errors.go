package token

import (
	"net/http"
	"strconv"
	"time"
)

// The values of Error.Cause. They are stable, for logs and metrics.
const (
	CauseMissing         = "token_missing"    // no token, and anonymous requests are not allowed
	CauseInvalid         = "token_invalid"    // not a token, or not signed with one of the keys
	CauseExpired         = "token_expired"    // the claim exp is in the past
	CauseClaims          = "claims_invalid"   // signed with one of the keys, but the claims are refused
	CauseKeysMissing     = "keys_missing"     // no keys are configured
	CauseKeysUnavailable = "keys_unavailable" // the keys cannot be fetched
)

// An Error says why a token was refused. None of its text comes from the token, so it
// is safe to log and to send, except Err, which is for logs only. The zero value has
// no meaning. An Error is the caller's own and may be changed.
type Error struct {
	Code    string // PostgREST's code: PGRST300 to PGRST303
	Cause   string // one of the constants Cause...
	Message string // PostgREST's message, where it has one
	Details string // more about problems with keys and algorithms, else empty
	Hint    string // always empty so far

	Challenge  string        // the value of WWW-Authenticate, empty: none
	Status     int           // the HTTP status code
	RetryAfter time.Duration // when to try again, in whole seconds; 0: never

	Err error // why keys cannot be fetched, else nil
}

// Error is the message, followed by the details, if any.
func (e *Error) Error() string {
	if e.Details != "" {
		return e.Message + ": " + e.Details
	}
	return e.Message
}

// Unwrap returns Err, such as [context.Canceled] if the request ended first.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) withDetails(details string) *Error {
	e.Details = details
	return e
}

// Missing is the error for a request without a token where one is required. Each
// call returns a new one, which the caller may change.
func Missing() *Error {
	return &Error{
		Code: "PGRST302", Cause: CauseMissing, Message: "Anonymous access is disabled",
		Challenge: "Bearer", Status: http.StatusUnauthorized,
	}
}

const (
	messageEmpty     = "Empty JWT is sent in Authorization header"
	messageMany      = "More than one Authorization header is sent"
	messageScheme    = "Authorization header is not of type Bearer"
	messageLong      = "Authorization header is too long"
	messageNoKey     = "No suitable key or wrong key type"
	messageAlgorithm = "Wrong or unsupported encoding algorithm"
	messageMalformed = "JWT cryptographic operation failed" // PostgREST says this of anything it cannot decode
	messageType      = "Unsupported token type"

	messageExpired  = "JWT expired" // clients compare this one to know when to refresh
	messageEarly    = "JWT not yet valid"
	messageFuture   = "JWT issued at future"
	messageAudience = "JWT not in audience"
	messageIssuer   = "JWT not issued by the expected issuer"
	messageClaims   = "Parsing claims failed"
	messageNoExp    = "JWT has no 'exp' claim"
	messageBadAud   = "The JWT 'aud' claim must be a string or an array of strings"
	messageBadRole  = "The JWT role claim must be a non-empty string"
)

func messageParts(n int) string { return "Expected 3 parts in JWT; got " + strconv.Itoa(n) }

func messageNumber(claim string) string { return "The JWT '" + claim + "' claim must be a number" }

// invalid is the error for a token that is malformed or not signed with one of the keys.
func invalid(message string) *Error { return refused("PGRST301", CauseInvalid, message) }

// unacceptable is the error for a token that is correctly signed but whose claims are
// refused.
func unacceptable(message string) *Error { return refused("PGRST303", CauseClaims, message) }

func expired() *Error { return refused("PGRST303", CauseExpired, messageExpired) }

// refused puts message into the challenge as it is, so message must not hold double
// quotes or backslashes.
func refused(code, cause, message string) *Error {
	return &Error{
		Code: code, Cause: cause, Message: message, Status: http.StatusUnauthorized,
		Challenge: `Bearer error="invalid_token", error_description="` + message + `"`,
	}
}

func keysMissing() *Error {
	return &Error{Code: "PGRST300", Cause: CauseKeysMissing, Message: "Server lacks JWT secret", Status: http.StatusInternalServerError}
}

// keysUnavailable borrows the code of the nearest error in PostgREST, which never fetches
// keys. It has no challenge, because another token would not help.
func keysUnavailable(cause error, wait time.Duration) *Error {
	seconds := max((wait+time.Second-1)/time.Second, 1)
	return &Error{
		Code: "PGRST300", Cause: CauseKeysUnavailable, Message: "The keys to verify JWTs are not available",
		Status: http.StatusServiceUnavailable, RetryAfter: seconds * time.Second, Err: cause,
	}
}
