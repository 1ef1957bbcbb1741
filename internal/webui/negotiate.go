package webui

import (
	"strconv"
	"strings"
)

// acceptsGzip reports whether an Accept-Encoding allows gzip, by its name or by "*", with a weight above 0.
func acceptsGzip(values []string) bool {
	wildcard := false
	for _, element := range strings.Split(strings.Join(values, ","), ",") {
		coding, parameters, _ := strings.Cut(element, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return !weighsNothing(parameters)
		case "*":
			wildcard = !weighsNothing(parameters)
		}
	}
	return wildcard
}

func weighsNothing(parameters string) bool {
	name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err != nil || weight <= 0
}

// matchesETag compares weakly, as RFC 9110 §13.1.2 asks for If-None-Match.
func matchesETag(values []string, etag string) bool {
	for _, candidate := range strings.Split(strings.Join(values, ","), ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}
