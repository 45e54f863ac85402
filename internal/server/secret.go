package server

import (
	"fmt"
	"io"
	"log/slog"
)

// secret is a text that does not show itself, whether it is printed, logged,
// marshalled or looked at by reflection: it holds a function and not the text.
type secret struct{ reveal func() string }

func newSecret(text string) secret { return secret{func() string { return text }} }

// text is the secret itself.
func (s secret) text() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// hidden stands for any secret, also for an empty one.
const hidden = "[secret]"

func (s *secret) UnmarshalText(text []byte) error {
	*s = newSecret(string(text))
	return nil
}

func (secret) String() string               { return hidden }
func (secret) GoString() string             { return hidden }
func (secret) Format(f fmt.State, _ rune)   { io.WriteString(f, hidden) }
func (secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
