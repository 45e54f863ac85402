package dbcontents_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

func TestMain(m *testing.M) { testmain.Run(m, 8) }
