package arrow

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jackc/pgx/v5/pgtype"
)

// PostgreSQL counts from 2000-01-01, Arrow from 1970-01-01.
const (
	epochDays   = 10957
	epochMicros = epochDays * 24 * 60 * 60 * 1_000_000
)

// Arrow has no infinities. PostgreSQL's -infinity, the least number of its type, becomes one more: that is
// what DuckDB takes for it, and the least one is no time at all for pandas.

// timeKind is the kind of a date, a time or an interval.
func timeKind(oid uint32) (k kind, ok bool) {
	switch oid {
	case pgtype.DateOID:
		return fixed(arrow.FixedWidthTypes.Date32, 4, func(b *array.Date32Builder, src []byte) string {
			days := int32Of(src)
			switch days {
			case math.MaxInt32: // infinity stays
			case math.MinInt32:
				days = -math.MaxInt32
			default:
				days += epochDays // the last date of PostgreSQL is far below the end of the type
			}
			b.Append(arrow.Date32(days))
			return ""
		}), true
	case pgtype.TimeOID:
		return fixed(arrow.FixedWidthTypes.Time64us, 8, func(b *array.Time64Builder, src []byte) string { b.Append(arrow.Time64(int64Of(src))); return "" }), true
	case pgtype.TimestampOID:
		return timestampKind(&arrow.TimestampType{Unit: arrow.Microsecond}), true
	case pgtype.TimestamptzOID:
		return timestampKind(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}), true
	case pgtype.IntervalOID:
		return fixed(arrow.FixedWidthTypes.MonthDayNanoInterval, 16, func(b *array.MonthDayNanoIntervalBuilder, src []byte) string {
			micros := int64Of(src)
			if micros > math.MaxInt64/1000 || micros < math.MinInt64/1000 {
				return "an interval of more than 292 years in hours"
			}
			b.Append(arrow.MonthDayNanoInterval{Months: int32Of(src[12:]), Days: int32Of(src[8:]), Nanoseconds: micros * 1000})
			return ""
		}), true
	}
	return k, false
}

func timestampKind(of *arrow.TimestampType) kind {
	return fixed(of, 8, func(b *array.TimestampBuilder, src []byte) string {
		micros := int64Of(src)
		switch {
		case micros == math.MaxInt64: // infinity stays
		case micros == math.MinInt64:
			micros = -math.MaxInt64
		case micros > math.MaxInt64-epochMicros:
			return "a timestamp after the year 294246"
		default:
			micros += epochMicros
		}
		b.Append(arrow.Timestamp(micros))
		return ""
	})
}
