package dbcontents

// Op is an operator of a [Filter], in the query language's own words:
//
//	eq neq gt gte lt lte isdistinct   comparison
//	in                                one of a list
//	is                                null, not_null, true, false or unknown
//	like ilike                        pattern, with * or % for any text, and _ for any character
//	match imatch                      POSIX regular expression
//	cs cd ov                          contains, is contained, overlaps: arrays, ranges, jsonb
//	sl sr nxr nxl adj                 ranges: left of, right of, not right of, not left of, adjacent
//	fts plfts phfts wfts              full-text search: to_tsquery, plainto_, phraseto_, websearch_to_tsquery
//
// ilike and imatch do not distinguish upper and lower case. After eq, gt, gte,
// lt, lte, like, ilike, match and imatch, "(any)" or "(all)" compares with each
// value of a list; after the full-text operators comes the configuration to
// use, as in "fts(english)".
type Op string
