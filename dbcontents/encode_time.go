package dbcontents

import (
	"encoding/binary"
	"math"
	"strconv"
)

const (
	microsPerSecond = 1_000_000
	microsPerDay    = 24 * 60 * 60 * microsPerSecond
	// epochDays are the days from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
	epochDays = 10957
)

func date(dst, src []byte) []byte {
	if len(src) != 4 {
		return nil
	}
	days := int32(binary.BigEndian.Uint32(src))
	switch days {
	case math.MaxInt32:
		return append(dst, "infinity"...)
	case math.MinInt32:
		return append(dst, "-infinity"...)
	}
	dst, bc := appendDate(dst, int64(days))
	return appendEra(dst, bc)
}

func timestampPlain(dst, src []byte) []byte   { return timestamp(dst, src, ' ', "") }
func timestamptzPlain(dst, src []byte) []byte { return timestamp(dst, src, ' ', "+00") }

func timestampJSON(dst, src []byte) []byte {
	return quoteTimestamp(dst, src, "")
}

func timestamptzJSON(dst, src []byte) []byte {
	return quoteTimestamp(dst, src, "+00:00")
}

func quoteTimestamp(dst, src []byte, zone string) []byte {
	if dst = timestamp(append(dst, '"'), src, 'T', zone); dst == nil {
		return nil
	}
	return append(dst, '"')
}

// timestamp writes microseconds since 2000-01-01 in UTC, the pinned time zone.
func timestamp(dst, src []byte, separator byte, zone string) []byte {
	if len(src) != 8 {
		return nil
	}
	micros := int64(binary.BigEndian.Uint64(src))
	switch micros {
	case math.MaxInt64:
		return append(dst, "infinity"...)
	case math.MinInt64:
		return append(dst, "-infinity"...)
	}
	days, rest := micros/microsPerDay, micros%microsPerDay
	if rest < 0 {
		days, rest = days-1, rest+microsPerDay
	}
	dst, bc := appendDate(dst, days)
	seconds, fraction := uint32(rest/microsPerSecond), uint32(rest%microsPerSecond)
	hours, minutes, seconds := seconds/3600, seconds/60%60, seconds%60
	dst = append2(append(dst, separator), hours)
	dst = append2(append(dst, ':'), minutes)
	dst = append2(append(dst, ':'), seconds)
	if fraction != 0 {
		dst = append4(append2(append(dst, '.'), fraction/10000), fraction%10000)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return appendEra(append(dst, zone...), bc)
}

// appendDate writes a day, counted from 2000-01-01, in the Gregorian calendar;
// bc tells that its year is one before Christ. The arithmetic is "days to
// civil" of https://howardhinnant.github.io/date_algorithms.html.
func appendDate(dst []byte, days int64) (_ []byte, bc bool) {
	z := days + epochDays + 719468 // days since 0000-03-01
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	dayOfEra := z - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / 153 // month, March is 0
	day := dayOfYear - (153*shifted+2)/5 + 1
	year, month := yearOfEra+era*400, shifted+3
	if month > 12 {
		year, month = year+1, month-12
	}
	if year <= 0 {
		year, bc = 1-year, true // there is no year 0
	}
	if year < 10000 {
		dst = append4(dst, uint32(year))
	} else {
		dst = strconv.AppendInt(dst, year, 10)
	}
	dst = append2(append(dst, '-'), uint32(month))
	return append2(append(dst, '-'), uint32(day)), bc
}

func appendEra(dst []byte, bc bool) []byte {
	if bc {
		return append(dst, " BC"...)
	}
	return dst
}
