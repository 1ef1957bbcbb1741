package product

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParsePrice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"9.90": "9.9", "9,90": "9.9", "1.299,00 €": "1299 EUR", "€ 1.299,00": "1299 EUR", "$1,299.50": "1299.5",
		"US$ 5": "5 USD", "19.99 USD": "19.99 USD", "chf 1'299.50": "1299.5 CHF", "1 299,50 zł": "1299.5 PLN",
		"1\u00a0299,50\u202f€": "1299.5 EUR", "12,-": "12", "12.—": "12", "0": "0", "-0.00": "0", ".5": "0.5", "5.": "5",
		"9.900000": "9.9", "0.00005": "0.0001", "9.99996": "10", "1.299.000": "1299000", "1,00,000.00": "100000",
		"007": "7", "１２．５": "12.5", "99999999999999": "99999999999999", "1.2345": "1.2345", "£7": "7 GBP", "Rs. 7": "7 INR", "Rs.500": "500 INR", "$.50": "0.5",
		"+3": "3", "100 kr": "100", "0.125": "0.125",
	} {
		value, currency, err := parsePrice(text, '.')
		require.NoError(t, err, text)
		require.Equal(t, want, strings.TrimSpace(value+" "+currency), text)
	}
}

func TestParsePriceRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", "free", "-5", "-$5", "1e3", "1.2.3", "1,2,3", "5 apples", "12 34 XXXX", "999999999999999", "5-6", "0x10", "NaN", "Inf",
		"1.000,000.00", "--5", "5 €€",
	} {
		value, _, err := parsePrice(text, '.')
		require.Error(t, err, "%q gave %s", text, value)
	}
}

func TestAmbiguousAmountsFollowTheFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		mark byte
		want string
	}{{"1.299", '.', "1.299"}, {"1.299", ',', "1299"}, {"1,299", ',', "1.299"}, {"1,299", '.', "1299"}, {"9,99", '.', "9.99"}} {
		value, _, err := parsePrice(test.text, test.mark)
		require.NoError(t, err)
		require.Equal(t, test.want, value)
	}
}

func TestDecimalMark(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]byte{
		"9.90": '.', "9,90 €": ',', "1.299,00": ',', "1,299.00": '.', "1.299": 0, "1,299": 0, "5": 0, "": 0, "x": 0, "1.299.000": 0, "0.125": '.',
	} {
		require.Equal(t, want, decimalMark(text), text)
	}
}

func TestParseStock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"12": 12, "-3": -3, "12.0": 12, "1 200": 1200, "1,200": 1200, "2147483647": 2147483647} {
		n, err := parseStock(text, '.')
		require.NoError(t, err, text)
		require.Equal(t, want, n, text)
	}
	for _, text := range []string{"", "1.5", "5 pcs", "in stock", "2147483648", ">10"} {
		_, err := parseStock(text, '.')
		require.Error(t, err, text)
	}
}

// Whatever is read as a price is one that numeric(18,4) takes, and reads back as itself.
func FuzzParsePrice(f *testing.F) {
	for _, seed := range []string{"1.299,00 €", "$1,299.50", "-0", "１２．５", "1'2", "9.99995", "12,-", "99999999999999.99999", "-$-5"} {
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, comma bool) {
		mark := byte('.')
		if comma {
			mark = ','
		}
		value, _, err := parsePrice(text, mark)
		if err != nil {
			return
		}
		amount, ok := new(big.Rat).SetString(value)
		require.True(t, ok, "%q", value)
		require.GreaterOrEqual(t, amount.Sign(), 0)
		limit, _ := new(big.Rat).SetString("100000000000000")
		require.Negative(t, amount.Cmp(limit), "%q", value)
		_, fraction, _ := strings.Cut(value, ".")
		require.LessOrEqual(t, len(fraction), maxFractionDigits)
		again, _, err := parsePrice(value, '.')
		require.NoError(t, err)
		require.Equal(t, value, again)
	})
}
