package server

import (
	"reflect"
	"strings"
)

// A variable is one of the environment, as the tags of settings describe it.
// What is between single quotes in Default and About is code. Readme marks
// those that README lists.
type variable struct {
	Field, Name, Default, About string
	Readme                      bool
}

// variables are all that the server reads itself, in the order of settings.
var variables = describe(reflect.TypeFor[settings]())

func describe(t reflect.Type) []variable {
	var list []variable
	for field := range t.Fields() {
		name, ok := field.Tag.Lookup("env")
		if !ok {
			continue
		}
		v := variable{Field: field.Name, Name: name, Default: field.Tag.Get("shown"), About: field.Tag.Get("about")}
		if byDefault := field.Tag.Get("envDefault"); byDefault != "" {
			v.Default = "'" + byDefault + "'"
		}
		_, v.Readme = field.Tag.Lookup("readme")
		list = append(list, v)
	}
	return list
}

// variableOf is the variable that sets a field, empty if none does.
func variableOf(field string) string {
	for _, v := range variables {
		if v.Field == field {
			return v.Name
		}
	}
	return ""
}

// unquoted is the text for a terminal.
func unquoted(text string) string { return strings.ReplaceAll(text, "'", "") }
