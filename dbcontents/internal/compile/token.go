package compile

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// A cursor is a position between two rows in the order of pages. A client holds it
// as a token, and may change it as it likes: its values are only ever
// parameters to compare with, and it leads to no row that could not be asked for otherwise.
type cursor struct {
	order  [digestSize]byte // of what its values belong to
	back   bool             // towards the beginning
	values [][]byte         // of the order's keys in the row at the position; nil is null
}

const (
	tokenVersion = 1
	digestSize   = 12
	// maxKeys bounds the values of a token; more than so many keys sort nothing.
	maxKeys = 100
	// maxToken bounds a token, which travels in addresses and headers. The two of a page, with the request's query
	// twice, fit in 4 KB, which is what nginx takes as the header of a response unless it is told
	// otherwise (proxy_buffer_size). Request lines of 8 KB pass everywhere.
	maxToken = 1536
)

// digest tells one table and order from another.
func digest(t *catalog.Table, keys []orderKey) (d [digestSize]byte) {
	sum := sha256.Sum256([]byte(t.Schema + "\x00" + t.Name + "\x00" + orderBy(keys)))
	copy(d[:], sum[:])
	return d
}

// token is c in the form that a client holds. It is empty if that would be too long.
func (c *cursor) token() string {
	size := 2 + digestSize
	for _, v := range c.values {
		size += 1 + len(v) // at least
	}
	if base64.RawURLEncoding.EncodedLen(size) > maxToken {
		return ""
	}
	text := append([]byte{tokenVersion, shapeBool(c.back)}, c.order[:]...)
	for _, v := range c.values {
		if v == nil {
			text = append(text, 0)
			continue
		}
		text = binary.AppendUvarint(text, uint64(len(v))+1)
		text = append(text, v...)
	}
	if base64.RawURLEncoding.EncodedLen(len(text)) > maxToken {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseToken reads what token has written; ok is false if it did not.
func parseToken(token string) (c *cursor, ok bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") || len(text) < 2+digestSize || text[0] != tokenVersion {
		return nil, false
	}
	c = &cursor{back: text[1] == shapeBool(true)}
	if text[1] != shapeBool(c.back) {
		return nil, false
	}
	copy(c.order[:], text[2:])
	for text = text[2+digestSize:]; len(text) > 0; {
		n, size := binary.Uvarint(text)
		if size <= 0 || n > uint64(len(text)-size)+1 || len(c.values) == maxKeys {
			return nil, false
		}
		text = text[size:]
		if n == 0 {
			c.values = append(c.values, nil)
			continue
		}
		c.values = append(c.values, text[:n-1:n-1])
		text = text[n-1:]
	}
	return c, true
}

// params appends the values of c's parameters.
func (c *cursor) params(dst [][]byte) [][]byte {
	if c == nil {
		return dst
	}
	for _, v := range c.values {
		if v != nil {
			dst = append(dst, v)
		}
	}
	return dst
}

// parseAfter is what a token says, nil for an empty one.
func parseAfter(token string) (*cursor, error) {
	if token == "" {
		return nil, nil
	}
	c, ok := parseToken(token)
	if !ok {
		return nil, refuse("page_token_invalid", "the token is not one that this package has given")
	}
	return c, nil
}

// shape appends what of c decides the SQL.
func (c *cursor) shape(dst []byte) []byte {
	if c == nil {
		return dst
	}
	dst = append(dst, 'c', shapeBool(c.back))
	for _, v := range c.values {
		dst = append(dst, shapeBool(v == nil))
	}
	return append(dst, 0)
}
