package oracle

import (
	"fmt"
)

// moreKinds are the types of columns that kindsOfColumns lacks.
var moreKinds = []kind{
	{"timestamp", []string{"2020-01-01 00:00:00.5", "infinity", "0044-03-15 01:02:03 BC"}, "", comparisons, []string{"text", "date"}},
	{"word", []string{"", `a"b`, "line\nend", "ä€😀"}, "", comparisons, []string{"text"}},
	{"small", []string{"1", "2", "-3"}, "", comparisons, []string{"text", "int"}},
	{"mood[]", []string{"{}", "{low,NULL,high}"}, "", ofArrays, []string{"text"}},
	{"pair[]", []string{"{}", `{"(1,a)",NULL,"(,\"b c\")"}`}, "", nil, []string{"text"}},
	{"bigint[]", []string{"{}", "{9007199254740993,NULL}"}, "", ofArrays, []string{"text"}},
	{"numeric[]", []string{"{1.50,NaN}", "{{1},{2}}"}, "", ofArrays, []string{"text"}},
	{"timestamptz[]", []string{`{"2020-01-01 00:00Z",infinity}`}, "", ofArrays, []string{"text"}},
	{"real", []string{"0.1", "1e20", "NaN"}, "", comparisons, []string{"text"}},
	{"time", []string{"00:00", "23:59:59.999999"}, "", comparisons, []string{"text"}},
	{"nummultirange", []string{"{}", "{[1.50,2.00],(3,)}"}, "", nil, []string{"text"}},
	{"bit(3)", []string{"101"}, "", nil, []string{"text"}},
	{"char(5)", []string{"", "a", "12345"}, "", nil, []string{"text"}},
}

const moreTypes = `CREATE DOMAIN word AS text CHECK (VALUE <> 'forbidden'); CREATE DOMAIN small AS int;`

// keyKinds are the types of keys. Their values are those of the first rows.
var keyKinds = []kind{
	{"int", []string{"0", "1", "2", "3", "5"}, "", comparisons, []string{"text", "bigint"}},
	{"bigint", []string{"0", "1", "2", "3", "5"}, "", comparisons, []string{"text", "numeric"}},
	{"text", []string{"0", "1", "2", "3", "5"}, "", append(patterns, comparisons...), []string{"varchar"}},
	{"amount", []string{"0", "1", "2", "3", "5"}, "", comparisons, []string{"text", "numeric"}},
	{"small", []string{"0", "1", "2", "3", "5"}, "", comparisons, []string{"text"}},
	{"uuid", []string{"00000000-0000-0000-0000-000000000001"}, "", comparisons, []string{"text"}},
}

// keyValue is the value in a key of the kind that has the number n.
func (k *kind) keyValue(n int) string {
	if k.sql == "uuid" {
		return fmt.Sprintf("'00000000-0000-0000-0000-%012d'", n)
	}
	return fmt.Sprintf("'%d'", n)
}
