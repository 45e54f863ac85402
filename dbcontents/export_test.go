package dbcontents

import "context"

// Configured is what a report shows of the configuration.
func Configured(s *Store) string {
	c := checkup{store: s, config: s.checkedConfig(context.Background())}
	return c.configured()
}

// Diagnosis is a row of the diagnosis table.
type Diagnosis struct {
	Code, Title, Hint string
	Sentinel          error
	Status            int
	Layer             int  // -1 if it ends no attempt to connect
	Connecting        bool // it can be what ends one
	// How it is recognised.
	States, Routine string
	Reading, Naming bool
	Matched         bool // by a function
}

// Diagnoses is the diagnosis table.
func Diagnoses() []Diagnosis {
	all := make([]Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		all[i] = Diagnosis{
			Code: d.code, Title: d.title, Hint: d.hint, Sentinel: d.sentinel, Status: d.status,
			Layer: layerOf(d.code), Connecting: d.at&(connecting|unencrypted) != 0,
			States: d.state, Routine: d.routine, Reading: d.at&reading != 0, Naming: d.at&naming != 0, Matched: d.match != nil,
		}
	}
	return all
}
