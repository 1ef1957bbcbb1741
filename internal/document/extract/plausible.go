package extract

import (
	"strings"
	"unicode"
)

// alphabets are the letters beyond ASCII of languages, or of a whole script
// where one encoding serves it alone.
func alphabets() []string {
	return []string{
		// French
		"àâæçéèêëîïôœùûüÿ",
		// German
		"äöüß",
		// Spanish
		"áéíóúñü",
		// Portuguese
		"áàâãçéêíóôõúü",
		// Italian
		"àèéìîòóù",
		// Catalan
		"àçèéíïòóúü",
		// Danish, Norwegian, Swedish, Finnish
		"åäöæøéü",
		// Icelandic
		"áðéíóúýþæö",
		// Polish
		"ąćęłńóśźż",
		// Czech, Slovak
		"áäčďéěíĺľňóôŕřšťúůýž",
		// Hungarian
		"áéíóöőúüű",
		// Romanian
		"ăâîșțşţ",
		// Turkish
		"çğıİöşüâ",
		// Croatian, Slovene, Serbian
		"čćđšž",
		// Russian, Bulgarian
		"абвгдежзийклмнопрстуфхцчшщъыьэюяё",
		// Ukrainian
		"абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
		// Greek
		"αβγδεζηθικλμνξοπρστυφχψωάέήίόύώςϊϋ",
		// Hebrew
		"אבגדהוזחטיכךלמםנןסעפףצץקרשת",
		// Arabic
		"ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىة",
		// Thai
		"กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศษสหฬอฮะาำเแโใไ่้๊๋์ิีึืุูัๆ",
	}
}

// plausibility says how well text reads, from -1 to 1: the share of its letters
// beyond ASCII that belong to the one language which explains most of them,
// less what no decoding of real text shows (control characters, a capital in
// the middle of a word, two scripts in one word).
func plausibility(text string) float64 {
	counts, letters, faults := map[rune]int{}, 0, 0
	var before rune
	for _, r := range text {
		switch {
		case r == unicode.ReplacementChar || r > 0x7F && unicode.IsControl(r):
			faults += 2
		case r > 0x7F && unicode.IsLetter(r) || unicode.Is(unicode.Thai, r):
			letters++
			counts[unicode.ToLower(r)]++
			faults += misfit(before, r)
		case r > 0x7F && unicode.IsLetter(before) && !unicode.IsPunct(r) && !unicode.IsSpace(r):
			faults++ // a symbol inside a word
		case r <= 0x7F && unicode.IsLetter(r):
			faults += misfit(before, r)
		}
		before = r
	}
	if letters == 0 {
		return -float64(faults) / float64(faults+1)
	}
	best := 0
	for _, alphabet := range alphabets() {
		known := 0
		for r, n := range counts {
			if strings.ContainsRune(alphabet, r) {
				known += n
			}
		}
		best = max(best, known)
	}
	return max(-1, (float64(best)-float64(faults))/float64(letters))
}

// misfit counts 1 when two neighbours can't stand in one word.
func misfit(before, r rune) int {
	if !unicode.IsLetter(before) || before <= 0x7F && r <= 0x7F {
		return 0
	}
	if isLatin := unicode.Is(unicode.Latin, r); isLatin != unicode.Is(unicode.Latin, before) {
		return 1
	}
	if unicode.IsLower(before) && unicode.IsUpper(r) {
		return 1
	}
	return 0
}
