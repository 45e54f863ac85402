package dbcontents

// Diagnosis is a row of the diagnosis table.
type Diagnosis struct {
	Code, Title, Hint string
	Sentinel          error
	Status            int
}

// Diagnoses is the diagnosis table.
func Diagnoses() []Diagnosis {
	all := make([]Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		all[i] = Diagnosis{d.code, d.title, d.hint, d.sentinel, d.status}
	}
	return all
}
