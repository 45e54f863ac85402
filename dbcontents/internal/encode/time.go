package encode

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
	year, month, day := civil(int64(days))
	dst = append2(append(appendYear(dst, year), '-'), month)
	dst = append2(append(dst, '-'), day)
	return appendEra(dst, year)
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
	year, month, day := civil(days)
	seconds, fraction := uint32(rest/microsPerSecond), uint32(rest%microsPerSecond)
	text := [fractionEnd]byte{yearEnd: '-', monthEnd: '-', dayEnd: separator, hourEnd: ':', minuteEnd: ':', secondEnd: '.'}
	put2(&text, yearEnd+1, month)
	put2(&text, monthEnd+1, day)
	put2(&text, dayEnd+1, seconds/3600)
	put2(&text, hourEnd+1, seconds/60%60)
	put2(&text, minuteEnd+1, seconds%60)
	end := secondEnd
	if fraction != 0 {
		put2(&text, secondEnd+1, fraction/10000)
		put2(&text, secondEnd+3, fraction/100%100)
		put2(&text, secondEnd+5, fraction%100)
		for end = fractionEnd; text[end-1] == '0'; {
			end--
		}
	}
	dst = append(appendYear(dst, year), text[:end]...)
	return appendEra(append(dst, zone...), year)
}

// Where the parts of a time end, after the year.
const (
	yearEnd     = 0
	monthEnd    = yearEnd + 3
	dayEnd      = monthEnd + 3
	hourEnd     = dayEnd + 3
	minuteEnd   = hourEnd + 3
	secondEnd   = minuteEnd + 3
	fractionEnd = secondEnd + 7
)

func put2(text *[fractionEnd]byte, at int, n uint32) {
	text[at], text[at+1] = pairs[2*n], pairs[2*n+1]
}

// civil gives the date of a day, counted from 2000-01-01, in the Gregorian
// calendar, with a year 0. The arithmetic is that of C. Neri and L. Schneider,
// "Euclidean affine functions and their application to calendar algorithms"
// (https://doi.org/10.1002/spe.3172), moved so far that no int32 is before its first day.
func civil(days int64) (year int64, month, day uint32) {
	const (
		eras     = 14704 // of 400 years
		eraDays  = 146097
		firstDay = 719468 // days from 0000-03-01 to 1970-01-01
	)
	n := 4*uint64(days+epochDays+firstDay+eras*eraDays) + 3
	century, dayOfCentury := n/eraDays, uint32(n%eraDays/4)
	product := 2939745 * uint64(4*dayOfCentury+3)
	yearOfCentury, dayOfYear := product>>32, uint32(product)/2939745/4 // a year begins in March
	m := 2141*dayOfYear + 197913
	year, month, day = int64(100*century+yearOfCentury)-400*eras, m>>16, m&0xffff/2141+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

// appendYear writes a year as PostgreSQL does, which has no year 0.
func appendYear(dst []byte, year int64) []byte {
	if year <= 0 {
		year = 1 - year
	}
	if year < 10000 {
		return append4(dst, uint32(year))
	}
	return strconv.AppendInt(dst, year, 10)
}

func appendEra(dst []byte, year int64) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}
