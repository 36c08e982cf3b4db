package bertie

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

const (
	packageDirectory = "../../packages/tokenizer-wasm"
	vocabulary       = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n中"
)

func open(t *testing.T, path string) *bufio.Scanner {
	t.Helper()
	file, err := os.Open(filepath.Join(packageDirectory, path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(unpacked)
	scanner.Buffer(nil, 1<<24)
	return scanner
}

func newTokenizer(t *testing.T, vocabulary string, options Options) *Tokenizer {
	t.Helper()
	wasm, err := os.ReadFile(filepath.Join(packageDirectory, "c-abi/bertie_tokenizer.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := New(t.Context(), wasm, []byte(vocabulary), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tokenizer.Close(context.Background()) })
	return tokenizer
}

func rows(encodings *Encodings) [][]int32 {
	found := [][]int32{}
	for row := range len(encodings.RowOffsets) - 1 {
		found = append(found, append([]int32{}, encodings.Row(row)...))
	}
	return found
}

func expect(t *testing.T, actual, expected any) {
	t.Helper()
	if !reflect.DeepEqual(actual, expected) {
		t.Errorf("got %v, expected %v", actual, expected)
	}
}

func TestGoldenRecords(t *testing.T) {
	type key struct {
		Vocab string
		Lower bool
	}
	texts, ids := map[key][]string{}, map[key][][]int32{}
	records := 0
	for scanner := open(t, "fixtures/golden.jsonl.gz"); scanner.Scan(); {
		var record struct {
			key
			Text *string
			IDs  []int32
		}
		// Go replaces lone surrogates with U+FFFD, as JavaScript does.
		if err := json.Unmarshal(scanner.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		if record.Text != nil {
			texts[record.key] = append(texts[record.key], *record.Text)
			ids[record.key] = append(ids[record.key], append([]int32{}, record.IDs...))
			records++
		}
	}
	if records < 2000 {
		t.Fatalf("only %d records", records)
	}
	vocabularies := map[string]string{}
	for _, language := range []string{"zh", "en"} {
		var text strings.Builder
		for scanner := open(t, "fixtures/vocab-"+language+".txt.gz"); scanner.Scan(); {
			text.WriteString(scanner.Text() + "\n")
		}
		vocabularies[language] = text.String()
	}
	for key, batch := range texts {
		tokenizer := newTokenizer(t, vocabularies[key.Vocab], Options{Cased: !key.Lower})
		encodings, err := tokenizer.Encode(t.Context(), batch, EncodeOptions{Bare: true})
		if err != nil {
			t.Fatal(err)
		}
		for row, actual := range rows(encodings) {
			if !reflect.DeepEqual(actual, ids[key][row]) {
				t.Errorf("%q: got %v, expected %v", batch[row], actual, ids[key][row])
			}
		}
	}
}

func TestLinesAndTextsHaveTheSameTokens(t *testing.T) {
	tokenizer := newTokenizer(t, vocabulary, Options{})
	texts := []string{"ab 中", "", "b"}
	for _, options := range []EncodeOptions{{}, {Offsets: true}, {Bare: true, MaxLength: 1}} {
		of, err := tokenizer.Encode(t.Context(), texts, options)
		expect(t, err, nil)
		lines, err := tokenizer.EncodeLines(t.Context(), []byte(strings.Join(texts, "\n")), options)
		expect(t, err, nil)
		expect(t, lines, of)
	}
	encodings, _ := tokenizer.Encode(t.Context(), texts, EncodeOptions{Offsets: true})
	expect(t, rows(encodings), [][]int32{{2, 5, 7, 8, 3}, {2, 3}, {2, 6, 3}})
	expect(t, encodings.Offsets[:5], [][2]int32{{0, 0}, {0, 1}, {1, 2}, {3, 6}, {0, 0}})
	long := bytes.Repeat([]byte("a b 中\n"), 100_000)
	encodings, err := tokenizer.EncodeLines(t.Context(), long, EncodeOptions{})
	expect(t, err, nil)
	expect(t, []int{len(encodings.IDs), len(encodings.RowOffsets)}, []int{500_000, 100_001})
	expect(t, encodings.Row(99_999), []int32{2, 5, 6, 8, 3})
}

func TestOptions(t *testing.T) {
	added := []AddedToken{{Content: "<x>", ID: 70}}
	tokenizer := newTokenizer(t, vocabulary, Options{Cased: true, SpecialTokens: Everywhere, AddedTokens: added})
	encodings, err := tokenizer.Encode(t.Context(), []string{"a<x>A[SEP]"}, EncodeOptions{})
	expect(t, err, nil)
	expect(t, rows(encodings), [][]int32{{2, 5, 70, 1, 3, 3}})
}

func TestInvalidInputIsAnError(t *testing.T) {
	tokenizer := newTokenizer(t, vocabulary, Options{})
	text := []byte("a\na\xff\nb")
	encodings, err := tokenizer.EncodeLines(t.Context(), text, EncodeOptions{Invalid: Skip})
	expect(t, err, nil)
	expect(t, rows(encodings), [][]int32{{2, 5, 3}, {}, {2, 6, 3}})
	expect(t, encodings.InvalidRows, []int{1})
	_, err = tokenizer.EncodeLines(t.Context(), text, EncodeOptions{Invalid: Fail})
	var known *Error
	if !errors.As(err, &known) || known.Code != invalidText || !strings.Contains(err.Error(), "line 2, byte 2: ") {
		t.Errorf("got %v", err)
	}
	_, err = tokenizer.Encode(t.Context(), []string{"a"}, EncodeOptions{MaxLength: 1})
	if !errors.As(err, &known) || known.Code != -3 {
		t.Errorf("got %v", err)
	}
	wasm, _ := os.ReadFile(filepath.Join(packageDirectory, "c-abi/bertie_tokenizer.wasm"))
	if _, err := New(t.Context(), wasm, []byte("a\nb"), Options{}); err == nil || !strings.Contains(err.Error(), "lacks [UNK]") {
		t.Errorf("got %v", err)
	}
	encodings, err = tokenizer.Encode(t.Context(), []string{"a"}, EncodeOptions{})
	expect(t, err, nil)
	expect(t, rows(encodings), [][]int32{{2, 5, 3}})
}

func TestGoroutinesMayShareATokenizer(t *testing.T) {
	tokenizer := newTokenizer(t, vocabulary, Options{})
	text := bytes.Repeat([]byte("ab 中 b a\n"), 10_000)
	expected, err := tokenizer.EncodeLines(t.Context(), text, EncodeOptions{})
	expect(t, err, nil)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			actual, err := tokenizer.EncodeLines(t.Context(), text, EncodeOptions{})
			if err != nil || !reflect.DeepEqual(actual, expected) {
				t.Error("the result differs")
			}
		})
	}
	group.Wait()
}
