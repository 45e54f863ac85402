package compile

import (
	"errors"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// pairOf embeds the row of pairs to which the id of a book leads.
func pairOf(alias string, fields ...Field) Field {
	via := &catalog.Relationship{Cardinality: catalog.ManyToOne, Target: catalog.Name{Schema: "public", Name: "pairs"}, Pairs: [][2]string{{"id", "a"}}}
	return Field{Alias: alias, Embed: &Embed{Table: "pairs", Via: via, Of: pairs, Select: fields}}
}

// A join that fails is not taken for one that was made, wherever it was tried first.
func TestJoinThatFails(t *testing.T) {
	t.Parallel()
	spread := pairOf("", Field{Column: "a", Aggregate: "sum"})
	spread.Embed.Spread = true
	spread.Embed.Where = Where(Field{Column: "nosuch"}, "eq", "1")
	q := Query{Select: []Field{spread}, Order: []Order{{Column: "title"}}}
	if err := q.Check(true); err != nil {
		t.Fatal(err)
	}
	_, err := compiledFor(books, &q)
	if f := (*diagnosis.Finding)(nil); !errors.As(err, &f) || f.Code != "column_unknown" || f.Detail != "column pairs.nosuch does not exist" {
		t.Errorf("%v", err)
	}
}
