// Package message rebuilds what PostgreSQL says of a mistake in a query, without
// repeating any of its words.
package message

import (
	"slices"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/compile"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// What PostgreSQL says of a mistake helps whoever has made it. It may also quote
// what the client must not see: a value that a view computes with, or the words of a
// function or of another server. Therefore its text never reaches a client.
// The text that does is made here, from a list of what PostgreSQL says. It depends on
// the SQLSTATE, on where the error came up, and on the statement and the
// values that were sent, and on nothing that the database holds. It is in English
// whatever the server speaks.
//
// The server's text is compared with ours in two places, to choose between
// messages that share an SQLSTATE: when a parameter could not be read, and when a time
// zone could not be set. Both come before any table is read.

// A maker makes the message about one failure of a query.
type maker struct {
	query *compile.Query
	plan  *compile.Plan
	table *catalog.Table // that is read
}

// Of is what a client may be told of a failure of q, whose plan is p: a message, and
// what PostgreSQL says in addition. message is empty if that is nothing.
func Of(q *compile.Query, p *compile.Plan, x *wire.Failure) (message, addition string) {
	m := &maker{q, p, p.Table}
	if x.Statement.SQL == compile.SetTimeZone {
		return zoneWords(x)
	}
	if x.Step == wire.Sent {
		return m.statementWords(x), ""
	}
	if n, ok := x.Parameter(); ok {
		return m.parameterWords(x, n), ""
	}
	return m.valueWords(x), ""
}

// zoneWords are those about a time zone. Two messages share an SQLSTATE. One of them
// names the parameter, which no language translates.
func zoneWords(x *wire.Failure) (message, details string) {
	if !strings.HasPrefix(x.Said.Code, "22") || len(x.Statement.Params) == 0 {
		return "", ""
	}
	zone := string(x.Statement.Params[0])
	if x.Said.Code == "22023" && x.Said.Detail != "" && !strings.Contains(strings.ReplaceAll(x.Said.Message, zone, ""), "TimeZone") {
		return `time zone "` + zone + `" appears to use leap seconds`, "PostgreSQL does not support leap seconds."
	}
	return `invalid value for parameter "TimeZone": "` + zone + `"`, ""
}

// constants are messages that do not depend on the value, so that they tell no more
// than the SQLSTATE does. ops are space-separated operators of which the filter must have
// one; empty means that it need not.
var constants = map[string]struct{ text, ops string }{
	"2201B": {"invalid regular expression", "~ ~*"},
	"22012": {"division by zero", ""},
	"22025": {"LIKE pattern must not end with escape character", "~~ ~~*"},
	"54001": {"stack depth limit exceeded", ""},
}

// tsqueryParsers are the server's functions that find a mistake in a tsquery.
var tsqueryParsers = strings.Fields("gettoken_query gettoken_query_standard gettoken_query_websearch makepol parse_tsquery")

// valueWords are those about an error that came up while the statement was planned
// or ran. Its cause may be any value that the statement reads, so the server's text is not looked at.
func (m *maker) valueWords(x *wire.Failure) string {
	if slices.Contains(others, x.Said.Routine) {
		return ""
	}
	if x.Said.Code == "42601" && slices.Contains(tsqueryParsers, x.Said.Routine) {
		switch queries := m.comparedBy("to_tsquery"); len(queries) {
		case 0:
			return ""
		case 1:
			return `syntax error in tsquery: "` + queries[0] + `"`
		}
		return "syntax error in tsquery"
	}
	c := constants[x.Said.Code]
	if c.ops != "" && len(m.comparedBy(strings.Fields(c.ops)...)) == 0 {
		return ""
	}
	return c.text
}

// comparedBy are the values that the filter compares with by one of these operators.
func (m *maker) comparedBy(ops ...string) (values []string) {
	for f := range m.query.Tests() {
		if slices.Contains(ops, f.Operator()) {
			values = append(values, f.Value)
		}
	}
	return values
}

// others are the server's functions that report what code in the database, or
// another server, has said.
var others = strings.Fields(diagnosis.Raise + " pgfdw_report_error dblink_res_error")
