package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// A download is an answer that the client has begun to read.
type download struct {
	*http.Response
	head []byte
}

// begin asks for a path and reads the first bytes of the answer.
func (r *rig) begin(path string) *download {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { response.Body.Close() })
	d := &download{response, make([]byte, 1000)}
	if _, err := io.ReadFull(response.Body, d.head); err != nil || response.StatusCode != 200 {
		r.Fatalf("%s, %v: %s", response.Status, err, d.head)
	}
	return d
}

// rest reads to the end, or as much as no row of the matrix gets to see of
// an answer that is broken off.
func (d *download) rest() (body []byte, err error) {
	tail, err := io.ReadAll(io.LimitReader(d.Body, 200<<20))
	d.Body.Close()
	return append(d.head, tail...), err
}

// lines counts them to the end.
func (d *download) lines() (n int, err error) {
	n = bytes.Count(d.head, []byte("\n"))
	for buffer := make([]byte, 64<<10); err == nil; {
		var k int
		k, err = d.Body.Read(buffer)
		n += bytes.Count(buffer[:k], []byte("\n"))
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// breaksOff wants a transfer, and then the read by Go, to break off after they
// have begun and the fault was made; a nil fault comes by itself. What the rig
// has for healing is done after each.
func (r *rig) breaksOff(path string, w want, fault func()) {
	r.Helper()
	if fault == nil {
		fault = func() {}
	}
	before := r.counts()
	d := r.begin("/dbcontents/" + path)
	fault()
	r.brokenOff(d, before, w.cause)
	r.released()
	r.heal()

	var rows *dbcontents.Rows
	r.eventually("a read begins", func() (ok bool) {
		var err error
		rows, err = r.store.Query(r.Context(), dbcontents.Query{Table: path})
		r.note(err)
		return err == nil
	})
	rows.Next()
	fault()
	for rows.Next() {
	}
	err := rows.Close()
	r.note(err)
	r.diagnosed(w, err)
	r.released()
	r.heal()
}

// brokenOff wants that nobody takes the download for a whole one.
func (r *rig) brokenOff(d *download, before counts, causes string) {
	r.Helper()
	body, err := d.rest()
	if err == nil || json.Valid(body) || d.Trailer.Get("Dbcontents-Status") != "" {
		r.Errorf("HTTP: %d bytes look whole: %v, trailer %v", len(body), err, d.Trailer)
	}
	r.eventually("the transfer is counted as broken off by "+causes, func() bool {
		after := r.counts()
		for cause := range strings.FieldsSeq(causes) {
			if after.causes[cause] == before.causes[cause]+1 {
				return after.aborted == before.aborted+1
			}
		}
		return false
	})
}
