package httpapi

import (
	"strconv"
	"time"
)

// timing says, if Options.ServerTiming is set, what the time until now was
// spent on. The rows are encoded as they come, so that the transaction has the
// work of both sides; of a stream it is what went before its first block.
func (x *exchange) timing() {
	if !x.h.options.ServerTiming {
		return
	}
	b := appendStage(nil, "parse", x.ask.parsed)
	b = appendStage(append(b, ", "...), "wait", x.permit.Waited)
	b = appendStage(append(b, ", "...), "transaction", time.Since(x.start)-x.ask.parsed-x.permit.Waited)
	// Not one of the lines, from which the entity tag is made.
	x.w.Header().Add("Server-Timing", string(b))
}

func appendStage(b []byte, name string, took time.Duration) []byte {
	b = append(append(b, name...), ";dur="...)
	return strconv.AppendFloat(b, float64(took)/float64(time.Millisecond), 'f', 1, 64)
}
