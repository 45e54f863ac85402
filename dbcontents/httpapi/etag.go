package httpapi

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"net/http"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/negotiate"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendTag appends a weak entity tag for a response. It covers the body, the
// other headers, and the media type and schema, because the same bytes in another
// type are another representation. The tag is two CRC-32 sums with different
// polynomials, which processors have instructions for: computing it costs less
// than sending the body.
func appendTag(b []byte, contentType, profile string, body, headers []byte) []byte {
	var buffer [256]byte
	// A zero byte, which none of the parts contains, separates them.
	kind := append(append(append(append(buffer[:0], contentType...), 0), profile...), 0)
	var one, two uint32
	for _, part := range [...][]byte{kind, body, {0}, headers} {
		one = crc32.Update(one, castagnoli, part)
		two = crc32.Update(two, crc32.IEEETable, part)
	}
	return appendSums(b, one, two)
}

// appendSums appends the tag that two sums make.
func appendSums(b []byte, one, two uint32) []byte {
	var sum [8]byte
	binary.BigEndian.PutUint32(sum[:], one)
	binary.BigEndian.PutUint32(sum[4:], two)
	return append(hex.AppendEncode(append(b, `W/"`...), sum[:]), '"')
}

// unchanged reports whether the client already has the response with this tag.
func unchanged(header http.Header, tag string) bool {
	for _, line := range header["If-None-Match"] {
		for known := range negotiate.List(line) {
			known = strings.Trim(known, " \t")
			if known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}
