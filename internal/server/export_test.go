package server

// What external tests see of the inside.

var (
	AddPassword = addPassword
	NewSecret   = newSecret
	Variables   = variables
)

// Secret is the type whose values do not show themselves.
type Secret = secret

// Configure reads an environment as every command does, and says what is wrong with it.
func Configure(environ []string) error {
	_, store, err := open(environ)
	if err == nil {
		err = store.Close()
	}
	return err
}
