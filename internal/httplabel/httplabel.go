// Package httplabel makes labels of metrics and attributes of spans from what a request and its
// response have. They have few values, whatever strangers ask for.
package httplabel

import "net/http"

// Other is OpenTelemetry's word for every method that no standard knows.
const Other = "_OTHER"

// Method is the method if a standard knows it, and else Other.
func Method(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect,
		http.MethodOptions, http.MethodTrace, http.MethodPatch, "QUERY":
		return method
	}
	return Other
}

// gone is the status of a request whose client left before the response.
const gone = 499

// Status is the status if it has a name. A function of the database may choose any status of
// an error; one without a name counts as the first of its hundred, which is how RFC 9110
// wants it to be understood. Zero, for no response, stays zero.
func Status(status int) int {
	if http.StatusText(status) == "" && status != gone {
		return status - status%100
	}
	return status
}
