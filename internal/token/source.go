package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// largestDocument is far more than a set of keys needs.
	largestDocument = 64 << 10
	// mostRedirects is enough for a move to another path of the host.
	mostRedirects = 3

	// A set is fetched again after the max-age of its Cache-Control, within these
	// limits. The shortest protects the issuer. The longest limits how long a key
	// is trusted that the issuer has withdrawn.
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

// discover returns the URL of the JWKS that the issuer names (OpenID Connect Discovery,
// 4). The issuer in the document must be the same to the letter.
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

// get fetches a document. Its errors do not hold the URL, whose query may be secret.
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
		return nil, nil, late(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("the response has the status code %d", response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, largestDocument+1))
	if err != nil {
		return nil, nil, late(err)
	}
	if len(data) > largestDocument {
		return nil, nil, errors.New("the response has more than 64 KiB")
	}
	return data, response.Header, nil
}

// late says in plain words that the time of an attempt was over.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no complete response within %v: %w", fetchTimeout, err)
	}
	return err
}

// clientOf returns a copy of client that follows redirects within one host only. If
// client is nil it makes one that uses the proxy of HTTPS_PROXY and NO_PROXY. That
// one keeps no connections, since minutes pass between two requests.
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
