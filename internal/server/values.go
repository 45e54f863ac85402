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
)

// The types of the settings. Each parses itself, so that what is wrong is told
// in words that say what would be right.

// timeout is a limit; there is no zero.
type timeout time.Duration

func (t *timeout) UnmarshalText(text []byte) error {
	d, err := parseDuration(text)
	if err == nil && d < time.Millisecond {
		return fmt.Errorf("%s is too short; the least is 1ms", text)
	}
	*t = timeout(d)
	return err
}

// delay is a time to wait, which may be none.
type delay time.Duration

func (t *delay) UnmarshalText(text []byte) error {
	d, err := parseDuration(text)
	if err == nil && d < 0 {
		return fmt.Errorf("%s is negative", text)
	}
	*t = delay(d)
	return err
}

func parseDuration(text []byte) (time.Duration, error) {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration; want a number with a unit, such as 500ms, 30s or 10m", text)
	}
	return d, nil
}

// whole is a number from 0 on.
type whole int64

func (n *whole) UnmarshalText(text []byte) error {
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a whole number from 0 on", text)
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
		return fmt.Errorf("%q is neither on nor off", text)
	}
	return nil
}

type level slog.Level

func (v *level) UnmarshalText(text []byte) error {
	if (*slog.Level)(v).UnmarshalText(text) != nil {
		return fmt.Errorf("%q is not a level; want debug, info, warn or error", text)
	}
	return nil
}

type logFormat string

func (v *logFormat) UnmarshalText(text []byte) error {
	*v = logFormat(text)
	if *v != "text" && *v != "json" {
		return fmt.Errorf("%q is not a format; want text or json", text)
	}
	return nil
}

type address string

func (v *address) UnmarshalText(text []byte) error {
	*v = address(text)
	_, port, err := net.SplitHostPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is not an address; want host:port or :port, such as :8888 or 127.0.0.1:8888", text)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%q is not a port; want a number from 0 to 65535", port)
	}
	return nil
}

type prefix string

var goodPrefix = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+$`)

func (v *prefix) UnmarshalText(text []byte) error {
	*v = prefix(text)
	if !goodPrefix.Match(text) {
		return fmt.Errorf("%q is not a path; want one like /data or /api/data, without a slash at its end and without special characters", text)
	}
	if slices.Contains([]string{"/livez", "/readyz", "/version"}, string(text)) {
		return fmt.Errorf("%s is the path of something else", text)
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
			return fmt.Errorf("%s is not known; add the schema to DBCONTENTS_SCHEMAS and say *", item)
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
