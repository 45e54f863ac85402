package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// A target is a server on this machine. It uses TLS if certFile names a file.
type target struct {
	address  string
	certFile secret
}

// errOtherCertificate is for a server with a certificate that is not the one in the file.
var errOtherCertificate = errors.New("the server presents another certificate than that in the file of " + certVariable + "; if it is ours, its log says why it keeps it")

// get asks for a path. A file that has just been replaced is not a failure: the
// server takes it within certificateInterval, so get asks again until ctx is nearly over.
func (t target) get(ctx context.Context, path string) (*http.Response, error) {
	for {
		response, err := t.getOnce(ctx, path)
		if !errors.Is(err, errOtherCertificate) {
			return response, err
		}
		const pause = certificateInterval / 4
		if end, ok := ctx.Deadline(); ok && time.Until(end) < 2*pause {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// getOnce asks once. Neither a proxy from the environment nor the name in the URL counts.
func (t target) getOnce(ctx context.Context, path string) (*http.Response, error) {
	var dialer net.Dialer
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", t.address)
		},
		DisableKeepAlives: true,
	}
	url := "http://server" + path
	if t.certFile.text() != "" {
		config, err := t.tlsConfig()
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig, url = config, "https://server"+path
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: transport}
	response, err := client.Do(request)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL, which is none
	}
	return response, nil
}

// tlsConfig accepts the certificate in the file and no other.
//
// The usual verification is off, as it would ask for what does not matter here: the
// certificate is for the name that clients use and not for that of the loopback
// interface, it may have expired, and whoever signed it need not be known on this
// machine. What remains is stricter. The certificate must be the one in the file,
// byte for byte, and crypto/tls checks in each full handshake, with InsecureSkipVerify
// too, that the peer has the key of what it presents. There are no others, since
// no session is kept.
func (t target) tlsConfig() (*tls.Config, error) {
	text, err := readCertificates(t.certFile)
	if err != nil {
		return nil, err
	}
	leaf, err := leafOf(text)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || !bytes.Equal(state.PeerCertificates[0].Raw, leaf.Raw) {
				return errOtherCertificate
			}
			return nil
		},
	}, nil
}
