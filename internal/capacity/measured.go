package capacity

import (
	_ "embed"
	"encoding/json"
)

// Measured is what "go run ./bench -capacity -update" measured, and what it found beside the model.
type Measured struct {
	Date    string `json:"date"`
	Machine string `json:"machine"`
	CPUs    int    `json:"cpus"`
	// Others is how many CPUs other programs used meanwhile.
	Others float64 `json:"others"`
	Costs  Costs   `json:"costs"`

	// Bytes of memory: of a server that does nothing, for each connection of a
	// client to it, for each of its streams, and of a backend of PostgreSQL
	// (without what it shares with others).
	ServerBytes  int64 `json:"server_bytes"`
	ClientBytes  int64 `json:"client_bytes"`
	StreamBytes  int64 `json:"stream_bytes"`
	BackendBytes int64 `json:"backend_bytes"`

	Points []Point `json:"points"`
}

// A Point is one measurement: so many clients of one server, all on one machine.
type Point struct {
	Pool          int     `json:"pool"`
	ReadClients   int     `json:"read_clients"`
	StreamClients int     `json:"stream_clients"`
	StreamMB      float64 `json:"stream_mb"`
	CPUs          float64 `json:"cpus"` // that other programs left
	Reads         float64 `json:"reads"`
	MBps          float64 `json:"mbps"`
	// Low and High are the least and the most of all rounds: of Reads, or of
	// MBps where there are no ReadClients.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Input tells that the costs were taken from this point, so that it is no test of the model.
	Input bool `json:"input,omitempty"`
}

//go:embed measured.json
var measured []byte

// Latest are the measurements that are part of this version.
func Latest() (m Measured, err error) {
	err = json.Unmarshal(measured, &m)
	return m, err
}

// Predict simulates a point. The Result's Reads and MBps are fewer in
// proportion where that takes more CPUs than other programs left.
func (m Measured) Predict(p Point) (Result, error) {
	requests := 50_000
	if p.ReadClients == 0 {
		requests = 200 // streams
	}
	r, err := Simulate(Fleet{
		Servers: 1, ServerCores: m.CPUs, Databases: 1, DatabaseCores: m.CPUs, Shared: true,
		Pool: p.Pool, MaxConnections: p.Pool, Queue: 2500, QueueTimeout: 30,
	}, m.Costs, Load{ReadClients: p.ReadClients, StreamClients: p.StreamClients, StreamMB: p.StreamMB}, requests, 1)
	if used := r.ServerCPU * float64(m.CPUs); used > p.CPUs {
		r.Reads *= p.CPUs / used
		r.MBps *= p.CPUs / used
	}
	return r, err
}

// Quiet tells that other programs used so little of the machine that the
// figures are not of them.
func (m Measured) Quiet() bool { return m.Others < 0.1*float64(m.CPUs) }
