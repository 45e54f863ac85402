package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/everytype"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// TestRandomValues does what TestEveryType does, with random values. The types are
// those whose JSON and text dbcontents writes itself, without PostgreSQL.
func TestRandomValues(t *testing.T) {
	t.Parallel()
	const count = 3000
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	db := pgtest.New(t, everytype.SQL)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)

	var columns []*column
	add := func(sqlType, goType, sentAs string, values any) {
		c := &column{Column: everytype.Column{Type: sqlType, System: goType, Name: fmt.Sprintf("c%d", len(columns))}}
		columns = append(columns, c)
		mustExec(t, conn, "CREATE TABLE "+c.Table()+" (id int PRIMARY KEY, v "+c.Type+")")
		if _, err := conn.Exec(t.Context(), "INSERT INTO "+c.Table()+" SELECT n, v::"+c.Type+
			" FROM unnest($1::"+sentAs+"[]) WITH ORDINALITY AS u (v, n)", values); err != nil {
			t.Fatalf("%s: %v", c.Type, err)
		}
	}
	hard := hardFloats()
	for part := range slices.Chunk(hard, len(hard)/3) {
		add("float8", "float8", "float8", part)
	}
	add("float8", "float8", "float8", repeat(count, nil, func() float64 { return math.Float64frombits(random.Uint64()) }))
	add("float8", "float8", "float8", repeat(count, nil, func() float64 {
		return float64(random.Int64N(1e15)) / math.Pow10(random.IntN(20)) // few digits, as in most tables
	}))
	add("float4", "float4", "float4", repeat(count, hardFloat32s(), func() float32 { return math.Float32frombits(random.Uint32()) }))
	add("numeric", "numeric", "text", repeat(count, nil, func() string { return randomNumeric(random) }))
	add("int8", "int8", "int8", repeat(count, nil, func() int64 { return int64(random.Uint64()) >> random.IntN(64) }))
	add("int4", "int4", "int8", repeat(count, nil, func() int64 { return int64(int32(random.Uint32())) >> random.IntN(32) }))
	add("int2", "int2", "int8", repeat(count, nil, func() int64 { return int64(int16(random.Uint32())) >> random.IntN(16) }))
	// A date is from 4714 BC to 5874897, a timestamp from 4714 BC to 294276.
	add("date", "date", "date", repeat(count, nil, func() time.Time {
		return time.Date(random.IntN(5874897+4713)-4712, 1, 1+random.IntN(366), 0, 0, 0, 0, time.UTC)
	}))
	add("date", "date", "date", repeat(count, nil, func() time.Time { return time.Date(1900+random.IntN(200), 1, 1+random.IntN(366), 0, 0, 0, 0, time.UTC) }))
	moment := func() time.Time {
		micros := random.IntN(1e6) / int(math.Pow10(random.IntN(7))) * int(math.Pow10(random.IntN(3)))
		return time.Date(random.IntN(294276+4713)-4712, 1, 1+random.IntN(366), 0, 0, random.IntN(86400), micros%1e6*1000, time.UTC)
	}
	add("timestamp", "timestamp", "timestamp", repeat(count, nil, moment))
	add("timestamptz", "timestamptz", "timestamptz", repeat(count, nil, moment))
	add("uuid", "uuid", "uuid", repeat(count, nil, func() (u [16]byte) { copy(u[:], randomBytes(random, 16)); return u }))
	add("bytea", "bytea", "bytea", repeat(count, nil, func() []byte { return randomBytes(random, random.IntN(40)) }))
	add("text", "text", "text", repeat(count, nil, func() string { return randomText(random) }))
	add("jsonb", "jsonb", "text", repeat(count, nil, func() string {
		return fmt.Sprintf(`{%q:[%s,null]}`, strings.Map(printable, randomText(random)), randomNumeric(random))
	}))

	addReferences(t, conn, columns)
	tables := makeTables(t, conn, columns)
	store := open(t, dbcontents.Config{ConnString: db.DSN})
	got := readAll(t, store, tables)
	compareJSON(t, conn, tables, got)
	compareLines(t, tables, got)
	compareCSV(t, tables, got)
	compareText(t, store, tables)
	compareValues(t, store, tables)
}

// repeat returns n values: the given ones, then random ones.
func repeat[T any](n int, given []T, random func() T) []T {
	for len(given) < n {
		given = append(given, random())
	}
	return given
}

// hardFloats are the powers of two and ten and their neighbours: there the
// distance between floats changes, or the number of digits.
func hardFloats() (all []float64) {
	for e := -1074; e <= 1023; e++ {
		all = append(all, math.Ldexp(1, e))
	}
	for e := -323; e <= 308; e++ {
		all = append(all, math.Pow10(e))
	}
	for _, f := range all {
		all = append(all, math.Nextafter(f, 0), -math.Nextafter(f, math.Inf(1)))
	}
	return all
}

func hardFloat32s() (all []float32) {
	for e := -149; e <= 127; e++ {
		all = append(all, float32(math.Ldexp(1, e)))
	}
	for e := -45; e <= 38; e++ {
		all = append(all, float32(math.Pow10(e)))
	}
	for _, f := range all {
		all = append(all, math.Nextafter32(f, 0), -math.Nextafter32(f, float32(math.Inf(1))))
	}
	return all
}

func randomNumeric(random *rand.Rand) string {
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte('0' + byte(random.IntN(10)*random.IntN(2))) // many zeros
		}
		return b.String()
	}
	whole := "0"
	if n := random.IntN(40); n > 0 {
		whole = string('1'+byte(random.IntN(9))) + digits(n-1)
	}
	if n := random.IntN(40); n > 20 {
		whole += "." + digits(n-20)
	}
	return []string{"", "-"}[random.IntN(2)] + whole
}

func randomBytes(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range random.IntN(30) {
		switch random.IntN(4) {
		case 0:
			b.WriteRune(1 + random.Int32N(0x7f))
		case 1:
			b.WriteRune(1 + random.Int32N(unicode.MaxRune)) // WriteRune writes U+FFFD for a surrogate
		default:
			b.WriteByte("abc \"\\,\n"[random.IntN(8)])
		}
	}
	return b.String()
}

// printable replaces runes for which %q writes escapes that JSON does not have.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || !unicode.IsPrint(r) {
		return '.'
	}
	return r
}
