package doctest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// An exchange is a request and the response to it, as a page writes them: a request line and the body of
// the response, or between them headers of the request, an empty line, the status, headers of the response,
// and another empty line.
type exchange struct {
	method, path string
	send         http.Header
	status       int
	header       map[string]string
	body         string
}

func parseExchange(text string) (exchange, error) {
	line, rest, _ := strings.Cut(text, "\n")
	method, path, ok := strings.Cut(line, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		return exchange{}, fmt.Errorf("%q is no request line", line)
	}
	e := exchange{method: method, path: path, send: http.Header{}, status: http.StatusOK, header: map[string]string{}, body: rest}
	request, response, found := strings.Cut(rest, "HTTP/1.1 ")
	if !found {
		return e, nil
	}
	for line := range strings.Lines(request) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			e.send.Add(name, value)
		}
	}
	status, rest, _ := strings.Cut(response, "\n")
	number, _, _ := strings.Cut(status, " ")
	var err error
	if e.status, err = strconv.Atoi(number); err != nil {
		return e, fmt.Errorf("%q is no status", status)
	}
	headers, body := "", rest
	if rest != "" && !strings.ContainsAny(rest[:1], "\n{[") {
		headers, body, _ = strings.Cut(rest, "\n\n")
	}
	for line := range strings.Lines(headers) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		e.header[name] = value
	}
	e.body = body
	return e, nil
}

// request sends the request of a block. The response must be the one that it shows; it may have more headers, and
// the body of an error more members.
func (r *runner) request(text string) error {
	e, err := parseExchange(text)
	if err != nil {
		return err
	}
	address := r.listening["localhost:8888"]
	if address == "" {
		return fmt.Errorf("no server runs; begin the page with a block of sh that starts one")
	}
	request, err := http.NewRequestWithContext(r.t.Context(), e.method, "http://"+address+e.path, nil)
	if err != nil {
		return err
	}
	request.Header = e.send
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	body := string(content)
	if response.StatusCode != e.status {
		return fmt.Errorf("%s: status %d, want %d: %s", e.path, response.StatusCode, e.status, body)
	}
	for name, want := range e.header {
		got := strings.Join(response.Header.Values(name), ", ")
		if err := compare(want, got); err != nil {
			return fmt.Errorf("%s: %s: %w", e.path, name, err)
		}
	}
	if e.status < http.StatusMultipleChoices || strings.Contains(e.body, "...") {
		return compare(e.body, body)
	}
	var got, want map[string]any
	if e.body == "" {
		return nil
	}
	for text, members := range map[string]*map[string]any{body: &got, e.body: &want} {
		if err := json.Unmarshal([]byte(text), members); err != nil {
			return fmt.Errorf("%s: %w: %s", e.path, err, text)
		}
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			return fmt.Errorf("%s: %s (-want +got):\n%s", e.path, name, diff)
		}
	}
	return nil
}
