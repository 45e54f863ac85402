package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

const serverStep = "http server"

// checkServer says whether a server can listen on addr or, if the address is
// taken, whether it is by one of ours that answers.
func checkServer(ctx context.Context, addr string, certFile secret) dbcontents.Step {
	step := dbcontents.Step{Name: serverStep, Reached: true}
	listener, err := net.Listen("tcp", addr)
	switch {
	case err == nil:
		listener.Close()
		step.OK, step.Detail = true, addr+" is free"
	case errors.Is(err, syscall.EADDRINUSE):
		version, askErr := askVersion(ctx, addr, certFile)
		if step.OK = askErr == nil; step.OK {
			step.Detail = "version " + version + " answers at " + addr
			break
		}
		step.Detail, step.Err = fmt.Sprintf("%s is taken, and not by this program: %v", addr, askErr), askErr
		step.Code, step.Hint = "address_in_use", "stop what listens there, or set ADDR to another port"
	default:
		step.Detail, step.Err = err.Error(), err
		step.Code, step.Hint = "address_unusable", "set ADDR to an address of this machine and a port that this user may listen on, such as :8888"
	}
	return step
}

// askVersion asks the server that has taken addr.
func askVersion(ctx context.Context, addr string, certFile secret) (string, error) {
	reached, err := loopback(address(addr))
	if err != nil {
		return "", err
	}
	at := target{reached, certFile}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	var live struct{ Status string }
	if err := getJSON(ctx, at, "/livez", &live); err != nil {
		return "", err
	}
	var build httpapi.Build
	if err := getJSON(ctx, at, "/version", &build); err != nil {
		return "", err
	}
	if live.Status != "ok" || build.Version == "" {
		return "", errors.New("/livez or /version is not ours")
	}
	return build.Version, nil
}

func getJSON(ctx context.Context, at target, path string, body any) error {
	response, err := at.get(ctx, path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, response.Status)
	}
	if json.NewDecoder(response.Body).Decode(body) != nil {
		return errors.New(path + " does not answer in JSON")
	}
	return nil
}
