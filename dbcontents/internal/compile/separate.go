package compile

import "slices"

// separated is q with no condition in two places. A plan tells the values of its parameters
// apart by their conditions, and it is kept for queries that do not share any.
func (q *Query) separated() *Query {
	separate := *q
	separate.Mandatory, separate.Where = q.Mandatory.clone(), q.Where.clone()
	separate.Select = separated(q.Select)
	return &separate
}

func separated(fields []Field) []Field {
	fields = slices.Clone(fields)
	for i := range fields {
		if fields[i].Embed == nil {
			continue
		}
		e := *fields[i].Embed
		e.ThroughMandatory, e.Mandatory, e.Where = e.ThroughMandatory.clone(), e.Mandatory.clone(), e.Where.clone()
		e.Select = separated(e.Select)
		fields[i].Embed = &e
	}
	return fields
}

// clone is f with conditions of its own.
func (f *Condition) clone() *Condition {
	if f == nil {
		return nil
	}
	c := *f
	c.parts = slices.Clone(f.parts)
	for i, part := range c.parts {
		c.parts[i] = part.clone()
	}
	return &c
}
