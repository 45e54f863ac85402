package pool

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

func TestMain(m *testing.M) { testmain.Run(m, 2) }
