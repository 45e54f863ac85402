package openapi

// A part is a component that is the same in every document.
type part struct{ name, json string }

const infoText = `Rows of tables and views, and results of functions, in the query language of PostgREST. ` +
	`All operations read; HEAD gives the headers of GET. ` +
	`The parameters of the URL that are not listed by name are filters: a column, and as the value an operator, a dot and a value, such as id=gte.10. ` +
	`The parameter filters stands for all of them. ` +
	`A schema describes a row with all columns. With select a row has the members that were selected instead, among them rows of related tables: x-related lists what to write for these. ` +
	`Dates and times that RFC 3339 cannot write (infinity, before the year 1, after the year 9999) are as PostgreSQL writes them.`

const numbersText = "\n\nThis document is for requests with the header Accept: application/json;numbers=string, whose responses have bigint and numeric as strings."

const externalDocs = `{"description":"The query language","url":"https://github.com/dbcontents/dbcontents-go/blob/main/docs/postgrest.md"}`

// reserved are the parameters of a URL that are never arguments of a function.
var reserved = []string{"select", "order", "limit", "offset", "and", "or", "columns", "on_conflict", "format"}

var fixedSchemas = []part{
	{"double", `{"anyOf":[{"type":"number","format":"double"},{"type":"string","enum":["NaN","Infinity","-Infinity"]}]}`},
	{"filter", `{"type":"string","pattern":"` + filterPattern + `","description":"An operator, a dot and a value: gte.10, in.(1,2), is.null, not.like.a*.","examples":["eq.1"]}`},
	{"float", `{"anyOf":[{"type":"number","format":"float"},{"type":"string","enum":["NaN","Infinity","-Infinity"]}]}`},
	{"numeric", `{"anyOf":[{"type":"number","format":"double"},{"type":"string","enum":["NaN","Infinity","-Infinity"]}],"description":"A number with all its digits, which can be more than a double has."}`},
	{"problem", `{"type":"object","properties":{` +
		`"type":{"type":"string","format":"uri","description":"Where the cause is explained."},` +
		`"title":{"type":"string"},"status":{"type":"integer","format":"int32"},"detail":{"type":"string"},` +
		`"cause":{"type":"string","description":"The stable name of what went wrong."},"request_id":{"type":"string"},` +
		`"code":{"type":"string","description":"The code of PostgREST or the SQLSTATE."},` +
		`"message":{"type":"string"},"details":{"description":"What else there is to say: text, JSON or null."},"hint":{"type":"string","description":"What to do."}},` +
		`"required":["type","title","status","cause","request_id","code","message","details","hint"],` +
		`"description":"An error as RFC 9457 has it, with the members of PostgREST."}`},
}

// filterPattern is for all operators, as JSON.
const filterPattern = `^(not\\.)?(eq|neq|gt|gte|lt|lte|like|ilike|match|imatch|in|is|isdistinct|fts|plfts|phfts|wfts|cs|cd|ov|sl|sr|nxr|nxl|adj)(\\([^)]*\\))?\\.`

var fixedParameters = []part{
	{"after", `{"name":"after","in":"query","schema":{"type":"string"},"description":"The token of a page, as the header Link has it."}`},
	{"and", `{"name":"and","in":"query","schema":{"type":"string"},"description":"Filters that must all match, such as (id.gte.10,or(a.is.null,b.eq.1))."}`},
	{"format", `{"name":"format","in":"query","schema":{"type":"string","enum":["json","ndjson","csv","text","html","binary"]},"description":"The format, instead of the header Accept."}`},
	{"limit", `{"name":"limit","in":"query","schema":{"type":"integer","format":"int64","minimum":0},"description":"The most rows."}`},
	{"offset", `{"name":"offset","in":"query","schema":{"type":"integer","format":"int64","minimum":0},"description":"How many rows to leave out first."}`},
	{"or", `{"name":"or","in":"query","schema":{"type":"string"},"description":"Filters of which one must match, such as (id.lt.10,id.gt.20)."}`},
	{"order", `{"name":"order","in":"query","schema":{"type":"string"},"description":"The sort order: columns, each with .asc or .desc and .nullsfirst or .nullslast if needed."}`},
	{"prefer", `{"name":"Prefer","in":"header","schema":{"type":"string"},"description":"count=exact, count=planned, count=estimated, handling=strict, timezone=, wait= and max-rows=fail."}`},
	{"range", `{"name":"Range","in":"header","schema":{"type":"string","pattern":"^[0-9]+-[0-9]*$"},"description":"The first and the last row, from 0."}`},
	{"select", `{"name":"select","in":"query","schema":{"type":"string"},"description":"Columns, and rows of related tables as x-related of the schema writes them: id,total,customers(name)."}`},
}

const fixedHeaders = `{` +
	`"Content-Range":{"schema":{"type":"string"},"description":"The first and the last row, and how many there are if Prefer asked for it: 0-9/100 or 0-9/*."},` +
	`"Dbcontents-Status":{"schema":{"type":"string"},"description":"complete, or max-rows if the server cut the response. A trailer if it is large."},` +
	`"ETag":{"schema":{"type":"string"},"description":"For If-None-Match."},` +
	`"Link":{"schema":{"type":"string"},"description":"The next and the previous page."},` +
	`"Retry-After":{"schema":{"type":"integer","format":"int32"},"description":"Seconds to wait before trying again."},` +
	`"X-Request-Id":{"schema":{"type":"string"},"description":"The name of the request in the server's log."}}`

const rowsHeaders = `{` +
	`"Content-Range":{"$ref":"#/components/headers/Content-Range"},"Dbcontents-Status":{"$ref":"#/components/headers/Dbcontents-Status"},` +
	`"ETag":{"$ref":"#/components/headers/ETag"},"Link":{"$ref":"#/components/headers/Link"}}`

const problemContent = `"content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/problem"}}}`

var fixedResponses = []part{
	{"failed", `{"description":"500: a value or a view is broken. 503: there is no capacity, or no database. 504: the query took too long.",` +
		`"headers":{"Retry-After":{"$ref":"#/components/headers/Retry-After"},"X-Request-Id":{"$ref":"#/components/headers/X-Request-Id"}},` + problemContent + `}`},
	{"refused", `{"description":"400: the request is wrong. 401: the token is missing or wrong. 403: this may not be read. 404: there is no such thing. 406: no such format or schema, or not one row. 416: no such range.",` +
		`"headers":{"X-Request-Id":{"$ref":"#/components/headers/X-Request-Id"}},` + problemContent + `}`},
	{"unchanged", `{"description":"The client has the response already.","headers":{"ETag":{"$ref":"#/components/headers/ETag"}}}`},
}

// otherResponses are the responses of every operation without rows.
const otherResponses = `"304":{"$ref":"#/components/responses/unchanged"},"4XX":{"$ref":"#/components/responses/refused"},"5XX":{"$ref":"#/components/responses/failed"}`

// documentResponse is the response with this document.
const documentResponse = `{"description":"This document.","content":{"application/openapi+json":{"schema":{"type":"object"}}}}`

// otherContent are the other media types of rows.
const otherContent = `"application/x-ndjson":{"schema":{"type":"string"}},"text/csv":{"schema":{"type":"string"}}`
