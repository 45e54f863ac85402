package doctest

import (
	"strings"
	"testing"
)

// The runner finds what a page says wrongly.
func TestRunnerFindsPlanted(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	for _, tt := range []struct {
		reason, language, text, output string
		want                           string // part of the error, or empty
	}{
		{"a table", "sql", "CREATE TABLE t AS SELECT 1 AS id", "", ""},
		{"a wrong statement", "sql", "SELECT nothing", "", "nothing"},
		{"a request without a server", "http", "GET /dbcontents\n[]\n", "", "no server runs"},
		{"a server that cannot start", "sh", "DBCONTENTS_NONE=1 server\n", "", "DBCONTENTS_NONE"},
		{"a server", "sh", "DBCONTENTS_TABLES=t server\n", "", ""},
		{"a server at an address", "sh", "DBCONTENTS_TABLES=t ADDR=localhost:8888 server\n", "", ""},
		{"rows", "sh", "curl localhost:8888/dbcontents\n", "[{\"id\": 1}]\n", ""},
		{"other rows", "sh", "curl localhost:8888/dbcontents\n", "[{\"id\":2}]\n", "the page shows -"},
		{"an error that is shown", "sh", "curl localhost:8888/dbcontents/x\n", "{..., \"status\":404, ...}\n", ""},
		{"an error that is not shown", "sh", "curl localhost:8888/dbcontents/x\n", "", "404"},
		{"a command that is not known", "sh", "sudo reboot\n", "", "no rule"},
		{"a response", "http", "GET /dbcontents?limit=1\nPrefer: count=exact\n\nHTTP/1.1 200 OK\nContent-Range: 0-0/1\n\n[{\"id\":1}]\n", "", ""},
		{"another status", "http", "GET /dbcontents/x\n[]\n", "", "status 404, want 200"},
		{"another header", "http", "GET /dbcontents\n\nHTTP/1.1 200 OK\nContent-Range: 0-1/2\n\n[{\"id\":1}]\n", "", "Content-Range"},
		{"another member of an error", "http", "GET /dbcontents/x\n\nHTTP/1.1 404\n{\"code\":\"x\"}\n", "", "code"},
		{"a program", "go", "package main\n\nfunc main() { println(1) }\n", "1\n", ""},
		{"a program that prints something else", "go", "package main\n\nfunc main() { println(1) }\n", "2\n", "the page shows -"},
		{"a program that does not compile", "go", "package main\n\nfunc main() { x }\n", "", "undefined: x"},
		{"a program that vet refuses", "go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Printf(\"%d\", \"x\") }\n", "", "wrong type"},
		{"a program with internal packages", "go", "package main\n\nimport _ \"github.com/dbcontents/dbcontents-go/internal/server\"\n\nfunc main() {}\n", "", "internal"},
		{"a part of no example", "go", "strange := true\nstrange = false\n", "", "part of an example"},
		{"a word of an example", "go", "store\n", "", "on several lines"},
		{"a line of an example", "go", "defer store.Close()\n", "", "on several lines"},
		{"a half of a statement", "go", "if err != nil {\n\tlog.Fatal(err)\n", "", "on several lines"},
		{"a half of a word", "go", "tore.Close()\nif err != nil {\n\tlog.Fatal(err)\n}\n", "", "part of an example"},
		{"statements of an example", "go", "if err != nil {\n\tlog.Fatal(err)\n}\n", "", ""},
	} {
		b := &block{language: tt.language, text: tt.text}
		if tt.output != "" {
			b.output = &block{language: "text", text: tt.output}
		}
		err := r.run(b)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.want)
		}
	}
}
