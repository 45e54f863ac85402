package wire

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wireOf is messages as a server sends them.
func wireOf(t testing.TB, messages ...pgproto3.BackendMessage) (stream []byte) {
	for _, m := range messages {
		var err error
		if stream, err = m.Encode(stream); err != nil {
			t.Fatal(err)
		}
	}
	return stream
}

// received is what comes of a stream, a line for each message, and the error at its end. With
// a source, as many rows as possible are taken from it.
func received(r io.Reader, s *source, most int) (messages []string, inPlace int) {
	front := pgproto3.NewFrontend(r, io.Discard)
	if most > 0 {
		front.SetMaxBodyLen(most)
	}
	for {
		if s != nil {
			if values, ok := s.row(); ok {
				messages = append(messages, fmt.Sprintf("%T %q", &pgproto3.DataRow{}, values))
				inPlace++
				continue
			}
		}
		msg, err := front.Receive()
		if err != nil {
			return append(messages, err.Error()), inPlace
		}
		if row, ok := msg.(*pgproto3.DataRow); ok {
			messages = append(messages, fmt.Sprintf("%T %q", msg, row.Values))
		} else {
			messages = append(messages, fmt.Sprintf("%T %v", msg, reflect.ValueOf(msg).Elem().Interface()))
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	row := func(values ...string) *pgproto3.DataRow {
		r := &pgproto3.DataRow{}
		for _, v := range values {
			r.Values = append(r.Values, []byte(v))
		}
		return r
	}
	large := string(bytes.Repeat([]byte("large "), readBuffer/4))
	stream := wireOf(t, &pgproto3.BindComplete{}, row("a", ""), row(), &pgproto3.DataRow{Values: [][]byte{nil, []byte("b")}},
		row(slices.Repeat([]string{"c"}, 1600)...), row(large), row("d"), &pgproto3.NoticeResponse{Message: "e"}, row("f"),
		&pgproto3.CommandComplete{CommandTag: []byte("SELECT 7")}, &pgproto3.ReadyForQuery{TxStatus: 'I'})
	malformed := func(body ...byte) []byte { return append([]byte{'D', 0, 0, 0, byte(4 + len(body))}, body...) }
	for name, tt := range map[string]struct {
		stream  []byte
		most    int
		inPlace int // if all of a read buffer comes at once
	}{
		"a result":                    {stream, 0, 6},
		"cut in a header":             {stream[:len(stream)-3], 0, 6},
		"cut in a row":                {stream[:22], 0, 1},
		"a row that is too long":      {stream, 1000, 3},
		"nothing":                     {nil, 0, 0},
		"a length below itself":       {[]byte{'D', 0, 0, 0, 3, 0, 0}, 0, 0},
		"a negative length":           {[]byte{'D', 255, 255, 255, 255, 0, 0}, 0, 0},
		"the largest length":          {[]byte{'D', 127, 255, 255, 255, 0, 0}, 0, 0},
		"no number of values":         {malformed(0), 0, 0},
		"fewer values than announced": {append(malformed(0, 1), stream...), 0, 0},
		"a value of a negative size":  {append(malformed(0, 1, 255, 255, 255, 254), stream...), 0, 0},
		"a value beyond the row":      {append(malformed(0, 1, 0, 0, 0, 2, 'x'), stream...), 0, 0},
		"bytes behind the last value": {append(malformed(0, 1, 0, 0, 0, 1, 'x', 'y'), stream...), 0, 6},
	} {
		for how, slowly := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader, "by halves": iotest.HalfReader, "with the error": iotest.DataErrReader,
		} {
			want, _ := received(bytes.NewReader(tt.stream), nil, tt.most)
			s := newSource(slowly(bytes.NewReader(tt.stream)), tt.most)
			got, inPlace := received(s, s, tt.most)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s:\n got %.2000q\nwant %.2000q", name, how, got, want)
			}
			if how == "at once" && inPlace != tt.inPlace {
				t.Errorf("%s: %d rows in place, want %d", name, inPlace, tt.inPlace)
			}
		}
	}
}

// FuzzSource compares a source with pgproto3 alone over any bytes, in reads of any size.
func FuzzSource(f *testing.F) {
	f.Add(wireOf(f, &pgproto3.DataRow{Values: [][]byte{[]byte("a"), nil}}, &pgproto3.ReadyForQuery{TxStatus: 'I'}), byte(3), byte(0))
	f.Add([]byte{'D', 0, 0, 0, 10, 0, 1, 255, 255, 255, 254}, byte(7), byte(9))
	f.Fuzz(func(t *testing.T, stream []byte, size, most byte) {
		want, _ := received(bytes.NewReader(stream), nil, 1+int(most)) // as a limit keeps pgproto3 from taking a gigabyte
		s := newSource(&portions{stream, int(size)}, 1+int(most))
		if got, _ := received(s, s, 1+int(most)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// portions are reads of one size; 0 is any.
type portions struct {
	rest []byte
	size int
}

func (p *portions) Read(buf []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	if p.size > 0 {
		buf = buf[:min(len(buf), p.size)]
	}
	n := copy(buf, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
