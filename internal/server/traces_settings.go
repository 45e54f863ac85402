package server

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// collector is the URL that spans are sent to, empty if they are not.
func (s *settings) collector() string {
	switch {
	case bool(s.OTelDisabled) || s.TracesExporter == "none":
		return ""
	case s.TracesEndpoint != "":
		return string(s.TracesEndpoint)
	case s.OTLPEndpoint != "":
		return strings.TrimSuffix(string(s.OTLPEndpoint), "/") + tracesPath
	case s.TracesExporter == "otlp":
		return defaultCollector + tracesPath
	}
	return ""
}

// collectorHeaders are what the requests to the collector have in their headers; nil for nothing.
func (s *settings) collectorHeaders() map[string]string {
	if s.TracesHeaders.text() != "" {
		return s.TracesHeaders.pairs()
	}
	return s.OTLPHeaders.pairs()
}

// exporterName is OTEL_TRACES_EXPORTER.
type exporterName string

func (v *exporterName) UnmarshalText(text []byte) error {
	*v = exporterName(text)
	if *v != "otlp" && *v != "none" {
		return refuse(text, "is not an exporter that this server has; want otlp or none")
	}
	return nil
}

// otlpProtocol is how spans are encoded and sent.
type otlpProtocol string

func (v *otlpProtocol) UnmarshalText(text []byte) error {
	*v = otlpProtocol(text)
	if *v != "http/protobuf" {
		return refuse(text, "is not a protocol that this server speaks; want http/protobuf, to which collectors listen at port 4318")
	}
	return nil
}

// endpoint is the URL of a collector.
type endpoint string

func (v *endpoint) UnmarshalText(text []byte) error {
	*v = endpoint(text)
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// Not quoted, as it may hold a password.
		return errors.New("it is not the URL of a collector; want one such as http://collector:4318, without a user, and with what it needs in OTEL_EXPORTER_OTLP_HEADERS")
	}
	return nil
}

// otlpHeaders are pairs of key=value, separated by commas, for a collector. Most are keys of an API, so no error quotes them.
type otlpHeaders struct{ secret }

func (v *otlpHeaders) UnmarshalText(text []byte) error {
	v.secret = newSecret(string(text))
	if v.pairs() == nil {
		return errors.New("it is not a list of headers; want name=value, with commas between them, and values percent-encoded")
	}
	return nil
}

// headerPair is a name and an encoded value.
var headerPair = regexp.MustCompile("^[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=(.*)$")

// pairs are the decoded headers, nil if there are none or one is malformed.
func (v otlpHeaders) pairs() map[string]string {
	if v.text() == "" {
		return nil
	}
	headers := map[string]string{}
	for pair := range strings.SplitSeq(v.text(), ",") {
		m := headerPair.FindStringSubmatch(pair)
		if m == nil {
			return nil
		}
		value, err := url.PathUnescape(m[2])
		if err != nil || strings.ContainsFunc(value, unicode.IsControl) {
			return nil
		}
		headers[m[1]] = strings.TrimSpace(value)
	}
	return headers
}
