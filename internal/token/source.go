package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// largestDocument is far more than a set of keys needs, and little enough to hold.
	largestDocument = 64 << 10
	// mostRedirects is enough for a move within a host, such as to another path.
	mostRedirects = 3

	// How long a set is used before it is fetched again: max-age of Cache-Control
	// within these limits. The shortest protects the issuer, the longest makes sure
	// that a key that was withdrawn is not trusted for ever.
	usualLife    = 5 * time.Minute
	shortestLife = time.Minute
	longestLife  = 24 * time.Hour
)

// A source is where keys are fetched from.
type source struct {
	client *http.Client
	jwks   string // empty: named by the issuer's discovery document
	issuer string
}

// keys fetches the set and how long it may be used.
func (s source) keys(ctx context.Context) (*keySet, time.Duration, error) {
	address := s.jwks
	if address == "" {
		var err error
		if address, err = s.discover(ctx); err != nil {
			return nil, 0, fmt.Errorf("the issuer's discovery document: %w", err)
		}
	}
	data, header, err := s.get(ctx, address)
	if err != nil {
		return nil, 0, fmt.Errorf("the JWKS: %w", err)
	}
	set, err := parseFetched(data)
	if err != nil {
		return nil, 0, fmt.Errorf("the JWKS %w", err)
	}
	return set, life(header), nil
}

// discover returns the URL of the JWKS according to the issuer (OpenID Connect
// Discovery, 4). The document must name the issuer exactly, or it is another's.
func (s source) discover(ctx context.Context) (string, error) {
	data, _, err := s.get(ctx, strings.TrimSuffix(s.issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return "", err
	}
	document, err := parseObject(data)
	if err != nil {
		return "", errors.New("the response is not a JSON object")
	}
	if document["issuer"] != s.issuer {
		return "", errors.New("its issuer is another one")
	}
	address, _ := document["jwks_uri"].(string)
	if err := checkURL(address); err != nil {
		return "", fmt.Errorf("its jwks_uri %w", err)
	}
	return address, nil
}

// get fetches a document. Its errors leave the URL out: they are shown to people who
// know it, and a query in it may be secret.
func (s source) get(ctx context.Context, address string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, errors.New("the URL is not valid")
	}
	request.Header.Set("Accept", "application/json, application/jwk-set+json")
	response, err := s.client.Do(request)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("the response has the status code %d", response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, largestDocument+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > largestDocument {
		return nil, nil, errors.New("the response has more than 64 KiB")
	}
	return data, response.Header, nil
}

// clientOf returns a client that follows redirects within one host only. It is a copy of
// client, or one of its own: that goes through a proxy if HTTP_PROXY, HTTPS_PROXY and
// NO_PROXY say so, and keeps no connection, since minutes pass between two requests.
func clientOf(client *http.Client) *http.Client {
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DisableKeepAlives:      true,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 16 << 10,
		}}
	}
	own := *client
	own.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		first := before[0].URL
		switch {
		case len(before) > mostRedirects:
			return errors.New("too many redirects")
		case next.URL.Host != first.Host:
			return errors.New("the response redirects to another host")
		case next.URL.Scheme != first.Scheme:
			return errors.New("the response redirects to another scheme")
		}
		return nil
	}
	return &own
}

// checkURL says what is wrong with a URL that keys come from. Whoever can change
// what is fetched can sign tokens; so it must be https, except from this machine.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("is not a URL with a host")
	case u.User != nil:
		return errors.New("has a user name or a password in it")
	case u.Fragment != "":
		return errors.New("has a fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("is not https (http is allowed for loopback addresses only)")
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// life is how long a set with this header may be used.
func life(header http.Header) time.Duration {
	result := usualLife
	for part := range strings.SplitSeq(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
		switch name {
		case "no-store", "no-cache":
			return shortestLife
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 64)
			if err != nil && !errors.Is(err, strconv.ErrRange) {
				continue
			}
			result = time.Duration(min(seconds, uint64(longestLife/time.Second))) * time.Second
		}
	}
	return max(result, shortestLife)
}
