package negotiate

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Preferences are what Prefer headers ask for (RFC 7240). The zero value asks
// for nothing.
type Preferences struct {
	// Count is exact, planned or estimated; empty if it was not asked for.
	Count string
	// Handling is strict or lenient; empty if it was not asked for.
	Handling string
	TimeZone string
	// Wait is how long the client will wait for the response; zero if it did not say.
	Wait time.Duration
	// AllRows refuses a response that the server's own maximum of rows would cut short.
	AllRows bool
	// Unknown are the preferences that this package does not know, as they were sent.
	Unknown []string
}

// PreferenceNames lists every preference that has an effect, for people.
const PreferenceNames = "count=exact, count=planned, count=estimated, handling=strict, handling=lenient, timezone=, wait= and max-rows=fail"

// forWrites are the preferences of PostgREST that mean nothing for a read. They
// are known all the same.
var forWrites = []string{
	"resolution=merge-duplicates", "resolution=ignore-duplicates", "return=representation", "return=headers-only",
	"return=minimal", "missing=default", "missing=null", "tx=commit", "tx=rollback",
}

// maxWait is the largest number of seconds for wait. A Duration can hold it, and
// the Store's own limits are shorter.
const maxWait = 24 * 60 * 60

// Prefer reads the lines of the header. Like PostgREST it compares names and
// values exactly, and of several preferences with one name it takes the first.
func Prefer(lines []string) (p Preferences) {
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			if part = strings.Trim(part, " \t"); part != "" && !p.add(part) {
				p.Unknown = append(p.Unknown, part)
			}
		}
	}
	return p
}

// add adds one preference, and reports whether it is known.
func (p *Preferences) add(preference string) bool {
	first := func(kept *string, value string) bool {
		if *kept == "" {
			*kept = value
		}
		return true
	}
	name, value, _ := strings.Cut(preference, "=")
	switch preference {
	case "count=exact", "count=planned", "count=estimated":
		return first(&p.Count, value)
	case "handling=strict", "handling=lenient":
		return first(&p.Handling, value)
	case "max-rows=fail":
		p.AllRows = true
		return true
	}
	switch {
	case name == "timezone" && value != "":
		return first(&p.TimeZone, value)
	case name == "wait":
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil || seconds == 0 {
			return false
		}
		if p.Wait == 0 {
			p.Wait = time.Duration(min(seconds, maxWait)) * time.Second
		}
		return true
	}
	return name == "max-affected" || slices.Contains(forWrites, preference)
}

// Invalid returns the unknown preferences of a client that asked for strict
// handling, and nil for any other client.
func (p *Preferences) Invalid() []string {
	if p.Handling != "strict" {
		return nil
	}
	return p.Unknown
}

// Applied is the value of the response header Preference-Applied: first the
// preferences that PostgREST has, in its order, and then ours.
func (p *Preferences) Applied() string {
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
	add("count", p.Count)
	add("handling", p.Handling)
	add("timezone", p.TimeZone)
	if p.Wait > 0 {
		add("wait", strconv.Itoa(int(p.Wait/time.Second)))
	}
	if p.AllRows {
		add("max-rows", "fail")
	}
	return string(b)
}
