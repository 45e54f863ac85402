package arrow

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgtype"
)

// Bytes that are not what their type says are refused, or are a value, and nothing else happens.
func TestMalformedBytes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	try := func(name string, of arrow.DataType, make func(array.Builder) appender) {
		b := array.NewBuilder(memory.DefaultAllocator, of)
		defer b.Release()
		add := make(b)
		for range 20_000 {
			src := []byte{}
			for range random.IntN(40) {
				src = append(src, []byte{0, 0, 0, 1, byte(random.IntN(256)), 0xff}[random.IntN(6)])
			}
			if size, problem := add(src, 1<<20); size < 0 || size > 1<<20 || problem != "" && problem != malformed && len(problem) > 60 {
				t.Errorf("%s: %x: %s", name, src, problem)
			}
		}
		b.NewArray().Release()
	}
	for arrayOID, oid := range elements {
		k := kindOf(oid, "numeric(20,4)")
		try(k.arrow.String(), k.arrow, k.appender)
		element := kindOf(oid, "")
		c := column{kind: kind{oid: arrayOID}, element: &element}
		try("list of "+element.arrow.String(), arrow.ListOf(element.arrow), func(b array.Builder) appender { return appendList(b.(*array.ListBuilder), c) })
	}
	k := kindOf(pgtype.NumericOID, "numeric(70,30)")
	try(k.arrow.String(), k.arrow, k.appender)
}
