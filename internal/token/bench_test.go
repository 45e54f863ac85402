package token_test

import (
	"testing"

	"github.com/dbcontents/dbcontents-go/internal/token"
)

// BenchmarkVerify verifies a token of the usual size signed with each kind of key:
// for the first time, and from the cache.
func BenchmarkVerify(b *testing.B) {
	const payload = `{"iss":"https://issuer.example/auth/v1","sub":"5be75f77-3b1d-4c07-bd7b-8a2a5d5c1f0e","aud":"authenticated","exp":9999999999,` +
		`"iat":1700000000,"email":"somebody@example.org","phone":"","app_metadata":{"provider":"email","providers":["email"]},"user_metadata":{},` +
		`"role":"authenticated","aal":"aal1","amr":[{"method":"password","timestamp":1700000000}],"session_id":"0f8fad5b-d9cb-469f-a165-70867728950e"}`
	for _, alg := range []string{"HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"} {
		s := everyKind()[alg].named("k")
		header := []string{"Bearer " + s.sign(payload)}
		config := token.Config{Secret: s.text(), Audience: []string{"authenticated"}}
		b.Run(alg+"/first", func(b *testing.B) {
			b.ReportAllocs()
			v := newVerifier(b, config)
			for b.Loop() {
				if _, err := v.Verify(b.Context(), header); err != nil {
					b.Fatal(err)
				}
				v.Forget()
			}
		})
	}
	s := everyKind()["ES256"]
	header := []string{"Bearer " + s.sign(payload)}
	v := newVerifier(b, token.Config{Secret: s.text(), Audience: []string{"authenticated"}})
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), header); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached/parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := v.Verify(b.Context(), header); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
