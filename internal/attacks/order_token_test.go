package attacks

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// tokenWith is a page token with another value for its first key.
func tokenWith(t *testing.T, token, value string) string {
	t.Helper()
	const head = 2 + 12 // version, direction, digest
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) < head {
		t.Fatalf("no token: %q %v", token, err)
	}
	n, size := binary.Uvarint(text[head:])
	rest := text[head+size+int(n)-1:]
	forged := binary.AppendUvarint(text[:head:head], uint64(len(value))+1)
	return base64.RawURLEncoding.EncodeToString(append(append(forged, value...), rest...))
}

func isCode(err error, code string) bool {
	var e *dbcontents.Error
	return errors.As(err, &e) && e.Code == code
}
