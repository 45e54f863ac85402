package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// embedResult is the outcome of a request, in the form of randomEmbed.want.
func embedResult(t *testing.T, store *dbcontents.Store, r *randomEmbed) string {
	rows, err := store.Query(t.Context(), r.query)
	if err != nil {
		return err.Error()
	}
	total, _ := rows.Total()
	if r.query.Count != dbcontents.CountExact {
		total = 0 // an estimate is not compared
	}
	var b bytes.Buffer
	if _, err := rows.WriteTo(&b); err != nil {
		return err.Error()
	}
	text := b.Bytes()
	switch r.query.Format {
	case dbcontents.NDJSON:
		lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
		if len(text) == 0 {
			lines = nil
		}
		text = slices.Concat([]byte("["), bytes.Join(lines, []byte(",")), []byte("]"))
	case dbcontents.CSV:
		text = objectsOfCSV(t, string(text), r.root.cells())
	}
	return fmt.Sprintf("total %d %s", total, r.canonical(t, text, false))
}

// canonical is the result in one form.
func (r *randomEmbed) canonical(t *testing.T, text []byte, strip bool) string {
	if !r.root.unordered {
		return canonical(t, text, strip)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = canonical(t, row, strip)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// objectsOfCSV turns records into objects.
func objectsOfCSV(t *testing.T, text string, cells []string) []byte {
	records := parseCSV(t, text)
	var b bytes.Buffer
	b.WriteByte('[')
	for i, record := range records[1:] {
		b.WriteString([]string{"", ","}[min(i, 1)] + "{")
		for j, field := range record {
			key, _ := json.Marshal(records[0][j])
			b.WriteString([]string{"", ","}[min(j, 1)] + string(key) + ":")
			switch value, _ := json.Marshal(field); {
			case field == null:
				b.WriteString("null")
			case slices.Contains(cells, records[0][j]):
				b.WriteString(field)
			default:
				b.Write(value)
			}
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.Bytes()
}

// canonical is JSON in one form, with its members in their order and its numbers digit by
// digit; strip leaves members that are null out.
func canonical(t *testing.T, text []byte, strip bool) string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var b strings.Builder
	if err := canonicalValue(d, &b, strip); err != nil {
		t.Fatalf("%v in %.2000s", err, text)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("something follows the JSON: %.2000s", text)
	}
	return b.String()
}

func canonicalValue(d *json.Decoder, b *strings.Builder, strip bool) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		text, err := json.Marshal(token)
		b.Write(text)
		return err
	}
	b.WriteString(delim.String())
	for first := true; d.More(); {
		var member strings.Builder
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			text, _ := json.Marshal(key)
			member.Write(text)
			member.WriteByte(':')
		}
		before := member.Len()
		if err := canonicalValue(d, &member, strip); err != nil {
			return err
		}
		if strip && delim == '{' && member.String()[before:] == "null" {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteString(member.String())
	}
	end, err := d.Token()
	if err == nil {
		b.WriteString(end.(json.Delim).String())
	}
	return err
}
