package compile

import (
	"database/sql/driver"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var errNull = errors.New("nothing compares with null; use is")

// textOf is value as PostgreSQL reads it.
func textOf(value any) (string, error) {
	if v := reflect.ValueOf(value); value == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", errNull
	}
	switch v := value.(type) {
	case string:
		return v, nil
	case []byte:
		return `\x` + hex.EncodeToString(v), nil
	case time.Time:
		return v.Format("2006-01-02 15:04:05.999999999Z07:00:00"), nil
	case json.RawMessage:
		if v == nil {
			return "", errNull
		}
		return string(v), nil
	case driver.Valuer: // before its other methods, as it is what is meant for databases
		value, err := v.Value()
		if _, again := value.(driver.Valuer); err == nil && again {
			err = fmt.Errorf("the value of a %T is another driver.Valuer", v)
		}
		if err != nil {
			return "", err
		}
		if text, ok := value.([]byte); ok && utf8.Valid(text) { // JSON, mostly
			return string(text), nil
		}
		return textOf(value)
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		return string(text), err
	case fmt.Stringer:
		return v.String(), nil
	}
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return floatText(v.Float(), v.Type().Bits()), nil
	case reflect.Pointer:
		return textOf(v.Elem().Interface())
	case reflect.Slice, reflect.Array:
		if isBytes(v.Type()) {
			return `\x` + hex.EncodeToString(v.Bytes()), nil
		}
		return arrayText(v)
	}
	return "", fmt.Errorf("a %T has no text that PostgreSQL would read", value)
}

func floatText(f float64, bits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// isBytes reports whether t is []byte, by any name.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isList tells the values that make a list, and not one value, as a []byte does. A slice that is
// a [driver.Valuer] is one all the same: those that drivers have are arrays.
func isList(value any) bool {
	switch value.(type) {
	case nil, encoding.TextMarshaler, fmt.Stringer:
		return false
	}
	t := reflect.TypeOf(value)
	if _, ok := value.(driver.Valuer); ok && t.Kind() == reflect.Array {
		return false
	}
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && !isBytes(t)
}

// arrayText is an array literal. Every element is quoted, so that it is none
// of the words and signs that mean something in a literal.
func arrayText(list reflect.Value) (string, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range list.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		element := list.Index(i).Interface()
		text, err := textOf(element)
		switch {
		case err == errNull:
			b.WriteString("NULL")
		case err != nil:
			return "", err
		case isList(element) && strings.HasPrefix(text, "{"):
			b.WriteString(text)
		default:
			quoteElement(&b, text)
		}
	}
	b.WriteByte('}')
	return b.String(), nil
}

var elementEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

func quoteElement(b *strings.Builder, text string) {
	b.WriteByte('"')
	elementEscapes.WriteString(b, text)
	b.WriteByte('"')
}
