package embedding

import (
	"context"
	"math"
)

const (
	hashDim = 1024
	hashID  = "hash-v1:1024"

	// charWeight is the length of the n-grams' part beside the words' part of 1. nDCG@10 on Cranfield:
	// 0 → 0.306, 0.5 → 0.313, 0.7 → 0.315, 1.0 → 0.316, 1.5 → 0.310; recall@100 falls from 0.7 on.
	charWeight = 0.7

	// weightScale makes a feature's weight a whole number, so that sums are exact in any order.
	weightScale = 4096
)

// Hash is the built-in embedder: signed feature hashing of stemmed words and of character 3- and 4-grams into 1,024
// dimensions (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009). It has no vocabulary and
// no corpus, so a vector never has to be recomputed, and the same text yields the same bits on every machine.
// It finds shared words and spellings, not meaning.
type Hash struct{}

var _ Embedder = (*Hash)(nil)

// NewHash returns the built-in embedder.
func NewHash() *Hash { return &Hash{} }

// ID is "hash-v1:1024". A change to any step of the computation must change it.
func (*Hash) ID() string { return hashID }

// Dim is 1,024.
func (*Hash) Dim() int { return hashDim }

// Embed never fails except when ctx ends. Kind makes no difference.
func (*Hash) Embed(ctx context.Context, texts []string, _ Kind) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		vectors[i] = hashVector(terms(text))
	}
	return vectors, nil
}

func hashVector(terms []string) []float32 {
	words := make(map[uint64]int, len(terms))
	grams := make(map[uint64]int, 8*len(terms))
	for _, term := range terms {
		words[hashFeature('w', term)]++
		countGrams(grams, term)
	}
	sum := make([]float64, hashDim)
	addClass(sum, words, 1)
	addClass(sum, grams, charWeight)
	return normalise(sum)
}

// countGrams counts the 3- and 4-grams of a term between its marks: "<cat>" yields <ca cat at> <cat cat>.
func countGrams(grams map[uint64]int, term string) {
	marked := []rune("<" + term + ">")
	for n := 3; n <= 4; n++ {
		for i := 0; i+n <= len(marked); i++ {
			grams[hashFeature('c', string(marked[i:i+n]))]++
		}
	}
}

// addClass adds one class of features, brought to the given length, so that the many n-grams don't drown the few words.
// A feature falls with its sign on two positions: one collision then costs half of it.
func addClass(sum []float64, counts map[uint64]int, length float64) {
	var class [hashDim]int64
	for feature, count := range counts {
		weight := termWeight(count)
		for range 2 {
			class[feature%hashDim] += signed(weight, feature)
			feature = mix(feature)
		}
	}
	norm := 0.0
	for _, v := range class {
		norm += float64(float64(v) * float64(v)) // the conversion keeps the product from being fused with the sum
	}
	if norm == 0 {
		return
	}
	scale := length / math.Sqrt(norm)
	for i, v := range class {
		sum[i] += float64(float64(v) * scale)
	}
}

// termWeight is 1 + ln(count) in units of 1/4096. Rounding hides that processors differ in a logarithm's last bit.
func termWeight(count int) int64 {
	return int64(math.Round(weightScale * (1 + math.Log(float64(count)))))
}

// signed gives weight the sign of the feature's top bit.
func signed(weight int64, feature uint64) int64 {
	if feature>>63 == 1 {
		return -weight
	}
	return weight
}

// hashFeature is FNV-1a over the class and the text, finished by a mix, because FNV's low bits alone are poor.
func hashFeature(class byte, text string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(class)) * prime
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return mix(h)
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// normalise brings a vector to length 1; the zero vector stays.
func normalise(vector []float64) []float32 {
	norm := 0.0
	for _, v := range vector {
		norm += float64(v * v)
	}
	unit := make([]float32, len(vector))
	if norm == 0 {
		return unit
	}
	norm = math.Sqrt(norm)
	for i, v := range vector {
		unit[i] = float32(v / norm)
	}
	return unit
}
