//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

var errNotUnix = errors.New("works on Unix systems only; use Docker or DBCONTENTS_TEST_DSN")

func startBehind(context.Context, string) (*Server, error) {
	return nil, errors.New("DBCONTENTS_TEST_POOLER works on Unix systems only")
}

func startLocal(context.Context, string, ...string) (*Server, error) { return nil, errNotUnix }

func startDownloaded(context.Context, Release, string) (*Server, error) { return nil, errNotUnix }
