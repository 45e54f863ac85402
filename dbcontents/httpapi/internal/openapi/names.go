package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// name gives names to everything that others refer to.
func (d *document) name() {
	d.rows, d.responses = map[*dbcontents.Table]string{}, map[any]string{}
	d.types, d.operations = map[string]string{}, map[any]string{}
	components, operations := names{}, names{}
	for _, list := range [...][]part{fixedSchemas, fixedParameters, fixedResponses} {
		for _, p := range list {
			components.take(p.name)
		}
	}
	operations.take(describeOperation)
	d.shareTypes()
	for _, t := range d.shared {
		d.types[typeKey(t)] = components.take(component(t.Schema, t.Name))
	}
	for _, t := range d.Tables {
		d.rows[t.Of] = components.take(component(t.Of.Schema, t.Of.Name))
		d.responses[t] = components.take(component("rows", t.Of.Schema, t.Of.Name))
		d.operations[t] = operations.take("read_" + component(t.Of.Name))
	}
	for _, f := range d.Functions {
		for _, t := range f.Overloads {
			d.rows[t] = components.take(component("rpc", t.Schema, t.Name))
		}
		d.responses[f] = components.take(component("rows", "rpc", f.Overloads[0].Schema, f.Name))
		d.operations[f] = operations.take("call_" + component(f.Name))
	}
	if d.Default != nil {
		d.operations[nil] = operations.take("read_default")
	}
}

// component is the name of a component for what has these names. Different names give different
// components: names have no dot in them, and a dash only before two digits of a byte that a component's name cannot have.
func component(names ...string) string {
	var b []byte
	for i, name := range names {
		if i > 0 {
			b = append(b, '.')
		}
		for i := range len(name) {
			c := name[i]
			if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' {
				b = append(b, c)
				continue
			}
			const digits = "0123456789abcdef"
			b = append(b, '-', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// names are those that are taken. Generators of programs make identifiers of them, for which only letters
// and digits count, and upper and lower case may be the same.
type names map[string]bool

// take returns a name that differs from all others, also as an identifier.
func (n names) take(name string) string {
	taken := name
	for i := 2; n[identifier(taken)]; i++ {
		taken = name + "-" + strconv.Itoa(i) + "-"
	}
	n[identifier(taken)] = true
	return taken
}

func identifier(name string) string {
	return strings.ToLower(unmarked.Replace(name))
}

var unmarked = strings.NewReplacer(".", "", "-", "", "_", "")

// typeKey is by what a type that is a component is known.
func typeKey(t *dbcontents.Type) string { return t.Schema + "\x00" + t.Name }

// shareTypes collects the enums and composite types of all columns, for which there are components.
func (d *document) shareTypes() {
	seen := map[string]bool{}
	var add func(sql string)
	add = func(sql string) {
		t := d.Types[sql]
		if t == nil || seen[sql] {
			return
		}
		seen[sql] = true
		if isShared(t) && !seen["\x00"+typeKey(t)] {
			seen["\x00"+typeKey(t)] = true // a domain has another key
			d.shared = append(d.shared, t)
		}
		add(t.Element)
		for i := range t.Fields {
			add(t.Fields[i].Type)
		}
	}
	for _, t := range d.Tables {
		for i := range t.Of.Columns {
			add(t.Of.Columns[i].Type)
		}
	}
	for _, f := range d.Functions {
		for _, t := range f.Overloads {
			for i := range t.Columns {
				add(t.Columns[i].Type)
			}
			for i := range t.Parameters {
				add(t.Parameters[i].Type)
			}
		}
	}
	slices.SortFunc(d.shared, func(a, b *dbcontents.Type) int { return strings.Compare(typeKey(a), typeKey(b)) })
}

// isShared reports whether a type is a component.
func isShared(t *dbcontents.Type) bool {
	return !t.Custom && t.Name != "" && (t.Kind == "enum" && len(t.Labels) > 0 || t.Kind == "composite")
}
