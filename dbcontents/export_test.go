package dbcontents

// Diagnosis is a row of the diagnosis table.
type Diagnosis struct {
	Code, Title, Hint string
	Sentinel          error
	Status            int
	Layer             int  // -1 if it ends no attempt to connect
	Connecting        bool // it can be what ends one
}

// Diagnoses is the diagnosis table.
func Diagnoses() []Diagnosis {
	all := make([]Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		all[i] = Diagnosis{d.code, d.title, d.hint, d.sentinel, d.status, layerOf(d.code), d.at&connecting != 0}
	}
	return all
}
