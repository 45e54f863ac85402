package catalog

import (
	"os"
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
