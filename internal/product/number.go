package product

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/unicode/norm"
)

var (
	errNotANumber = errors.New("is not a number")
	errNegative   = errors.New("must not be negative")
	errTooLarge   = errors.New("is too large")
)

const (
	maxWholeDigits    = 14 // numeric(18,4)
	maxFractionDigits = 4
)

var (
	ungrouped = regexp.MustCompile(`^\d*([.,]\d*)?$`)
	grouped   = regexp.MustCompile(`^\d{1,3}(?:\.\d{2,3})*\.\d{3}(?:,\d*)?$|^\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?$`) // India groups by two
	ambiguous = regexp.MustCompile(`^[1-9]\d{0,2}[.,]\d{3}$`)
)

// parsePrice reads an amount as people write it: with a currency before or behind, thousands grouped, a decimal comma.
// mark is the decimal mark of the file, for amounts such as "1.299", which alone could be either. The value is a plain
// decimal number with at most four decimals; currency is an ISO 4217 code, or empty when the text names none for certain.
func parsePrice(text string, mark byte) (value, currency string, err error) {
	number, unit := splitAmount(text)
	if unit != "" {
		if currency, err = currencyCode(unit); err != nil {
			return "", "", err
		}
	}
	negative := strings.HasPrefix(number, "-")
	whole, fraction, err := splitDecimal(strings.TrimLeft(number, "+-"), mark)
	if err != nil {
		return "", "", err
	}
	value, err = joinDecimal(whole, fraction)
	if negative && strings.Trim(value, "0.") != "" {
		return "", "", errNegative
	}
	return value, currency, err
}

// parseStock reads a whole number, also one written as "12.0".
func parseStock(text string, mark byte) (int, error) {
	number, unit := splitAmount(text)
	negative := strings.HasPrefix(number, "-")
	whole, fraction, err := splitDecimal(strings.TrimLeft(number, "+-"), mark)
	if err != nil || unit != "" || strings.Trim(fraction, "0") != "" {
		return 0, errors.New("is not a whole number")
	}
	n, err := strconv.ParseInt(whole, 10, 32)
	if err != nil {
		return 0, errTooLarge
	}
	if negative {
		n = -n
	}
	return int(n), nil
}

// decimalMark tells which mark a number uses for its decimals; 0 when it has none or could mean either.
func decimalMark(text string) byte {
	number, _ := splitAmount(text)
	number = strings.TrimLeft(number, "+-")
	last := strings.LastIndexAny(number, ".,")
	switch {
	case last < 0 || ambiguous.MatchString(number):
		return 0
	case ungrouped.MatchString(number):
		return number[last]
	case grouped.MatchString(number) && strings.Count(number, number[last:last+1]) == 1:
		return number[last]
	default:
		return 0
	}
}

// splitAmount parts "1.299,00 €" into "1.299,00" and "€". Blanks and apostrophes between digits are dropped, and so is a
// dash that stands for no cents: "12,-".
func splitAmount(text string) (number, unit string) {
	text = norm.NFKC.String(strings.TrimSpace(text))
	first := strings.IndexFunc(text, isNumberRune)
	if first < 0 {
		return "", text
	}
	last := strings.LastIndexFunc(text, unicode.IsDigit)
	if last < first {
		return "", text
	}
	first = withLeadingMark(text, first)
	number = text[first : last+1]
	unit = strings.TrimSpace(strings.TrimSpace(text[:first]) + strings.TrimLeft(text[last+1:], ".,-–— "))
	number = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\'' || r == '’':
			return -1
		case r == '−':
			return '-'
		}
		return r
	}, number)
	if sign, rest := cutSign(unit); sign != "" {
		number, unit = sign+number, rest
	}
	return number, unit
}

// withLeadingMark moves the start of a number before its decimal mark: "$.50" is half a dollar, "Rs.50" is fifty rupees.
func withLeadingMark(text string, first int) int {
	if first == 0 || text[first-1] != '.' && text[first-1] != ',' {
		return first
	}
	if before, _ := utf8.DecodeLastRuneInString(text[:first-1]); unicode.IsLetter(before) {
		return first
	}
	return first - 1
}

// cutSign finds a minus before the currency: "-$5".
func cutSign(unit string) (sign, rest string) {
	for _, minus := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(unit, minus); ok {
			return "-", rest
		}
	}
	return "", unit
}

func isNumberRune(r rune) bool { return '0' <= r && r <= '9' || r == '-' || r == '+' || r == '−' }

// splitDecimal parts a number into its digits before and behind the decimal mark.
func splitDecimal(number string, mark byte) (whole, fraction string, err error) {
	last := strings.LastIndexAny(number, ".,")
	marks := strings.Count(number, ".") + strings.Count(number, ",")
	switch {
	case number == "":
		return "", "", errNotANumber
	case last < 0:
		whole = number
	case marks == 1 && len(number)-last-1 != 3: // most numbers: no group, no doubt
		whole, fraction = number[:last], number[last+1:]
	case ambiguous.MatchString(number) && number[last] != mark, isGroupedOnly(number, last):
		whole = number
	case ungrouped.MatchString(number), grouped.MatchString(number):
		whole, fraction = number[:last], number[last+1:]
	default:
		return "", "", errNotANumber
	}
	whole = strings.ReplaceAll(strings.ReplaceAll(whole, ".", ""), ",", "")
	if !isDigits(whole+fraction) || whole+fraction == "" {
		return "", "", errNotANumber
	}
	return whole, fraction, nil
}

// isGroupedOnly reports whether the last mark, like those before it, only groups digits: "1.299.000".
func isGroupedOnly(number string, last int) bool {
	return strings.Count(number, number[last:last+1]) > 1 && grouped.MatchString(number)
}

// joinDecimal rounds half up to four decimals.
func joinDecimal(whole, fraction string) (string, error) {
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	if len(whole) > maxWholeDigits {
		return "", errTooLarge
	}
	if len(fraction) > maxFractionDigits {
		return roundDecimal(whole, fraction)
	}
	if whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return whole, nil
	}
	return whole + "." + fraction, nil
}

func roundDecimal(whole, fraction string) (string, error) {
	up := fraction[maxFractionDigits] >= '5'
	scaled, err := strconv.ParseUint("0"+whole+fraction[:maxFractionDigits], 10, 64)
	if err != nil {
		return "", errTooLarge
	}
	if up {
		scaled++
	}
	digits := strconv.FormatUint(scaled, 10)
	digits = strings.Repeat("0", max(0, maxFractionDigits+1-len(digits))) + digits
	at := len(digits) - maxFractionDigits
	return joinDecimal(digits[:at], digits[at:])
}

func isDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// currencyCode reads an ISO 4217 code or a sign. A sign that several currencies share, such as $, is understood but names
// none: the result is empty.
func currencyCode(unit string) (string, error) {
	unit = strings.TrimSpace(unit)
	switch strings.ToUpper(strings.TrimSuffix(unit, ".")) {
	case "$", "¥", "KR", "":
		return "", nil
	case "€", "EURO":
		return "EUR", nil
	case "US$", "$US", "USD$":
		return "USD", nil
	case "CA$", "C$":
		return "CAD", nil
	case "AU$", "A$":
		return "AUD", nil
	case "R$":
		return "BRL", nil
	case "£":
		return "GBP", nil
	case "FR", "SFR":
		return "CHF", nil
	case "ZŁ":
		return "PLN", nil
	case "KČ":
		return "CZK", nil
	case "₹", "RS":
		return "INR", nil
	case "₽":
		return "RUB", nil
	case "₩":
		return "KRW", nil
	case "₺":
		return "TRY", nil
	case "₪":
		return "ILS", nil
	case "₫":
		return "VND", nil
	case "฿":
		return "THB", nil
	case "₴":
		return "UAH", nil
	}
	parsed, err := currency.ParseISO(unit)
	if err != nil {
		return "", errNotANumber
	}
	return parsed.String(), nil
}
