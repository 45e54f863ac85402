package encode

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
)

// before is what a value is appended to; encoders must leave it alone.
const before = "before "

// encoded runs an Encoder and returns what it appends; ok is false if it refuses.
func encoded(t *testing.T, e Encoder, src []byte) (text string, ok bool) {
	t.Helper()
	dst := e([]byte(before), bytes.Clone(src))
	if dst == nil {
		return "", false
	}
	text, ok = strings.CutPrefix(string(dst), before)
	if !ok {
		t.Fatalf("%q was overwritten: %q", before, dst)
	}
	return text, true
}

func FuzzJSONString(f *testing.F) {
	for _, s := range []string{
		"", "plain", `"`, `\`, "\x00\x01\x1f\x7f", "\b\f\n\r\t", "12345678", "1234567\"", "12345678\\", "\"2345678", "1234567é9", "\u2028😀\U0010ffff",
		"\xff", "1234567\xc3", "\xed\xa0\x80", "ok\x80\"", "                 \x1f", "\x9f\x02\x1f \"", strings.Repeat("a", 63) + "\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, ok := encoded(t, jsonString, src)
		if ok != utf8.Valid(src) {
			t.Fatalf("%q: accepted is %t", src, ok)
		}
		if !ok {
			return
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != string(src) {
			t.Errorf("%q became %q: %q, %v", src, got, back, err)
		}
		if want := escapeJSON(src); got != want {
			t.Errorf("%q became %q, want %q", src, got, want)
		}
	})
}

// escapeJSON is PostgreSQL's escape_json, one byte at a time.
func escapeJSON(src []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range src {
		if i := strings.IndexByte("\b\f\n\r\t\"\\", c); i >= 0 {
			b.WriteString(`\` + string(`bfnrt"\`[i]))
		} else if c < ' ' {
			b.WriteString(`\u00` + string(hexDigits[c>>4]) + string(hexDigits[c&15]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

func FuzzCSVText(f *testing.F) {
	for _, s := range []string{"", " ", "plain", `"`, `""`, "a,b", "\r", "\n", "\r\n", "a\r\r\nb", `\.`, "é", "\xff", "'", "\x00", `a"b"c`, "#"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, ok := encoded(t, csvText, src)
		if ok != utf8.Valid(src) {
			t.Fatalf("%q: accepted is %t", src, ok)
		}
		if !ok {
			return
		}
		if got == "" {
			t.Errorf("%q became nothing, which is null", src)
		}
		records, err := csv.NewReader(strings.NewReader("first," + got + ",last\r\n")).ReadAll()
		want := strings.ReplaceAll(string(src), "\r\n", "\n") // as encoding/csv reads it
		if err != nil || len(records) != 1 || len(records[0]) != 3 || records[0][1] != want {
			t.Errorf("%q became %q: %q, %v", src, got, records, err)
		}
	})
}

func FuzzNumeric(f *testing.F) {
	add := func(count, weight, sign, scale uint16, digits ...uint16) {
		src, _ := binary.Append(nil, binary.BigEndian, append([]uint16{count, weight, sign, scale}, digits...))
		f.Add(src)
	}
	minus := func(n uint16) uint16 { return -n }
	add(0, 0, numericPositive, 0)
	add(0, 0, numericPositive, 4)
	add(1, 0, numericNegative, 2, 1)
	add(2, 0, numericPositive, 2, 1, 5000)
	add(2, 1, numericPositive, 0, 1, 2)
	add(1, minus(2), numericPositive, 8, 42)
	add(1, minus(9), numericNegative, 3, 42)
	add(1, math.MaxInt16, numericPositive, 0, 9999)
	add(3, 1, numericPositive, 1, 123, 4567, 8900)
	for _, sign := range []uint16{numericNaN, numericInfinity, numericNegInfinity, 0x1234} {
		add(0, 0, sign, 0)
	}
	add(1, 0, numericInfinity, 0, 1)     // no server sends it
	add(1, 0, numericPositive, 0, 10000) // no digit of base 10000
	add(2, 1, numericPositive, 0, 0, 1)  // leading zeros
	add(2, 0, numericPositive, 0, 1)     // cut short
	f.Add([]byte{})
	toJSON := families[pgtype.NumericOID].json
	f.Fuzz(func(t *testing.T, src []byte) {
		got, ok := encoded(t, toJSON, src)
		plain, plainOK := encoded(t, numeric, src)
		if ok != plainOK {
			t.Fatalf("%x: %q, %q", src, got, plain)
		}
		if !ok {
			return
		}
		if !json.Valid([]byte(got)) {
			t.Fatalf("%x became %q", src, got)
		}
		if strings.HasPrefix(got, `"`) {
			if got != `"`+plain+`"` || !isFloat([]byte(plain)) {
				t.Errorf("%x became %s", src, got)
			}
			return
		}
		if got != plain {
			t.Errorf("%x became %s and %s", src, got, plain)
		}
		if want := decimal(src); plain != want {
			t.Errorf("%x became %s, want %s", src, plain, want)
		}
	})
}

// decimal is numeric by way of big numbers.
func decimal(src []byte) string {
	weight, scale := int64(int16(binary.BigEndian.Uint16(src[2:]))), int64(binary.BigEndian.Uint16(src[6:]))
	n, count := new(big.Int), int64(len(src)/2-4)
	for d := src[8:]; len(d) > 0; d = d[2:] {
		n.Mul(n, big.NewInt(10000)).Add(n, big.NewInt(int64(binary.BigEndian.Uint16(d))))
	}
	// n is the value times 10^shift; what is printed is cut to 10^scale.
	shift := scale + 4*(weight-count+1)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(shift, -shift)), nil)
	if shift >= 0 {
		n.Mul(n, power)
	} else {
		n.Quo(n, power)
	}
	text := n.String()
	if pad := int(scale) + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	if scale > 0 {
		text = text[:len(text)-int(scale)] + "." + text[len(text)-int(scale):]
	}
	if binary.BigEndian.Uint16(src[4:]) == numericNegative {
		text = "-" + text
	}
	return text
}

func FuzzTimestamp(f *testing.F) {
	for _, micros := range []int64{0, -1, 1, 999_999, 100_000, -microsPerDay, microsPerDay - 1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, 252_455_615_999_999_999, -63_082_281_600_000_000, -63_082_281_600_000_001} {
		f.Add(micros)
	}
	f.Fuzz(func(t *testing.T, micros int64) {
		src := binary.BigEndian.AppendUint64(nil, uint64(micros))
		plain, ok := encoded(t, timestampPlain, src)
		zoned, zonedOK := encoded(t, timestamptzPlain, src)
		inJSON, jsonOK := encoded(t, timestampJSON, src)
		zonedJSON, zonedJSONOK := encoded(t, timestamptzJSON, src)
		if !ok || !zonedOK || !jsonOK || !zonedJSONOK || !json.Valid([]byte(inJSON)) || !json.Valid([]byte(zonedJSON)) {
			t.Fatalf("%d: %s, %s, %s, %s", micros, plain, zoned, inJSON, zonedJSON)
		}
		value, finite := GoValue(pgtype.TimestampOID, src).(time.Time)
		if finite == strings.HasSuffix(plain, "infinity") {
			t.Fatalf("%d: %s is finite %t", micros, plain, finite)
		}
		if !finite || value.Year() < 1 || value.Year() > 9999 {
			return
		}
		want := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(micros/microsPerDay)).Add(time.Duration(micros%microsPerDay) * time.Microsecond)
		if !value.Equal(want) {
			t.Errorf("%d: %v, want %v", micros, value, want)
		}
		for layout, got := range map[string]string{
			"2006-01-02 15:04:05.999999":              plain,
			"2006-01-02 15:04:05.999999+00":           zoned,
			`"2006-01-02T15:04:05.999999"`:            inJSON,
			`"2006-01-02T15:04:05.999999` + `+00:00"`: zonedJSON,
		} {
			if got != want.Format(layout) {
				t.Errorf("%d: %s, want %s", micros, got, want.Format(layout))
			}
		}
	})
}

// FuzzBytes gives every Encoder bytes that are not what its type says.
func FuzzBytes(f *testing.F) {
	for n := range 20 {
		f.Add(bytes.Repeat([]byte{0xff}, n))
		f.Add(make([]byte, n))
	}
	for _, s := range []string{"1", "-1.5e+300", "01", "1.", ".5", "1e", "-", "0x1p-2", "1_0", "inf", "NaN", "-Infinity", "1e999", "1e5 "} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for oid, family := range families {
			got, ok := encoded(t, family.json, src)
			trusted := oid == pgtype.JSONOID || oid == pgtype.JSONBOID   // to hold JSON
			ranged := oid == pgtype.Float4OID || oid == pgtype.Float8OID // Go has no value for 1e999
			if ok && !trusted && (!json.Valid([]byte(got)) || !utf8.ValidString(got)) {
				t.Errorf("type %d: %x became %q", oid, src, got)
			}
			_, encode := For(oid, CSV, Options{})
			if plain, plainOK := encoded(t, encode, src); plainOK != ok || !utf8.ValidString(plain) {
				t.Errorf("type %d: %x became %q, in JSON %q", oid, src, plain, got)
			}
			if value := GoValue(oid, src); ok != (value != nil) && !trusted && !ranged {
				t.Errorf("type %d: %x is %v, in JSON %q", oid, src, value, got)
			}
		}
		if value, ok := GoValue(pgtype.TextOID, src).(string); ok != utf8.Valid(src) || ok && value != string(src) {
			t.Errorf("text %x is %q", src, value)
		}
	})
}
