package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// preferences are what the Prefer headers ask for (RFC 7240). Names and values
// are compared as they stand, as PostgREST does; the first of a kind counts.
type preferences struct {
	count    string // exact, planned, estimated, or empty
	handling string // strict, lenient, or empty
	timezone string
	wait     time.Duration // zero for none
	// whole refuses an answer that the server's own maximum of rows cuts short.
	whole   bool
	unknown []string
}

// ofWrites are PostgREST's preferences that have no meaning for a read, but
// are not unknown.
var ofWrites = []string{
	"resolution=merge-duplicates", "resolution=ignore-duplicates", "return=representation", "return=headers-only",
	"return=minimal", "missing=default", "missing=null", "tx=commit", "tx=rollback",
}

// longestWait keeps a wait within what a Duration can hold; the limits of the
// Store are shorter.
const longestWait = 24 * 60 * 60

func preferencesIn(header http.Header) (p preferences) {
	for _, line := range header["Prefer"] {
		for part := range strings.SplitSeq(line, ",") {
			if part = strings.Trim(part, " \t"); part != "" && !p.take(part) {
				p.unknown = append(p.unknown, part)
			}
		}
	}
	return p
}

// take takes one preference in, and reports whether it is one.
func (p *preferences) take(preference string) bool {
	first := func(kept *string, value string) bool {
		if *kept == "" {
			*kept = value
		}
		return true
	}
	name, value, _ := strings.Cut(preference, "=")
	switch preference {
	case "count=exact", "count=planned", "count=estimated":
		return first(&p.count, value)
	case "handling=strict", "handling=lenient":
		return first(&p.handling, value)
	case "max-rows=fail":
		p.whole = true
		return true
	}
	switch {
	case name == "timezone" && value != "":
		return first(&p.timezone, value)
	case name == "wait":
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil || seconds == 0 {
			return false
		}
		if p.wait == 0 {
			p.wait = time.Duration(min(seconds, longestWait)) * time.Second
		}
		return true
	}
	return name == "max-affected" || slices.Contains(ofWrites, preference)
}

// refused is the problem of a strict request with preferences that are unknown.
func (p *preferences) refused() *problem {
	if p.handling != "strict" || len(p.unknown) == 0 {
		return nil
	}
	details := cut("Invalid preferences: " + strings.Join(p.unknown, ", "))
	return &problem{
		Status: http.StatusBadRequest, Code: "PGRST122", Cause: "preference_unknown", Title: "unknown preference",
		Message: "Invalid preferences given with handling=strict", Details: &details,
		Hint: "the preferences are count=exact, count=planned, count=estimated, handling=strict, handling=lenient, timezone=, wait= and max-rows=fail; without handling=strict others are ignored",
	}
}

// applied is the value of Preference-Applied: PostgREST's order, then ours.
func (p *preferences) applied() string {
	var b []byte
	add := func(name, value string) {
		if value == "" {
			return
		}
		if b != nil {
			b = append(b, ", "...)
		}
		b = append(append(append(b, name...), '='), value...)
	}
	add("count", p.count)
	add("handling", p.handling)
	add("timezone", p.timezone)
	if p.wait > 0 {
		add("wait", strconv.Itoa(int(p.wait/time.Second)))
	}
	if p.whole {
		add("max-rows", "fail")
	}
	return string(b)
}
