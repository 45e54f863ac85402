package dbcontents

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
	for len(s) > 0 && s[0] >= '0' && s[0] <= '9' {
		s = s[1:]
	}
	return s
}

// The signs of a numeric on the wire, see numeric_send in numeric.c.
const (
	numericPositive    = 0x0000
	numericNegative    = 0x4000
	numericNaN         = 0xC000
	numericInfinity    = 0xD000
	numericNegInfinity = 0xF000
)

// numeric writes base-10000 digits with exactly the scale that is stored.
func numeric(dst, src []byte) []byte {
	if len(src) < 8 {
		return nil
	}
	count := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:]))) // of the first digit, as a power of 10000
	scale := int(binary.BigEndian.Uint16(src[6:]))         // decimal digits after the point
	digits := src[8:]
	digit := func(i int) uint16 {
		if i < 0 || i >= count {
			return 0
		}
		return binary.BigEndian.Uint16(digits[2*i:])
	}
	if len(digits) != 2*count || weight > 0 && digit(0) == 0 {
		return nil
	}
	for i := range count {
		if digit(i) > 9999 {
			return nil
		}
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
	if weight < 0 {
		dst = append(dst, '0')
	} else {
		dst = strconv.AppendUint(dst, uint64(digit(0)), 10)
		for i := 1; i <= weight; i++ {
			dst = append4(dst, digit(i))
		}
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		dst = append4(dst, digit(i))
	}
	return dst[:end]
}

// append4 appends n, below 10000, with four digits.
func append4(dst []byte, n uint16) []byte {
	return append(dst, byte('0'+n/1000), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
}
