package harness

import "fmt"

// Figure is one measured value, beside a peer's or alone.
type Figure struct {
	Suite     string   `json:"suite"`
	Name      string   `json:"name"`
	Value     float64  `json:"value"`
	Unit      string   `json:"unit"`
	Peer      string   `json:"peer"`      // empty: alone
	PeerValue *float64 `json:"peerValue"` // of the same unit
	Ratio     *float64 `json:"ratio"`     // Value / PeerValue
	Target    string   `json:"target"`    // empty: none
	Met       *bool    `json:"met"`
}

// Against puts the figure beside a peer's.
func (f Figure) Against(peer string, value float64) Figure {
	f.Peer, f.PeerValue = peer, &value
	if value != 0 {
		ratio := f.Value / value
		f.Ratio = &ratio
	}
	return f
}

// AtLeast sets the target of a value.
func (f Figure) AtLeast(bound float64) Figure {
	return f.judge(fmt.Sprintf("≥ %s", number(bound)), f.Value >= bound)
}

// AtMost sets the target of a value.
func (f Figure) AtMost(bound float64) Figure {
	return f.judge(fmt.Sprintf("≤ %s", number(bound)), f.Value <= bound)
}

// RatioAtLeast sets the target of the ratio to the peer's value.
func (f Figure) RatioAtLeast(bound float64) Figure {
	return f.judge(fmt.Sprintf("ratio ≥ %s", number(bound)), f.Ratio != nil && *f.Ratio >= bound)
}

// RatioAtMost sets the target of the ratio to the peer's value.
func (f Figure) RatioAtMost(bound float64) Figure {
	return f.judge(fmt.Sprintf("ratio ≤ %s", number(bound)), f.Ratio != nil && *f.Ratio <= bound)
}

func (f Figure) judge(target string, met bool) Figure {
	f.Target, f.Met = target, &met
	return f
}

// number renders a value with three digits that count, thousands apart.
func number(v float64) string {
	switch magnitude := max(v, -v); {
	case magnitude >= 1000:
		return thousands(int64(v + 0.5))
	case magnitude >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case magnitude >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
