package token

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// checkURL returns what is wrong with a URL that keys are fetched from. Anybody who can
// change the response can sign tokens, so it must be https, except on this machine.
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

// checkIssuer returns what is wrong with an issuer whose keys are to be discovered.
func checkIssuer(text string) error {
	if err := checkURL(text); err != nil {
		return fmt.Errorf("%w; the discovery document cannot be fetched from it", err)
	}
	if u, _ := url.Parse(text); u.RawQuery != "" || u.ForceQuery {
		return errors.New("has a query; the discovery document cannot be fetched from it")
	}
	return nil
}
