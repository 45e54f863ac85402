package httpapi

import (
	"strconv"
	"time"
)

// timing adds Server-Timing if Options.ServerTiming is set. Rows are encoded as
// they arrive, so the stage transaction includes the encoding. For a streamed
// response, it covers only the time before the first block.
func (x *exchange) timing() {
	if !x.h.options.ServerTiming {
		return
	}
	b := appendStage(nil, "parse", x.ask.parsed)
	b = appendStage(append(b, ", "...), "wait", x.permit.Waited)
	b = appendStage(append(b, ", "...), "transaction", time.Since(x.start)-x.ask.parsed-x.permit.Waited)
	// It must not be in the headerBatch, of which the entity tag is made.
	x.w.Header().Add("Server-Timing", string(b))
}

func appendStage(b []byte, name string, took time.Duration) []byte {
	b = append(append(b, name...), ";dur="...)
	return strconv.AppendFloat(b, float64(took)/float64(time.Millisecond), 'f', 1, 64)
}
