package server

// What external tests see of the inside.

var (
	AddPassword = addPassword
	NewSecret   = newSecret
	Variables   = variables
)

// Secret is the type whose values do not show themselves.
type Secret = secret
