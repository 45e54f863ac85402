package server

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// What the build of an image knows and the toolchain does not; set by
// -ldflags "-X github.com/dbcontents/dbcontents-go/internal/server.version=v1.2.3".
// Each replaces what the toolchain has noted.
var version, revision, buildTime, source string

// build says which build of the program runs.
func build() httpapi.Build {
	b := httpapi.Build{Version: version, Revision: revision, Time: buildTime, Source: source, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	if b.Revision == "" {
		b.Revision = noted["vcs.revision"]
		if noted["vcs.modified"] == "true" {
			b.Revision += "+changes"
		}
		if b.Time == "" {
			b.Time = noted["vcs.time"]
		}
	}
	if b.Version == "" {
		b.Version = "devel"
	}
	return b
}

func printVersion(args []string, stdout io.Writer) error {
	if err := none("version", args); err != nil {
		return err
	}
	b := build()
	for _, line := range []struct{ name, value string }{
		{"version", b.Version},
		{"revision", b.Revision},
		{"time", b.Time},
		{"source", b.Source},
		{"go", b.Go},
	} {
		if line.value == "" {
			continue
		}
		if _, err := fmt.Fprintf(stdout, "%-8s  %s\n", line.name, line.value); err != nil {
			return err
		}
	}
	return nil
}
