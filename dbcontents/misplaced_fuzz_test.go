package dbcontents_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/dbcontents/dbcontents-go/internal/pgscript"
)

// A script makes messages of bytes, of which each is a choice.
type script struct{ bytes []byte }

// choose is a number below n.
func (s *script) choose(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

var (
	scriptedTypes  = []uint32{25, 16, 20, 23, 26, 114, 1009, 2249, 3220, 0}
	scriptedValues = []string{"1", "", "t", "f", "one", "0/1", "{}", "{1,2}", `[{"Plan":{}}]`, "00000003-0000001B-1", "public", "test_table", "NaN", "-1", "b", "r"}
	scriptedCodes  = []string{"XX000", "26000", "0A000", "57014", "57P01", "22P02", "42501", "42P01", "25P02", "40001"}
	scriptedStatus = []byte{'I', 'T', 'E', 'x'}
)

// message is the next one.
func (s *script) message() pgproto3.BackendMessage {
	switch s.choose(16) {
	case 0:
		return parseComplete
	case 1:
		d := &pgproto3.ParameterDescription{}
		for range s.choose(4) {
			d.ParameterOIDs = append(d.ParameterOIDs, scriptedTypes[s.choose(len(scriptedTypes))])
		}
		return d
	case 2:
		d := columns(s.choose(26))
		for i := range d.Fields {
			d.Fields[i].DataTypeOID = scriptedTypes[s.choose(len(scriptedTypes))]
			d.Fields[i].Format = int16(s.choose(2))
		}
		return d
	case 3:
		return &pgproto3.NoData{}
	case 4:
		return bindComplete
	case 5:
		d := &pgproto3.DataRow{}
		for range s.choose(26) {
			if n := s.choose(len(scriptedValues) + 1); n == len(scriptedValues) {
				d.Values = append(d.Values, nil)
			} else {
				d.Values = append(d.Values, []byte(scriptedValues[n]))
			}
		}
		return d
	case 6:
		return finished
	case 7:
		return &pgproto3.ReadyForQuery{TxStatus: scriptedStatus[s.choose(len(scriptedStatus))]}
	case 8:
		severity := "ERROR"
		if s.choose(2) == 1 {
			severity = "FATAL"
		}
		return &pgproto3.ErrorResponse{Severity: severity, Code: scriptedCodes[s.choose(len(scriptedCodes))], Message: "x", Position: int32(s.choose(9)), Where: "unnamed portal parameter $1"}
	case 9:
		return &pgproto3.EmptyQueryResponse{}
	case 10:
		return &pgproto3.PortalSuspended{}
	case 11:
		return &pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"}
	case 12:
		return &pgproto3.NoticeResponse{Severity: "NOTICE", Code: "00000", Message: "x"}
	case 13:
		return &pgproto3.CloseComplete{}
	case 14:
		return &pgproto3.NotificationResponse{Channel: "c"}
	default:
		return &pgproto3.CopyOutResponse{}
	}
}

// raw is the whole script, and behind it what is left of the bytes, of which nobody made a message.
func (s *script) raw(t testing.TB) (raw []byte) {
	t.Helper()
	n := s.choose(40)
	for range n {
		raw = append(raw, scripted(t, s.message())...)
	}
	if len(s.bytes) > 0 && s.choose(4) == 0 {
		raw = append(raw, s.bytes...)
	}
	return raw
}

// FuzzServerMessages: whatever a server sends, at any point and to any way to read, nothing panics, and no connection stays
// in use.
func FuzzServerMessages(f *testing.F) {
	for way := range scriptedWays {
		for point := range byte(4) {
			f.Add(byte(way), point, []byte{13, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 4})
			f.Add(byte(way), point, []byte{7, 0, 2, 1, 0, 0, 4, 5, 1, 0, 6, 7, 1})
			f.Add(byte(way), point, []byte{30, 3, 4, 6, 0, 2, 1, 0, 0, 4, 5, 1, 0, 6, 0, 2, 2, 0, 0, 0, 0, 4, 5, 2, 0, 0, 6, 7, 0})
			f.Add(byte(way), point, []byte("\x00\x00D\x00\x00\x00\x0a\x00\x01\xff\xff\xff\xfe"))
		}
	}
	server := pgscript.New(f)
	points := []pgscript.Point{pgscript.Begun, pgscript.Lookup, pgscript.Read, pgscript.Row}
	f.Fuzz(func(t *testing.T, way, point byte, choices []byte) {
		w, at := scriptedWays[int(way)%len(scriptedWays)], points[int(point)%len(points)]
		raw := (&script{choices}).raw(t)
		store := w.open(t, server, at != pgscript.Lookup)
		server.Fail(at, pgscript.Fault{Raw: append([]byte{}, raw...)})
		w.read(context.Background(), store) //nolint:errcheck // any outcome will do
		server.Heal()
		holdsNone(t, store)
	})
}
