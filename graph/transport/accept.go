package transport

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of a response. The older one is still the default: GraphQL over HTTP, §6.
const (
	typeJSON     = "application/json"
	typeResponse = "application/graphql-response+json"
	typeEvents   = "text/event-stream"
)

// negotiate picks the media type that the client likes best, and false when it accepts neither. Of two liked equally,
// the one that it names first wins.
func negotiate(r *http.Request) (string, bool) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return typeJSON, true
	}
	best, bestQuality := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, quality := parseAccept(part)
		if offered := offer(mediaType); offered != "" && quality > bestQuality {
			best, bestQuality = offered, quality
		}
	}
	return best, best != ""
}

// accepts reports whether the client names a media type in its Accept header.
func accepts(r *http.Request, wanted string) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if mediaType, quality := parseAccept(part); mediaType == wanted && quality > 0 {
			return true
		}
	}
	return false
}

// offer returns the media type to answer with for one that the client accepts.
func offer(accepted string) string {
	switch accepted {
	case typeResponse:
		return typeResponse
	case typeJSON, "application/*", "*/*":
		return typeJSON
	}
	return ""
}

func parseAccept(part string) (mediaType string, quality float64) {
	mediaType, parameters, err := mime.ParseMediaType(part)
	if err != nil {
		return "", 0
	}
	quality = 1
	if q, ok := parameters["q"]; ok {
		if quality, err = strconv.ParseFloat(q, 64); err != nil {
			return "", 0
		}
	}
	return mediaType, quality
}

// contentType returns the media type of a request's body, and false for a charset other than UTF-8.
func contentType(r *http.Request) (string, bool) {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", false
	}
	charset := parameters["charset"]
	return mediaType, charset == "" || strings.EqualFold(charset, "utf-8")
}
