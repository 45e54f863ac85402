package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/caarlos0/env/v11"
)

// healthTimeout is shorter than what Docker and Kubernetes give a health
// check, so that the reason is told.
const healthTimeout = 3 * time.Second

// healthcheck asks the server that runs with the same environment whether it
// is ready. It is for containers whose image has no other program.
func healthcheck(ctx context.Context, args, environ []string, stdout io.Writer) error {
	if err := none("healthcheck", args); err != nil {
		return err
	}
	s, problems := parse(env.ToMap(environ))
	if problems.has("ADDR") {
		return problems.err()
	}
	address, err := loopback(s.Addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	status, err := ask(ctx, address)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, status)
	return err
}

// loopback is the address at which a server that listens on addr answers on
// its own machine.
func loopback(addr address) (string, error) {
	host, port, err := net.SplitHostPort(string(addr))
	if err != nil {
		return "", err
	}
	if port == "0" || port == "" {
		return "", &failure{code: exitUsage, err: errors.New("ADDR: port 0 is any free one, which only the server knows"), hint: "set ADDR to a fixed port"}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "localhost" // ::1 or 127.0.0.1, whichever the system's :: takes
		}
	}
	return net.JoinHostPort(host, port), nil
}

// ask returns the status that /readyz names, and an error unless it is a 200.
func ask(ctx context.Context, address string) (status string, err error) {
	response, err := get(ctx, address, "/readyz")
	if err != nil {
		return "", notReady("healthcheck needs the same ADDR as the server", "%w", err)
	}
	defer response.Body.Close()
	var body struct{ Status, Cause, Hint string }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Status == "" {
		return "", notReady("healthcheck needs the same ADDR as the server", "what answers at %s is another program", address)
	}
	if response.StatusCode != http.StatusOK {
		return "", notReady(body.Hint, "%s: %s", body.Status, body.Cause)
	}
	return body.Status, nil
}

func notReady(hint, format string, args ...any) error {
	return &failure{code: exitFailure, err: fmt.Errorf("not ready: "+format, args...), hint: hint}
}

// get asks a server on this machine. Neither a proxy from the environment nor
// the name in the URL counts.
func get(ctx context.Context, address, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://server"+path, nil)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		},
		DisableKeepAlives: true,
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, errors.Unwrap(err) // without the URL, which is none
	}
	return response, nil
}
