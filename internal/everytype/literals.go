package everytype

import (
	"fmt"
	"strings"
)

// literals are the values under test, as texts that the type's input function
// accepts. The key is the type: "int4", or "schema.type" outside pg_catalog.
// For types without an entry, insertValues finds values.
var literals = map[string][]string{
	"bool":   {"t", "f"},
	"int2":   {"-32768", "-1", "0", "1", "32767"},
	"int4":   {"-2147483648", "-1", "0", "10", "2147483647"},
	"int8":   {"-9223372036854775808", "-9007199254740993", "0", "9007199254740993", "9223372036854775807"},
	"float4": awkwardFloats("3.4028235e38", "1.1754944e-38", "1e-45", "16777217", "999999.94"),
	"float8": awkwardFloats("1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "9007199254740993", "123456789.12345679"),
	"numeric": {
		"0", "-0", "0.0000", "1", "-1", "1.50", "-1.50", "10000", "9999", "99990000", "100000000.00010000", "0.1", "0.0001",
		"0.00001", "-0.00000000000000000001", "1e-16383", "1e400", "-1e131071", "9007199254740993", "1.10", "NaN",
		"Infinity", "-Infinity", "123456789012345678901234567890.123456789012345678901234567890",
		"-" + strings.Repeat("9", 131072), strings.Repeat("1", 131072) + "." + strings.Repeat("20", 8191), "0." + strings.Repeat("7", 16383),
	},
	"money": {"0", "-0.01", "1234.5", "-92233720368547758.08", "92233720368547758.07"},

	"date": {
		"4714-11-24 BC", "4713-01-01 BC", "0044-03-15 BC", "0001-12-31 BC", "0001-01-01", "1582-10-15", "1899-12-31", "1900-02-28",
		"1969-12-31", "1999-12-31", "2000-01-01", "2000-02-29", "2100-03-01", "9999-12-31", "10000-01-01", "5874897-12-31", "infinity", "-infinity",
	},
	"timestamp":   awkwardTimes(""),
	"timestamptz": awkwardTimes("+05:30"),
	"time":        {"00:00", "24:00", "23:59:59.999999", "01:02:03.1", "01:02:03.000001"},
	"timetz":      {"00:00+00", "24:00+15:59", "00:00-15:59", "04:05:06.789-08", "12:00:00+05:30:15"},
	"interval": {
		"0", "1 mon", "-1 mon +2 days", "-1 year -2 mons +3 days -04:05:06.789", "178000000 years", "-178000000 years", "1 microsecond",
		"-1 microsecond", "2562047788 hours", "1 year 1 second", "-1 day",
	},

	"text":    append(awkwardTexts, strings.Repeat("long \"\\\n\u2028😀 ", 1<<20/16)),
	"varchar": awkwardTexts,
	"bpchar":  append(awkwardTexts, "padded    "),
	"name":    {"", "a b", `qu"o\te`, "pg_class", strings.Repeat("é", 31), strings.Repeat("x", 63)},
	"char":    {"", "a", `"`, `\\`, " ", ",", "\n", "\x01", "\x7f", `\200`, `\377`},
	"bytea":   {`\x`, `\x00`, allBytes(), `\xdeadBEEF`, `a\\b\000c`},
	"uuid":    {"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff", "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
	"json": append(awkwardJSON, `{"a":1,"a":2}`, "\n\t{ \"b\" :\r\n[ ]}  \n", `"\u0000"`, `"\ud800"`, `1E5`, `-0`, `-0.0`, `1.50`,
		"{\"a\": \"x\",\n\n\"a\u2028\": null}"),
	"jsonb": append(awkwardJSON, `{"b":1,"a":2,"b":3}`, `{"😀":"\ud83d\ude00\u00e9\/\u001f"}`),
	"xml":   {"", "<a>b</a>", `<?xml version="1.0" encoding="UTF-8"?><a x="1">é</a>`, "text &amp; <b/>\n", "<!-- c --><a><![CDATA[<]]></a>"},
	"jsonpath": {
		"$", `$.a[*] ? (@."b c" > 1)`, `strict $."x\"y\\"`, `$.t ? (@ like_regex "^a\\n" flag "i")`, `$."😀".datetime("HH24:MI")`,
	},

	"bit":     {"", "0", "1", "10101010101"},
	"varbit":  {"", "0", "1111111100000000"},
	"inet":    {"::1", "192.168.0.1/24", "10.0.0.1/32", "::ffff:1.2.3.4/96", "2001:db8::/32", "0.0.0.0/0"},
	"cidr":    {"::1/128", "192.168.0.0/24", "10.0.0.1/32", "::/0", "2001:db8::/32"},
	"macaddr": {"08:00:2b:01:02:03", "ff-ff-ff-ff-ff-ff"}, "macaddr8": {"08:00:2b:01:02:03:04:05", "00:00:00:00:00:00"},

	"point": {"(0,-0)", "(1e300,1e23)", "(NaN,Infinity)", "(0.1,-1e-7)"},
	"line":  {"{1,-1,0}", "{0,0.1,1e23}"}, "lseg": {"[(0,0),(1e23,-0)]"}, "box": {"(1,2),(3,4)", "(0.1,1e23),(-Infinity,NaN)"},
	"path": {"[(0,0),(1,1e23)]", "((0,0),(0.1,1))"}, "polygon": {"((0,0),(0.1,1),(1e23,-1))"}, "circle": {"<(1e23,-0),0.1>", "<(0,0),Infinity>"},

	"tsvector": {"", `'a':1A 'it''s':2,3B '\\':16383`, `'qu"ote' '😀':5`}, "tsquery": {"", `!'a' & ('b' | 'c':*AB) <2> 'it''s'`, `'qu"ote' & '\\'`},

	"oid": {"0", "4294967295"}, "xid": {"0", "4294967295"}, "cid": {"0", "4294967295"}, "xid8": {"0", "18446744073709551615"},
	"tid": {"(0,0)", "(4294967295,65535)"}, "pg_lsn": {"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"},
	"pg_snapshot": {"1:1:", "10:20:10,14,15"}, "txid_snapshot": {"1:1:", "10:20:10,14,15"}, "refcursor": {"", `cur"sor`},
	"aclitem":    {"pg_monitor=arwdDxt/pg_monitor", "=r*/pg_monitor"},
	"int2vector": {"", "1 -2 32767"}, "oidvector": {"", "0 4294967295"},
	"_int2vector": {"{}", `{"1 2",NULL,""}`}, "_oidvector": {"{}", `{"1 2",NULL,""}`},
	"regproc": {"-", "now", "4294967295", `public."odd ""name"`}, "regprocedure": {"-", "now()", "4294967295", `public."odd ""name"(text,"odd ""type"[])`},
	"regoper": {"0", "||/", "4294967295"}, "regoperator": {"0", "+(integer,integer)", "!~~(text,text)", "4294967295"},
	"regclass": {"-", "pg_class", "4294967295", `public."odd ""table ä"`}, "regtype": {"-", "int4", `"char"`, "timestamptz[]", `"odd ""type"[]`, "4294967295"},
	"regconfig": {"-", "english", "4294967295"}, "regdictionary": {"-", "simple"}, "regnamespace": {"-", "pg_catalog", `"odd ""schema"`},
	"regrole": {"-", "pg_monitor", "4294967295"}, "regcollation": {"-", `"C"`, "4294967295"},

	"int4range":      {"empty", "(,)", "[1,10)", "(,5]", "[-2147483648,2147483646]"},
	"int8range":      {"empty", "(,)", "[9007199254740993,9223372036854775806]"},
	"numrange":       {"empty", "(,)", "[1.50,2.00]", "(-Infinity,Infinity)", "[1e400,NaN]", "(0.0,1]"},
	"daterange":      {"empty", "[2000-01-01,infinity)", "(,0044-03-15 BC]", "[10000-01-01,10000-01-03]"},
	"tsrange":        {"empty", `["2000-01-01 12:00:00.5","infinity"]`, `(,"0044-03-15 01:02:03 BC")`},
	"tstzrange":      {"empty", `["2000-01-01 12:00:00.5+05:30","infinity"]`, `(,"294276-12-31 23:59:59Z")`},
	"int4multirange": {"{}", "{(,)}", "{[1,3),[5,9)}"}, "int8multirange": {"{}", "{[1,9223372036854775806]}"},
	"nummultirange": {"{}", "{[1.50,2.00],(3,)}"}, "datemultirange": {"{}", "{(,0044-03-15 BC],[2000-01-01,infinity)}"},
	"tsmultirange": {"{}", `{["2000-01-01","2000-01-02"),["2001-01-01","infinity"]}`}, "tstzmultirange": {"{}", `{(,"2000-01-01 00:00:00-08")}`},

	"information_schema.cardinal_number": {"0", "2147483647"}, "information_schema.character_data": {"", `a"b`},
	"information_schema.sql_identifier": {"a b"}, "information_schema.time_stamp": {"2000-01-01 12:00+05:30"}, "information_schema.yes_or_no": {"YES"},

	"public.positive": {"1", "2147483647"}, "public.twice": {"7"}, "public.price": {"1.5", "-0.001"}, "public.word": awkwardTexts, "public.feeling": {"so so", `ha"ppy`},
	"public.document": awkwardJSON, "public.documentb": awkwardJSON, "public.moment": awkwardTimes("-08"),
	"public.numbers": {"{}", "{1,NULL}", "{{1},{2}}"}, "public.words": {"{}", `{"",NULL,"a\"b"}`}, "public.period": {"empty", "[2000-01-01,infinity)"},
	"public._numbers": {"{}", `{"{1,2}",NULL,"{}"}`}, "public._words": {"{}", `{"{\"a,b\",NULL}"}`},
	"public.pair": {"(1,text)", "(,)", `(-1,"a""b\\\n")`, `(0,"")`}, "public.couple": {"(1,text)", "(2,)"}, "public.nothing": {"()"}, "public.castpair": {"(1,2)"},
	"public.nested": {
		"(,,,,,,,,,,,)", `("(1,""a b"")","{""(2,)"",NULL,""(,\\""q\\"")""}","()","{""a"" : 1, ""a"":2}","{""b"":1.50}",infinity,"0044-03-15 01:02:03 BC",1e23,1.5,"\\xff","ha""ppy",3)`,
	},
	"public.shrunk":     {"(1,was here,2)", "(,,)"},
	"public.floatrange": {"empty", "[-0,1e23)", "(-Infinity,NaN]", "(,)"}, "public.textrange": {"empty", `["", "a""b"]`, `("é,",)`}, "public.span": {"[1,2]", "(,)", "empty"},
	"public.floatmultirange": {"{}", "{[-0,1e23),(1e24,)}"}, "public.textmultirange": {`{["","a""b"],("é,",)}`}, "public.spans": {"{}", "{[1,2),[5,9)}"},
	"public.shout": {"", `a "b"`, "line\nend"}, "public.mumble": {"", `{"a":1}`, `a "b"`}, "public.spot": {"(1,2)"}, "public.paint": {"red", "green"}, "public.varnish": {"green"},

	"public.hstore": {"", `a=>1, "b \"c"=>NULL, "😀"=>"1e400"`, `n=>"1.0", t=>"true"`}, "public.citext": awkwardTexts, "public.cube": {"(1)", "(1,2),(3,1e23)", "()"},
	"public.ltree": {"", "Top.Science.Étoile"}, "public.lquery": {"*.a@*.!b{1,2}", "a|b"}, "public.ltxtquery": {"a@ & !(b | c)", "Top*"},
}

// literalsSince are literals that servers before that version reject.
var literalsSince = map[int]map[string][]string{
	170000: {"interval": {"infinity", "-infinity"}},
}

// modified are types with a modifier, such as a length.
var modified = map[string][]string{
	"character(5)":       {"", "a", "ä\n", "12345"},
	"character(3)[]":     {"{a,NULL}"},
	"varchar(3)":         {"", "a  "},
	"numeric(10,2)":      {"0", "1.505", "-99999999.99"},
	"numeric(1000,500)":  {"0", "1e499", "1e-500"},
	"timestamp(0)":       {"2000-01-01 12:00:00.5"},
	"timestamptz(3)":     {"2000-01-01 12:00:00.123456"},
	"time(1)":            {"23:59:59.99"},
	"interval day":       {"1 mon 2 days 03:04:05"},
	"interval second(2)": {"1 mon 2 days 03:04:05.678"},
	"bit(3)":             {"101"},
	"varbit(4)[]":        {`{"",1010,NULL}`},
}

func awkwardFloats(special ...string) []string {
	return append(special, "0", "-0", "1", "-1", "0.1", "-0.3", "1e5", "999999", "1e6", "1000001", "1e14", "123456789012345", "999999999999999",
		"1e15", "1.5e15", "1e16", "1e20", "1e22", "1e23", "5e22", "0.001", "0.0001", "0.00012345", "0.00009999", "1e-5", "1.5e-7", "1e-10", "NaN", "Infinity", "-Infinity")
}

func awkwardTimes(zone string) []string {
	var all []string
	for _, day := range []string{"1582-10-15", "1969-12-31", "1999-12-31", "2000-01-01", "2001-02-28", "9999-12-31", "10000-01-01"} {
		for _, clock := range []string{"00:00:00", "12:34:56.1", "23:59:59.999999", "00:00:00.000001", "01:00:00.120"} {
			all = append(all, day+" "+clock+zone)
		}
	}
	return append(all, "4713-01-01 12:00:00"+zone+" BC", "0044-03-15 01:02:03.4"+zone+" BC", "0001-12-31 23:59:59.999999"+zone+" BC", "0001-01-01 00:00:00"+zone,
		"4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "infinity", "-infinity")
}

var awkwardTexts = []string{
	"", " ", "null", "NULL", "a,b", `"`, `""`, `\`, `\\`, `\n`, `\.`, "'", "\n", "\r", "\r\n", "\t", "a\r\nb", "line\nend\n", controls(),
	"\u0080\u0085\u00a0\u00ff", "\u2028\u2029", "\ufeffbom", "\ufffd\uffff", "\U0010ffff", "😀👩‍👩‍👧‍👦", "مرحبا \u202eabc", "é e\u0301", "</script>&lt;", "=1+1",
	"%s %d", `{"a": 1}`, "[1,2]", "{1,2}", "1e400", " lead and trail ", "12345678\"", "1234567\\89abcdef\n", strings.Repeat("ä\"", 100),
}

var awkwardJSON = []string{
	"null", "true", `""`, "{}", "[]", "0", "1.50", "9007199254740993", "1e400", "-1e-400", `{"a" : [1, {"b": null}], "": ""}`, `"\"\\\/\b\f\n\r\t"`,
	`"\u001f"`, "\"\u2028😀\"", `"</script>"`, strings.Repeat("[", 1000) + strings.Repeat("]", 1000), strings.Repeat(`{"k":`, 500) + "1" + strings.Repeat("}", 500),
}

// controls are all control characters that text can contain.
func controls() string {
	var b strings.Builder
	for c := range rune(0x20) {
		if c != 0 {
			b.WriteRune(c)
		}
	}
	return b.String() + "\x7f"
}

func allBytes() string {
	var b strings.Builder
	for c := range 256 {
		fmt.Fprintf(&b, "%02x", c)
	}
	return `\x` + b.String()
}
