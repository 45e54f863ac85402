package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dbcontents/dbcontents-go/internal/confidential"
)

// The types of the settings. Each parses itself, so that what is wrong is told
// in words that say what would be right.

// refuse is the error for a value that a variable cannot have. It alone quotes
// values: somebody may have put a secret into the wrong variable.
func refuse(value []byte, format string, args ...any) error {
	return errors.New(confidential.Quote(string(value)) + " " + fmt.Sprintf(format, args...))
}

// timeout is a limit; there is no zero.
type timeout time.Duration

func (t *timeout) UnmarshalText(text []byte) error {
	d, err := parseDuration(text)
	if err == nil && d < time.Millisecond {
		return fmt.Errorf("%v is too short; the least is 1ms", d)
	}
	*t = timeout(d)
	return err
}

// delay is a time to wait, which may be none.
type delay time.Duration

func (t *delay) UnmarshalText(text []byte) error {
	d, err := parseDuration(text)
	if err == nil && d < 0 {
		return fmt.Errorf("%v is negative", d)
	}
	*t = delay(d)
	return err
}

func parseDuration(text []byte) (time.Duration, error) {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return 0, refuse(text, "is not a duration; want a number with a unit, such as 500ms, 30s or 10m")
	}
	return d, nil
}

// whole is a number from 0 on.
type whole int64

func (n *whole) UnmarshalText(text []byte) error {
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || v < 0 {
		return refuse(text, "is not a whole number from 0 on")
	}
	*n = whole(v)
	return nil
}

type toggle bool

func (v *toggle) UnmarshalText(text []byte) error {
	switch strings.ToLower(string(text)) {
	case "on", "true", "yes", "1":
		*v = true
	case "off", "false", "no", "0":
		*v = false
	default:
		return refuse(text, "is neither on nor off")
	}
	return nil
}

// described is what the server tells of the tables.
type described string

func (v *described) UnmarshalText(text []byte) error {
	*v = described(strings.ToLower(string(text)))
	if *v != "on" && *v != "off" && *v != "comments" {
		return refuse(text, "is neither on nor off nor comments")
	}
	return nil
}

type level slog.Level

func (v *level) UnmarshalText(text []byte) error {
	if (*slog.Level)(v).UnmarshalText(text) != nil {
		return refuse(text, "is not a level; want debug, info, warn or error")
	}
	return nil
}

type logFormat string

func (v *logFormat) UnmarshalText(text []byte) error {
	*v = logFormat(text)
	if *v != "text" && *v != "json" {
		return refuse(text, "is not a format; want text or json")
	}
	return nil
}

type address string

// goodHost is a name or an address, with a zone perhaps. What else there may be
// is not to get into the words of the network.
var goodHost = regexp.MustCompile(`^[\pL\pN._:%-]*$`)

func (v *address) UnmarshalText(text []byte) error {
	*v = address(text)
	host, port, err := net.SplitHostPort(string(text))
	if err != nil || !goodHost.MatchString(host) {
		return refuse(text, "is not an address; want host:port or :port, such as :8888 or 127.0.0.1:8888")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return refuse([]byte(port), "is not a port; want a number from 0 to 65535")
	}
	return nil
}

type prefix string

var goodPrefix = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+$`)

func (v *prefix) UnmarshalText(text []byte) error {
	*v = prefix(text)
	if !goodPrefix.Match(text) {
		return refuse(text, "is not a path; want one like /data or /api/data, without a slash at its end and without special characters")
	}
	if slices.Contains([]string{"/livez", "/readyz", "/version", metricsPath}, string(text)) {
		return refuse(text, "is the path of something else")
	}
	return nil
}

// list are comma-separated items as they were written. A comma in double
// quotes does not separate.
type list []string

func (l *list) UnmarshalText(text []byte) error {
	*l = nil
	s, start, quoted := string(text)+",", 0, false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			*l = append(*l, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	switch {
	case quoted:
		return errors.New("a closing double quote is missing")
	case slices.Contains(*l, ""):
		return errors.New("there is nothing before, between or after commas")
	}
	for _, item := range *l {
		if strings.HasSuffix(item, ".*") {
			return refuse([]byte(item), "is not known; add the schema to DBCONTENTS_SCHEMAS and say *")
		}
	}
	return nil
}

// names are the items without the quotes around them.
func (l list) names() []string {
	names := make([]string, len(l))
	for i, item := range l {
		names[i] = item
		if len(item) >= 2 && strings.HasPrefix(item, `"`) && strings.HasSuffix(item, `"`) {
			names[i] = strings.ReplaceAll(item[1:len(item)-1], `""`, `"`)
		}
	}
	return names
}
