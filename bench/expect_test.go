package main

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

// expectationOf is that of a table of three rows, of which two are in the sample.
func expectationOf(bodies map[format]string) *expectation {
	e := &expectation{rows: 3, digest: map[format]string{}, sample: map[int64][]byte{
		0: []byte(`{"a": 1.10, "b": "x,]"}`), 2: []byte(`{"a": null, "b": "é"}`),
	}}
	for f, body := range bodies {
		e.digest[f] = fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
	}
	return e
}

func TestVerifier(t *testing.T) {
	t.Parallel()
	good := map[format]string{
		jsonFormat:   "[{\"a\":1.10,\"b\":\"x,]\"},\n{\"a\":2,\"b\":\"\"},\n{\"a\":null,\"b\":\"é\"}]\n",
		ndjsonFormat: "{\"a\":1.10,\"b\":\"x,]\"}\n{\"a\":2,\"b\":\"\"}\n{\"a\":null,\"b\":\"é\"}\n",
		csvFormat:    "a,b\r\n1.10,\"x,]\"\r\n2,\"\"\r\n,é\r\n",
	}
	e := expectationOf(good)
	whole := answer{status: 200, complete: "complete", rows: 3}
	verdict := func(f format, body string, a answer) error {
		v := e.verifier(f)
		for i := range len(body) { // a byte at a time, as the boundaries of reads may be anywhere
			v.Write([]byte{body[i]})
		}
		return v.verdict(a)
	}
	for f, body := range good {
		if err := verdict(f, body, whole); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		for reason, bad := range map[string]answer{
			"no trailer":  {status: 200, rows: -1},
			"cut by rows": {status: 200, complete: "max-rows", rows: 3},
			"too few":     {status: 200, complete: "complete", rows: 2},
			"an error":    {status: 500, complete: "complete", rows: 3},
		} {
			if verdict(f, body, bad) == nil {
				t.Errorf("%s: %s passes", f.name, reason)
			}
		}
		for reason, bad := range map[string]string{
			"a body cut short": body[:len(body)-1],
			"another value":    strings.Replace(body, "1.10", "1.1", 1),
			"a row twice":      body + body,
		} {
			if verdict(f, bad, whole) == nil {
				t.Errorf("%s: %s passes", f.name, reason)
			}
		}
	}
}

// The sample is compared by itself, not only through the digest.
func TestVerifierComparesValues(t *testing.T) {
	t.Parallel()
	body := "{\"a\":1.1,\"b\":\"x,]\"}\n{}\n{\"a\":null,\"b\":\"é\"}\n"
	e := expectationOf(map[format]string{ndjsonFormat: body})
	v := e.verifier(ndjsonFormat)
	v.Write([]byte(body))
	if err := v.verdict(answer{status: 200, complete: "complete", rows: 3}); err == nil || !strings.Contains(err.Error(), "to_jsonb says") {
		t.Errorf("got %v", err)
	}
}
