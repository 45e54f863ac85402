//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

func startLocal(context.Context, string, ...string) (*Server, error) {
	return nil, errors.New("works on Unix systems only; use Docker or DBCONTENTS_TEST_DSN")
}
