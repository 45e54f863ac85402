package sharding

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

func TestMain(m *testing.M) {
	testmain.Run(m, 0, func(bool) error { return stop() })
}
