package server

import "strings"

// commands are what Run knows, for people.
var commands = []struct{ usage, about string }{
	{"server", "serves until SIGINT or SIGTERM"},
	{"server check [-json]", "says whether the contents can be served, and if not, where it fails and what to do; exit code 0 or 1"},
	{"server healthcheck", "asks the server at ADDR whether it is ready; exit code 0 or 1"},
	{"server export TABLE [-format FORMAT] [-o FILE] [-parallel N] [FILTER ...]", "writes the contents of one table or view to the standard output or a file; server export -h says more"},
	{"server version", "says which build this is"},
	{"server help", "prints this and all variables"},
}

// help is the text of the command for lines of at most so many characters.
func help(width int) string {
	const inset, deep = "  ", "      "
	var b strings.Builder
	b.WriteString("The server gives the contents of PostgreSQL tables over HTTP.\n\nCommands:\n\n")
	for _, c := range commands {
		b.WriteString(inset + c.usage + "\n" + deep + wrap(c.about, deep, width) + "\n")
	}
	b.WriteString("\n" + wrap("Exit codes: 0 success; 1 it was tried and failed; 2 the command line or the configuration is wrong.", "", width) + "\n")
	b.WriteString("\nIt is configured by its environment. What is in parentheses is the default:\n\n")
	for _, v := range variables {
		name := v.Name
		if v.Default != "" {
			name += " (" + unquoted(v.Default) + ")"
		}
		b.WriteString(inset + name + "\n" + deep + wrap(unquoted(v.About), deep, width) + "\n")
	}
	libpq := "PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE, PGSSLROOTCERT, ..."
	b.WriteString(inset + wrap(libpq, inset, width) + "\n" + deep + "as with psql, for what DATABASE_URL leaves out\n")
	b.WriteString(inset + "NO_COLOR\n" + deep + "if it is set, there are no colours on a terminal\n")
	b.WriteString("\nMore: https://github.com/dbcontents/dbcontents-go/tree/main/docs\n")
	return b.String()
}
