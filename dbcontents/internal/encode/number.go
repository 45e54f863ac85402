package encode

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

func int2(dst, src []byte) []byte {
	if len(src) != 2 {
		return nil
	}
	return strconv.AppendInt(dst, int64(int16(binary.BigEndian.Uint16(src))), 10)
}

func int4(dst, src []byte) []byte {
	if len(src) != 4 {
		return nil
	}
	return strconv.AppendInt(dst, int64(int32(binary.BigEndian.Uint32(src))), 10)
}

func int8s(dst, src []byte) []byte {
	if len(src) != 8 {
		return nil
	}
	return strconv.AppendInt(dst, int64(binary.BigEndian.Uint64(src)), 10)
}

// float is for float4 and float8, which are sent as text.
func float(dst, src []byte) []byte {
	if !isFloat(src) {
		return nil
	}
	return append(dst, src...)
}

// floatJSON is float with NaN and the infinities, which are no JSON numbers, as strings.
func floatJSON(dst, src []byte) []byte {
	if !isFloat(src) {
		return nil
	}
	if last := src[len(src)-1]; last > '9' {
		return append(append(append(dst, '"'), src...), '"')
	}
	return append(dst, src...)
}

// isFloat tells whether src is a number in JSON's form, which PostgreSQL's is, or NaN or an infinity.
func isFloat(src []byte) bool {
	switch string(src) {
	case "NaN", "Infinity", "-Infinity":
		return true
	}
	whole := bytes.TrimPrefix(src, []byte("-"))
	rest := skipDigits(whole)
	if len(rest) == len(whole) || whole[0] == '0' && len(whole)-len(rest) > 1 {
		return false
	}
	if len(rest) > 0 && rest[0] == '.' {
		fraction := rest[1:]
		if rest = skipDigits(fraction); len(rest) == len(fraction) {
			return false
		}
	}
	if len(rest) > 0 && rest[0] == 'e' {
		if rest = rest[1:]; len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		return len(rest) > 0 && len(skipDigits(rest)) == 0
	}
	return len(rest) == 0
}

func skipDigits(s []byte) []byte {
	for len(s) >= 8 && allDigits(binary.LittleEndian.Uint64(s)) {
		s = s[8:]
	}
	for len(s) > 0 && s[0] >= '0' && s[0] <= '9' {
		s = s[1:]
	}
	return s
}

// allDigits tells whether eight bytes are digits: 0x30 to 0x39, so that adding 6 keeps the upper half.
func allDigits(w uint64) bool {
	const upper, zeros = 0xF0 * lowBits, '0' * lowBits
	return w&upper == zeros && (w+6*lowBits)&upper == zeros
}

// The signs of a numeric on the wire, see numeric_send in numeric.c.
const (
	numericPositive    = 0x0000
	numericNegative    = 0x4000
	numericNaN         = 0xC000
	numericInfinity    = 0xD000
	numericNegInfinity = 0xF000
)

// numericJSON is numeric with NaN and the infinities, which are no JSON numbers, as strings.
func numericJSON(dst, src []byte) []byte {
	if len(src) >= 8 && src[4] >= numericNaN>>8 {
		if dst = numeric(append(dst, '"'), src); dst == nil {
			return nil
		}
		return append(dst, '"')
	}
	return numeric(dst, src)
}

// numeric writes base-10000 digits with exactly the scale that is stored.
func numeric(dst, src []byte) []byte {
	if len(src) < 8 {
		return nil
	}
	weight := int(int16(binary.BigEndian.Uint16(src[2:]))) // of the first digit, as a power of 10000
	scale := int(binary.BigEndian.Uint16(src[6:]))         // decimal digits after the point
	digits := src[8:]
	if len(digits) != 2*int(binary.BigEndian.Uint16(src)) || weight > 0 && base10000(digits, 0) == 0 {
		return nil
	}
	switch binary.BigEndian.Uint16(src[4:]) {
	case numericPositive:
	case numericNegative:
		dst = append(dst, '-')
	case numericNaN:
		return append(dst, "NaN"...)
	case numericInfinity:
		return append(dst, "Infinity"...)
	case numericNegInfinity:
		return append(dst, "-Infinity"...)
	default:
		return nil
	}
	for i := 0; i < len(digits); i += 2 {
		if binary.BigEndian.Uint16(digits[i:]) > 9999 {
			return nil
		}
	}
	if weight < 0 {
		dst = append(dst, '0')
	} else {
		dst = strconv.AppendUint(dst, uint64(base10000(digits, 0)), 10)
		for i := 1; i <= weight; i++ {
			dst = append4(dst, base10000(digits, i))
		}
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		dst = append4(dst, base10000(digits, i))
	}
	return dst[:end]
}

// base10000 is digit number i; those that are not sent are zeros.
func base10000(digits []byte, i int) uint32 {
	if i < 0 || 2*i >= len(digits) {
		return 0
	}
	return uint32(binary.BigEndian.Uint16(digits[2*i:]))
}

// pairs are the numbers from 0 to 99 with two digits.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// append2 appends n, below 100, with two digits.
func append2(dst []byte, n uint32) []byte {
	return append(dst, pairs[2*n], pairs[2*n+1])
}

// append4 appends n, below 10000, with four digits.
func append4(dst []byte, n uint32) []byte {
	high, low := n/100, n%100
	return append(dst, pairs[2*high], pairs[2*high+1], pairs[2*low], pairs[2*low+1])
}
