package server

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// simpleName is a table that has its name in a URL as it is written.
var simpleName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// maxTried is how many tables a banner has a line to try for.
const maxTried = 3

// banner is what a person who starts the server on a terminal gets to see first. url is that of the contents.
func (s *service) banner(url string, b httpapi.Build, width int) string {
	config := s.store.Config()
	root := strings.TrimSuffix(url, string(s.settings.Prefix)) + "/"
	var t strings.Builder
	fmt.Fprintf(&t, "\ndbcontents %s\n\n", b.Version)
	line := func(name, text string) {
		fmt.Fprintf(&t, "  %-9s  %s\n", name, wrap(text, strings.Repeat(" ", 13), width))
	}
	line("tables", served(config))
	if len(config.Functions) > 0 {
		line("functions", strings.Join(config.Functions, ", "))
	}
	line("contents", url)
	line("overview", root)
	line("health", root+"readyz?verbose")
	switch {
	case s.settings.tokens == nil:
	case s.settings.AnonRole == "":
		line("callers", "only with a token")
	default:
		line("callers", "with a token, or as role "+s.settings.AnonRole)
	}
	t.WriteString("\nTry:\n\n")
	curl := "  curl "
	if s.settings.tokens != nil && s.settings.AnonRole == "" {
		curl += `-H "Authorization: Bearer $TOKEN" `
	}
	if s.settings.certificate != nil {
		curl += "--cacert CERTIFICATE "
	}
	tried := 0
	if len(config.Tables) > 0 {
		fmt.Fprintf(&t, "%s%s\n%s'%s?limit=10&format=csv'\n", curl, url, curl, url)
		tried++
	}
	for i, name := range config.Tables {
		if i > 0 && tried < maxTried && simpleName.MatchString(name) {
			fmt.Fprintf(&t, "%s%s/%s\n", curl, url, name)
			tried++
		}
	}
	if tried == 0 {
		fmt.Fprintf(&t, "%s%s\n", curl, root)
	}
	fmt.Fprintf(&t, "  in a browser: %s\n\nCtrl-C stops the server. server help lists the settings, server check finds what is wrong.\n\n", root)
	return t.String()
}

// served says what can be read.
func served(c dbcontents.Config) string {
	text := strings.Join(c.Tables, ", ")
	if !c.AllTables {
		return text
	}
	all := "all that the role that reads may SELECT in " + strings.Join(c.Schemas, ", ")
	if text == "" {
		return all
	}
	return text + ", and " + all
}
