package arrow

import (
	"encoding/binary"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
)

// A number is a numeric in PostgreSQL's binary format: digits to the base 10000, of which the
// first counts 10000 to the power of weight.
type number struct {
	digits []byte // two bytes each
	weight int
	sign   uint16
	scale  int // how many decimal digits are shown behind the point
}

// The signs.
const (
	negative    = 0x4000
	notANumber  = 0xc000
	infinite    = 0xd000
	minInfinite = 0xf000
)

// numberOf reads a numeric. It reports false if src is none.
func numberOf(src []byte) (n number, ok bool) {
	if len(src) < 8 {
		return n, false
	}
	n = number{
		digits: src[8:], weight: int(int16(binary.BigEndian.Uint16(src[2:]))),
		sign: binary.BigEndian.Uint16(src[4:]), scale: int(binary.BigEndian.Uint16(src[6:])),
	}
	if len(n.digits) != 2*int(binary.BigEndian.Uint16(src)) {
		return n, false
	}
	for i := range n.count() {
		if n.digit(i) > 9999 {
			return n, false
		}
	}
	switch n.sign {
	case 0, negative, notANumber, infinite, minInfinite:
		return n, true
	}
	return n, false
}

func (n *number) count() int         { return len(n.digits) / 2 }
func (n *number) digit(i int) uint16 { return binary.BigEndian.Uint16(n.digits[2*i:]) }

// numericKind is the kind of a numeric, as a decimal or, if that is nil, as text.
func numericKind(of arrow.DecimalType) kind {
	switch of := of.(type) {
	case *arrow.Decimal128Type:
		return kind{arrow: of, binary: true, appender: appendDecimal(int(of.Scale), 16, decimal128Of, func(b array.Builder) func(decimal128.Num) { return b.(*array.Decimal128Builder).Append })}
	case *arrow.Decimal256Type:
		return kind{arrow: of, binary: true, appender: appendDecimal(int(of.Scale), 32, decimal256Of, func(b array.Builder) func(decimal256.Num) { return b.(*array.Decimal256Builder).Append })}
	}
	return kind{arrow: arrow.BinaryTypes.String, binary: true, appender: func(b array.Builder) appender {
		to := b.(*array.StringBuilder)
		var text []byte
		return func(src []byte, _ int) (int, string) {
			n, ok := numberOf(src)
			if !ok {
				return 0, malformed
			}
			text = n.text(text[:0]) // much longer than src where it ends with zeros
			to.BinaryBuilder.Append(text)
			return offset + len(text), ""
		}
	}}
}

// appendDecimal appends decimals with a scale, which take width bytes.
func appendDecimal[N any](scale, width int, of func(n *number, groups []group) (N, bool), to func(array.Builder) func(N)) func(array.Builder) appender {
	return func(b array.Builder) appender {
		add := to(b)
		var groups []group
		return func(src []byte, _ int) (int, string) {
			n, ok := numberOf(src)
			switch {
			case !ok:
				return 0, malformed
			case n.sign >= notANumber:
				return 0, "a number that is not finite"
			}
			if groups, ok = n.groups(groups[:0], scale); !ok {
				return 0, malformed
			}
			value, ok := of(&n, groups)
			if !ok {
				return 0, malformed
			}
			add(value)
			return width, ""
		}
	}
}

// A group is some decimal digits: what was before is multiplied by times, and then plus is added.
type group struct{ times, plus uint64 }

var powers = [...]uint64{1, 10, 100, 1000, 10000}

// groups are the digits of n as a number without a point, of which so many are behind it. It
// reports false if n has more digits there.
func (n *number) groups(list []group, scale int) ([]group, bool) {
	for i := range n.count() {
		// Its last digit is 10 to the power of this, in terms of the last digit of the result.
		exponent := 4*(n.weight-i) + scale
		switch d := uint64(n.digit(i)); {
		case exponent >= 0:
			list = append(list, group{10000, d})
		case exponent > -4 && d%powers[-exponent] == 0:
			list = append(list, group{powers[4+exponent], d / powers[-exponent]})
		case d != 0:
			return nil, false
		}
	}
	// Zeros at the end are not sent.
	if last := n.count() - 1; last >= 0 {
		for exponent := 4*(n.weight-last) + scale; exponent > 0; exponent -= 4 {
			if len(list) > 64 { // no numeric that has a scale is so long
				return nil, false
			}
			list = append(list, group{powers[min(exponent, 4)], 0})
		}
	}
	return list, true
}

func decimal128Of(n *number, groups []group) (decimal128.Num, bool) {
	var hi, lo uint64
	for _, g := range groups {
		overflow, times := bits.Mul64(hi, g.times)
		carried, low := bits.Mul64(lo, g.times)
		var carry, over uint64
		lo, carry = bits.Add64(low, g.plus, 0)
		hi, over = bits.Add64(times, carried, carry)
		if overflow != 0 || over != 0 || hi > 1<<63-1 {
			return decimal128.Num{}, false
		}
	}
	value := decimal128.New(int64(hi), lo)
	if n.sign == negative {
		value = value.Negate()
	}
	return value, true
}

func decimal256Of(n *number, groups []group) (decimal256.Num, bool) {
	value, word := new(big.Int), new(big.Int)
	for _, g := range groups {
		value.Mul(value, word.SetUint64(g.times))
		value.Add(value, word.SetUint64(g.plus))
	}
	if value.BitLen() > 255 {
		return decimal256.Num{}, false
	}
	if n.sign == negative {
		value.Neg(value)
	}
	return decimal256.FromBigInt(value), true
}

// text is n as PostgreSQL prints it.
func (n *number) text(dst []byte) []byte {
	switch n.sign {
	case notANumber:
		return append(dst, "NaN"...)
	case infinite:
		return append(dst, "Infinity"...)
	case minInfinite:
		return append(dst, "-Infinity"...)
	case negative:
		dst = append(dst, '-')
	}
	at := func(i int) uint64 { // the digits that count 10000 to the power of weight-i
		if i < 0 || i >= n.count() {
			return 0
		}
		return uint64(n.digit(i))
	}
	if n.weight < 0 {
		dst = append(dst, '0')
	}
	for i := 0; i <= n.weight; i++ {
		if i == 0 {
			dst = strconv.AppendUint(dst, at(0), 10)
		} else {
			dst = appendFour(dst, at(i))
		}
	}
	if n.scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	end := len(dst) + n.scale
	for i := n.weight + 1; len(dst) < end; i++ {
		dst = appendFour(dst, at(i))
	}
	return dst[:end]
}

func appendFour(dst []byte, d uint64) []byte {
	return append(dst, byte('0'+d/1000), byte('0'+d/100%10), byte('0'+d/10%10), byte('0'+d%10))
}
