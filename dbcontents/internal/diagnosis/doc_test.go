package diagnosis

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents")

// httpCauses are the causes of package httpapi, for the same page.
const httpCauses = `
## Of the HTTP handler alone

| cause | status | what to do |
|---|--:|---|
| <a id="path_unknown"></a>` + "`path_unknown`" + ` | 404 | ask for one of the paths that the hint lists |
| <a id="key_unknown"></a>` + "`key_unknown`" + ` | 400 | use the query keys that the hint lists |
| <a id="query_too_long"></a>` + "`query_too_long`" + ` | 414 | ask for less in one request; a query string has at most 32 KiB |
| <a id="not_acceptable"></a>` + "`not_acceptable`" + ` | 406 | accept one of the media types that the hint lists |
| <a id="range_invalid"></a>` + "`range_invalid`" + ` | 416 | ask for rows that there are, with Range: first-last or with limit and offset |
| <a id="schema_not_exposed"></a>` + "`schema_not_exposed`" + ` | 406 | use one of the schemas that the hint lists in Accept-Profile, or leave it out |
| <a id="preference_unknown"></a>` + "`preference_unknown`" + ` | 400 | use the preferences that the hint lists, or leave handling=strict out |
| <a id="min_lsn_invalid"></a>` + "`min_lsn_invalid`" + ` | 400 | send one position such as 0/3000148 in Dbcontents-Min-Lsn, to a server with Options.LSN (DBCONTENTS_LSN), or leave the header out |
| <a id="max_rows"></a>` + "`max_rows`" + ` | 400 | read page by page, or without the preference max-rows=fail |
| <a id="not_allowed"></a>` + "`not_allowed`" + ` | 403 | filter and sort by the columns, and with the operators, that the hint lists |
| <a id="method_not_allowed"></a>` + "`method_not_allowed`" + ` | 405 | use GET, HEAD or OPTIONS |
| <a id="cannot_stream"></a>` + "`cannot_stream`" + ` | 500 | give the middleware's ResponseWriter an Unwrap method, do not use http.TimeoutHandler, or ask for less |
| <a id="http_1_0"></a>` + "`http_1_0`" + ` | 505 | use HTTP/1.1 (nginx: proxy_http_version 1.1), or ask for less |
| <a id="queue_full"></a>` + "`queue_full`" + ` | 503 | too many requests at once: none more may wait; try again later, raise Options.MaxInFlight, Options.Queue and the pool |
| <a id="queue_timeout"></a>` + "`queue_timeout`" + ` | 503 | too many requests at once: it waited Options.QueueTimeout; the same |
| <a id="streams_full"></a>` + "`streams_full`" + ` | 503 | too many large responses at once: it waited Options.QueueTimeout for a place, no more may wait, or no memory was left for a response that is being written; try again later, ask for less at once, raise Options.MaxStreams and the pool |
| <a id="body_too_large"></a>` + "`body_too_large`" + ` | 413 | send no body, or one of at most 64 KiB, which is read and means nothing |
| <a id="body_incomplete"></a>` + "`body_incomplete`" + ` | 400 | send no body, or the whole of it at once |
| <a id="stopping"></a>` + "`stopping`" + ` | 503 | the server is stopping; try again, or use another server |
| <a id="slow_client"></a>` + "`slow_client`" + ` | - | the client read too slowly and its transfer was broken off (only in the log) |
| <a id="draining"></a>` + "`draining`" + ` | 503 | the server is stopping; use another one (only at /readyz) |
| <a id="not_ready"></a>` + "`not_ready`" + ` | 503 | the program that mounts the handler is not ready (Options.Ready); see the server's log (only at /readyz) |
| <a id="refused"></a>` + "`refused`" + ` | 401 | the program that mounts the handler refused the caller (Options.Session): send credentials that it accepts |
| <a id="openapi_off"></a>` + "`openapi_off`" + ` | 404 | the description is switched off (Options.OpenAPI, DBCONTENTS_OPENAPI); ask those who run the server what can be read |
| <a id="session_failed"></a>` + "`session_failed`" + ` | 500 | the program that mounts the handler could not find out who is asking (Options.Session); see the server's log |

## Of the tokens of the server alone

These are for ` + "`cmd/server`" + `; see [tokens, with the server](callers.md#tokens-with-the-server).

| cause | status | what to do |
|---|--:|---|
| <a id="token_missing"></a>` + "`token_missing`" + ` | 401 | send a token in the header Authorization: Bearer, or set DBCONTENTS_ANON_ROLE on the server |
| <a id="token_invalid"></a>` + "`token_invalid`" + ` | 401 | send a token that was issued for this server, as it was issued: it is malformed, of another type, or not signed with one of the keys |
| <a id="token_expired"></a>` + "`token_expired`" + ` | 401 | get a new token |
| <a id="claims_invalid"></a>` + "`claims_invalid`" + ` | 401 | get a token whose claims this server accepts; the message names the claim |
| <a id="keys_missing"></a>` + "`keys_missing`" + ` | 500 | the server checks no tokens, and the request has the header Authorization: send none, or configure keys (DBCONTENTS_JWT_SECRET, DBCONTENTS_JWT_JWKS_URL or DBCONTENTS_JWT_ISSUER) |
| <a id="keys_unavailable"></a>` + "`keys_unavailable`" + ` | 503 | try again later; the server's log and server check say why the keys cannot be fetched |

## Of the command server check alone

| cause | what to do |
|---|---|
| <a id="address_in_use"></a>` + "`address_in_use`" + ` | stop what listens at ADDR, or set ADDR to another port |
| <a id="address_unusable"></a>` + "`address_unusable`" + ` | set ADDR to an address of this machine and a port that this user may listen on |
`

// docs/errors.md is where the type of every problem document points.
func TestErrorsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Errors\n\nEvery cause that an error can have, as `Error.Code` in Go and as `cause` in a problem document.\n" +
		"The `type` of a problem document is the address of its row.\n\n" +
		"| cause | status | Go | SQLSTATE | meaning | what to do |\n|---|--:|---|---|---|---|\n")
	for _, d := range Table {
		sentinel := "-"
		if d.Kind != None {
			sentinel = sentinelNames[d.Kind]
		}
		b.WriteString("| <a id=\"" + d.Code + "\"></a>`" + d.Code + "` | " + strconv.Itoa(d.Status) + " | " + sentinel + " | " + d.States + " | " + d.Title + " | " + d.Hint + " |\n")
	}
	b.WriteString(httpCauses)
	const file = "../../../docs/errors.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != b.String() {
		t.Errorf("docs/errors.md is not what the table says (%v); run go test ./dbcontents/internal/diagnosis -run ErrorsPage -update", err)
	}
}

var sentinelNames = [...]string{
	Config: "ErrConfig", Unavailable: "ErrUnavailable", Busy: "ErrBusy", Timeout: "ErrTimeout", Interrupted: "ErrInterrupted",
	NoTable: "ErrNoTable", Denied: "ErrDenied", Invalid: "ErrInvalid", TooLarge: "ErrTooLarge", Closed: "ErrClosed",
}
