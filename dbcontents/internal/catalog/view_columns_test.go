package catalog

import (
	"slices"
	"strings"
	"testing"
)

// trees are queries as PostgreSQL keeps them, shortened.
var trees = map[string]struct {
	tree string
	want []origin
}{
	"PostgreSQL 15": {
		`({QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :hasAggs false :cteList <> :rtable ({RTE :alias {ALIAS :aliasname old :colnames <>} :eref {ALIAS :aliasname old :colnames ("id" "a\ \{b")} :rtekind 1 :subquery {QUERY :commandType 1 :targetList ({TARGETENTRY :expr {VAR :varno 1} :resno 1 :resname inner :ressortgroupref 0 :resorigtbl 7 :resorigcol 7 :resjunk false}) :override 0} :selectedCols (b 8 9)}) :jointree {FROMEXPR :fromlist ({RANGETBLREF :rtindex 3}) :quals <>} :targetList ({TARGETENTRY :expr {VAR :varno 3 :varattno 1 :location 7} :resno 1 :resname id :ressortgroupref 0 :resorigtbl 16385 :resorigcol 1 :resjunk false} {TARGETENTRY :expr {CONST :consttype 23 :constisnull false :location 11 :constvalue 4 [ 1 0 0 0 ]} :resno 2 :resname :odd :ressortgroupref 0 :resorigtbl 0 :resorigcol 0 :resjunk false} {TARGETENTRY :expr {VAR :varno 3} :resno 3 :resname a\ \{b :ressortgroupref 1 :resorigtbl 4294967295 :resorigcol 2 :resjunk true}) :override 0 :onConflict <> :returningList <>})`,
		[]origin{{16385, 1}, {}},
	},
	"PostgreSQL 18": {
		"({QUERY \n   :commandType 1 \n   :querySource 0 \n   :canSetTag true \n   :hasGroupRTE true \n   :rtable (\n      {RANGETBLENTRY \n      :alias <> \n      :eref \n         {ALIAS \n         :aliasname t \n         :colnames (\"id\" \"n\")\n         }\n      :rtekind 0 \n      }\n   )\n   :rteperminfos (\n      {RTEPERMISSIONINFO \n      :relid 16390 \n      :selectedCols (b 8)\n      }\n   )\n   :jointree \n      {FROMEXPR \n      :fromlist <> \n      :quals <>\n      }\n   :mergeActionList <> \n   :targetList (\n      {TARGETENTRY \n      :expr \n         {VAR \n         :varno 1 \n         :varnullingrels (b)\n         :varreturningtype 0 \n         }\n      :resno 1 \n      :resname id \n      :ressortgroupref 0 \n      :resorigtbl 16390 \n      :resorigcol 1 \n      :resjunk false\n      }\n   )\n   :override 0 \n   })",
		[]origin{{16390, 1}},
	},
	"fields in another order": {
		`({QUERY :targetList ({TARGETENTRY :resjunk false :resorigcol 4 :resorigtbl 3 :expr {VAR} :resno 2} {TARGETENTRY :resno 1 :resorigtbl 3 :resorigcol 5})})`,
		[]origin{{3, 5}, {3, 4}},
	},
	"a system column":        {`({QUERY :targetList ({TARGETENTRY :resno 1 :resorigtbl 3 :resorigcol -1})})`, []origin{{3, -1}}},
	"no targets":             {`({QUERY :targetList <> :x 1})`, nil},
	"nothing":                {``, nil},
	"<>":                     {`<>`, nil},
	"not a query":            {`({SOMETHING :targetList ({TARGETENTRY :resno 1})})`, nil},
	"another node":           {`({QUERY :targetList ({VAR :resno 1})})`, nil},
	"a number out of bounds": {`({QUERY :targetList ({TARGETENTRY :resno 1665 :resorigtbl 1 :resorigcol 1})})`, nil},
	"no number":              {`({QUERY :targetList ({TARGETENTRY :resno x :resorigtbl 1 :resorigcol 1})})`, nil},
	"cut off":                {`({QUERY :targetList ({TARGETENTRY :resno`, nil},
}

func TestViewColumns(t *testing.T) {
	t.Parallel()
	for name, c := range trees {
		if got := viewColumns(c.tree); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// FuzzViewColumns: whatever the text, reading it ends, with no more columns than a
// view can have.
func FuzzViewColumns(f *testing.F) {
	for _, c := range trees {
		f.Add(c.tree)
	}
	f.Add(strings.Repeat("({", 1000))
	f.Add(`({QUERY :targetList ({TARGETENTRY :resname \`)
	f.Fuzz(func(t *testing.T, tree string) {
		if columns := viewColumns(tree); len(columns) > maxColumns {
			t.Errorf("%d columns", len(columns))
		}
	})
}
