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
	for _, variable := range []string{certVariable, keyVariable} {
		if problems.has(variable) {
			return problems.err()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	status, err := ask(ctx, target{address, s.TLSCert})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, printableLine(status))
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

// sameEnvironment is the hint if something else answers, or nothing.
const sameEnvironment = "healthcheck needs the same ADDR and " + certVariable + " as the server"

// ask returns the status that /readyz names, and an error unless it is a 200.
func ask(ctx context.Context, at target) (status string, err error) {
	response, err := at.get(ctx, "/readyz")
	if err != nil {
		return "", notReady(sameEnvironment, "%w", err)
	}
	defer response.Body.Close()
	var body struct{ Status, Cause, Hint string }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Status == "" {
		return "", notReady(sameEnvironment, "what answers at %s is another program", at.address)
	}
	if response.StatusCode != http.StatusOK {
		return "", notReady(body.Hint, "%s: %s", body.Status, body.Cause)
	}
	return body.Status, nil
}

func notReady(hint, format string, args ...any) error {
	return &failure{code: exitFailure, err: fmt.Errorf("not ready: "+format, args...), hint: hint}
}
