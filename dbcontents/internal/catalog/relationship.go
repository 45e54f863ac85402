package catalog

// A Relationship leads from the rows of one relation, its source, to those of another one
// in the same schema, its target.
type Relationship struct {
	Cardinality Cardinality
	Target      Name
	View        bool   // the target is a view or a materialized view
	Constraint  string // of the foreign key; empty without one
	Inverse     bool   // the foreign key is the target's
	// Pairs are the columns that are equal: of the source, and of the target. Of a
	// relationship by a junction it is empty.
	Pairs    [][2]string
	Junction *Junction
	// Function computes the relationship, as SQL writes its name, and FunctionName is the
	// name itself; else both are empty.
	Function, FunctionName string
	// Single tells that the function is no set, so that it gives a row of nulls for none.
	Single bool
}

// A Junction is a relation between two others.
type Junction struct {
	Name
	// SourceConstraint and TargetConstraint are its foreign keys, with their columns: of the
	// junction first, and of the relation that they lead to second.
	SourceConstraint, TargetConstraint string
	SourcePairs, TargetPairs           [][2]string
}

// Cardinality is how many rows of source and target belong together.
type Cardinality string

// The cardinalities, in PostgREST's words.
const (
	ManyToOne  Cardinality = "many-to-one"
	OneToMany  Cardinality = "one-to-many"
	OneToOne   Cardinality = "one-to-one"
	ManyToMany Cardinality = "many-to-many"
)

// ToOne reports whether a row of the source leads to one row of the target at most.
func (r *Relationship) ToOne() bool { return r.Cardinality == ManyToOne || r.Cardinality == OneToOne }
