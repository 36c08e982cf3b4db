// Package bertie is BERT's WordPiece tokenizer for Go: Bertie's WebAssembly module, run by wazero without cgo.
package bertie

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	abiVersion  = 1
	chunkBytes  = 1 << 18
	resultBytes = 32
)

// SpecialTokenRule is a rule for recognizing special tokens, such as "[SEP]", in the text.
type SpecialTokenRule uint32

const (
	// Classic recognizes special tokens between whitespace or ideographs, as the original BERT code (2018) does.
	Classic SpecialTokenRule = iota
	// Never recognizes no special tokens. Use it for untrusted text.
	Never
	// Everywhere recognizes special tokens anywhere, as Hugging Face's tokenizers do.
	Everywhere
)

// InvalidUTF8 selects what happens to texts that are not valid UTF-8.
type InvalidUTF8 uint32

const (
	// Replace replaces invalid bytes with U+FFFD.
	Replace InvalidUTF8 = iota
	// Skip leaves the row empty.
	Skip
	// Fail returns an error.
	Fail
)

// AddedToken is a token to recognize in the text before it is split into words.
type AddedToken struct {
	Content                                       string
	ID                                            int32
	SingleWord, LeftStrip, RightStrip, Normalized bool
}

// Options are the options of a tokenizer. The zero value is right for uncased models.
type Options struct {
	// Cased keeps upper case and accents.
	Cased bool
	// MaxWordChars is the maximum number of characters per word (default: 100). Longer words become [UNK].
	MaxWordChars uint32
	// SpecialTokens is the rule for recognizing special tokens in the text (default: Classic).
	SpecialTokens SpecialTokenRule
	AddedTokens   []AddedToken
}

// EncodeOptions are the options of Encode and EncodeLines.
type EncodeOptions struct {
	// Bare leaves out [CLS] and [SEP].
	Bare bool
	// MaxLength is the maximum number of tokens per row, including [CLS] and [SEP] (default: unlimited).
	MaxLength uint32
	// Offsets requests the start and end of each token in its text, in bytes.
	Offsets bool
	// Invalid selects what happens to texts that are not valid UTF-8 (default: Replace).
	Invalid InvalidUTF8
}

func (options EncodeOptions) pack() (flags, maxLength uint64) {
	maxLength = uint64(options.MaxLength)
	if maxLength == 0 {
		maxLength = math.MaxUint32
	}
	return bit(!options.Bare, 0) | bit(options.Offsets, 1) | uint64(options.Invalid)<<4, maxLength
}

// Encodings are rows of tokens, one after the other. Row r is IDs[RowOffsets[r]:RowOffsets[r+1]].
type Encodings struct {
	IDs        []int32
	RowOffsets []int
	// Offsets has the start and end of each token, if requested. The tokens [CLS] and [SEP] have no place in the text.
	Offsets [][2]int32
	// InvalidRows are the indices of the rows that are not valid UTF-8.
	InvalidRows []int
}

// Row returns the ids of a row.
func (encodings *Encodings) Row(row int) []int32 {
	return encodings.IDs[encodings.RowOffsets[row]:encodings.RowOffsets[row+1]]
}

// Error is an error code of the module with its message.
type Error struct {
	Code    int32
	Message string
}

func (err *Error) Error() string { return "bertie: " + err.Message }

const invalidText = -4

// Tokenizer is BERT's WordPiece tokenizer. Goroutines may share a tokenizer: each call takes an instance of the module
// for itself. A tokenizer has as many instances as there were calls at the same time.
type Tokenizer struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	create   func(context.Context) (*instance, error)

	mutex sync.Mutex
	idle  []*instance
}

// New creates a tokenizer from bertie_tokenizer.wasm and a vocab.txt, which has one token per line.
func New(ctx context.Context, wasm, vocabulary []byte, options Options) (*Tokenizer, error) {
	runtime := wazero.NewRuntime(ctx)
	compiled, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		return nil, errors.Join(err, runtime.Close(ctx))
	}
	tokenizer := &Tokenizer{runtime: runtime, compiled: compiled}
	tokenizer.create = func(ctx context.Context) (*instance, error) {
		return tokenizer.newInstance(ctx, vocabulary, options)
	}
	first, err := tokenizer.create(ctx)
	if err != nil {
		return nil, errors.Join(err, runtime.Close(ctx))
	}
	tokenizer.idle = []*instance{first}
	return tokenizer, nil
}

// Close frees the tokenizer and all its instances.
func (tokenizer *Tokenizer) Close(ctx context.Context) error { return tokenizer.runtime.Close(ctx) }

// EncodeLines encodes UTF-8 text, one row per line.
func (tokenizer *Tokenizer) EncodeLines(ctx context.Context, text []byte, options EncodeOptions) (*Encodings, error) {
	flags, maxLength := options.pack()
	encodings := &Encodings{RowOffsets: []int{0}}
	return encodings, tokenizer.with(ctx, func(module *instance) error {
		for len(text) > 0 {
			end := chunkEnd(text)
			if err := module.write(ctx, text[:end]); err != nil {
				return err
			}
			err := module.call(ctx, "bertie_encode_lines", uint64(module.tokenizer), uint64(module.text), uint64(end), flags, maxLength, uint64(module.result))
			if err := module.appendResult(encodings, err, options.Offsets); err != nil {
				return err
			}
			text = text[end:]
		}
		return nil
	})
}

// Encode encodes texts, one row per text.
func (tokenizer *Tokenizer) Encode(ctx context.Context, texts []string, options EncodeOptions) (*Encodings, error) {
	flags, maxLength := options.pack()
	encodings := &Encodings{RowOffsets: []int{0}}
	return encodings, tokenizer.with(ctx, func(module *instance) error {
		for len(texts) > 0 {
			var joined, ends []byte
			rows := 0
			for rows < len(texts) && len(joined) < chunkBytes {
				joined = append(joined, texts[rows]...)
				ends = binary.LittleEndian.AppendUint32(ends, uint32(len(joined)))
				rows++
			}
			if err := module.write(ctx, joined, ends); err != nil {
				return err
			}
			err := module.call(ctx, "bertie_encode_rows", uint64(module.tokenizer), uint64(module.text), uint64(module.text)+uint64(len(joined)), uint64(rows), flags, maxLength, uint64(module.result))
			if err := module.appendResult(encodings, err, options.Offsets); err != nil {
				return err
			}
			texts = texts[rows:]
		}
		return nil
	})
}

func (tokenizer *Tokenizer) with(ctx context.Context, use func(*instance) error) error {
	module, err := tokenizer.take(ctx)
	if err != nil {
		return err
	}
	err = use(module)
	var known *Error
	if err != nil && !errors.As(err, &known) {
		// The state of an interrupted instance is unknown.
		return errors.Join(err, module.module.Close(ctx))
	}
	tokenizer.mutex.Lock()
	defer tokenizer.mutex.Unlock()
	tokenizer.idle = append(tokenizer.idle, module)
	return err
}

func (tokenizer *Tokenizer) take(ctx context.Context) (*instance, error) {
	tokenizer.mutex.Lock()
	if last := len(tokenizer.idle) - 1; last >= 0 {
		module := tokenizer.idle[last]
		tokenizer.idle = tokenizer.idle[:last]
		tokenizer.mutex.Unlock()
		return module, nil
	}
	tokenizer.mutex.Unlock()
	return tokenizer.create(ctx)
}

// An instance of the module with one tokenizer, for one goroutine at a time.
type instance struct {
	module    api.Module
	text      uint32
	capacity  int
	result    uint32
	tokenizer uint32
}

func (tokenizer *Tokenizer) newInstance(ctx context.Context, vocabulary []byte, options Options) (*instance, error) {
	// Without a name, the runtime may have several instances.
	module, err := tokenizer.runtime.InstantiateModule(ctx, tokenizer.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	created := &instance{module: module}
	if err := created.load(ctx, vocabulary, options); err != nil {
		return nil, errors.Join(err, module.Close(ctx))
	}
	return created, nil
}

func (module *instance) load(ctx context.Context, vocabulary []byte, options Options) error {
	version, err := module.number(ctx, "bertie_abi_version")
	if err != nil {
		return err
	}
	if version != abiVersion {
		return fmt.Errorf("bertie: the interface of the module has version %d, expected version %d", version, abiVersion)
	}
	if module.result, err = module.allocate(ctx, resultBytes); err != nil {
		return err
	}
	var added strings.Builder
	for _, token := range options.AddedTokens {
		if token.Content == "" || strings.Contains(token.Content, "\n") {
			return fmt.Errorf("bertie: the added token %q is empty or has a line feed", token.Content)
		}
		flags := bit(token.SingleWord, 0) | bit(token.LeftStrip, 1) | bit(token.RightStrip, 2) | bit(token.Normalized, 3)
		fmt.Fprintf(&added, "%d %d %s\n", flags, token.ID, token.Content)
	}
	if err := module.write(ctx, vocabulary, []byte(added.String())); err != nil {
		return err
	}
	flags := bit(!options.Cased, 0) | bit(!options.Cased, 1) | 1<<2 | 1<<3 | uint64(options.SpecialTokens)<<4
	maxWordChars := uint64(options.MaxWordChars)
	if maxWordChars == 0 {
		maxWordChars = 100
	}
	handle, err := module.number(ctx, "bertie_tokenizer_new", uint64(module.text), uint64(len(vocabulary)), uint64(module.text)+uint64(len(vocabulary)), uint64(added.Len()), flags, maxWordChars)
	module.tokenizer = uint32(handle)
	return err
}

// number calls a function and returns its result, or the error that it returns as a negative number.
func (module *instance) number(ctx context.Context, name string, arguments ...uint64) (int32, error) {
	results, err := module.module.ExportedFunction(name).Call(ctx, arguments...)
	if err != nil {
		return 0, err
	}
	code := api.DecodeI32(results[0])
	if code >= 0 {
		return code, nil
	}
	return code, &Error{code, module.message(ctx, code)}
}

func (module *instance) call(ctx context.Context, name string, arguments ...uint64) error {
	_, err := module.number(ctx, name, arguments...)
	return err
}

func (module *instance) message(ctx context.Context, code int32) string {
	results, err := module.module.ExportedFunction("bertie_error_message").Call(ctx, api.EncodeI32(code))
	if err != nil {
		return err.Error()
	}
	rest, _ := module.module.Memory().Read(uint32(results[0]), module.module.Memory().Size()-uint32(results[0]))
	message, _, _ := bytes.Cut(rest, []byte{0})
	return string(message)
}

func (module *instance) allocate(ctx context.Context, length int) (uint32, error) {
	if length <= math.MaxUint32 {
		results, err := module.module.ExportedFunction("bertie_alloc").Call(ctx, uint64(length))
		if err != nil || uint32(results[0]) != 0 {
			return uint32(results[0]), err
		}
	}
	return 0, &Error{-7, fmt.Sprintf("not enough memory for %d bytes. Encode the input in smaller parts.", length)}
}

// write writes bytes to the module's memory at module.text.
func (module *instance) write(ctx context.Context, parts ...[]byte) error {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	if module.text == 0 || length > module.capacity {
		if module.text != 0 {
			if err := module.call(ctx, "bertie_free", uint64(module.text)); err != nil {
				return err
			}
			module.text, module.capacity = 0, 0
		}
		capacity := max(chunkBytes, length)
		address, err := module.allocate(ctx, capacity)
		if err != nil {
			return err
		}
		module.text, module.capacity = address, capacity
	}
	at := module.text
	for _, part := range parts {
		module.module.Memory().Write(at, part)
		at += uint32(len(part))
	}
	return nil
}

// words returns 32-bit numbers in the module's memory, as bytes that are valid until the next call.
func (module *instance) words(address, count uint32) []byte {
	words, _ := module.module.Memory().Read(address, 4*count)
	return words
}

func (module *instance) appendResult(encodings *Encodings, err error, offsets bool) error {
	var known *Error
	isInvalid := errors.As(err, &known) && known.Code == invalidText
	if err != nil && !isInvalid {
		return err
	}
	var result [resultBytes / 4]uint32
	if _, err := binary.Decode(module.words(module.result, uint32(len(result))), binary.LittleEndian, &result); err != nil {
		return err
	}
	firstRow, firstToken := len(encodings.RowOffsets)-1, len(encodings.IDs)
	invalid := module.words(result[5], 2*result[6])
	if isInvalid {
		row, position := binary.LittleEndian.Uint32(invalid), binary.LittleEndian.Uint32(invalid[4:])
		return &Error{known.Code, fmt.Sprintf("line %d, byte %d: %s", firstRow+int(row)+1, position+1, known.Message)}
	}
	for at := 0; at < len(invalid); at += 8 {
		encodings.InvalidRows = append(encodings.InvalidRows, firstRow+int(binary.LittleEndian.Uint32(invalid[at:])))
	}
	ids := module.words(result[0], result[1])
	for at := 0; at < len(ids); at += 4 {
		encodings.IDs = append(encodings.IDs, int32(binary.LittleEndian.Uint32(ids[at:])))
	}
	if offsets {
		spans := module.words(result[2], 2*result[1])
		for at := 0; at < len(spans); at += 8 {
			span := [2]int32{int32(binary.LittleEndian.Uint32(spans[at:])), int32(binary.LittleEndian.Uint32(spans[at+4:]))}
			encodings.Offsets = append(encodings.Offsets, span)
		}
	}
	ends := module.words(result[3], result[4])
	for at := 0; at < len(ends); at += 4 {
		encodings.RowOffsets = append(encodings.RowOffsets, firstToken+int(binary.LittleEndian.Uint32(ends[at:])))
	}
	return nil
}

// chunkEnd returns the end of the first chunk of whole lines, of about chunkBytes.
func chunkEnd(text []byte) int {
	if len(text) <= chunkBytes {
		return len(text)
	}
	if last := bytes.LastIndexByte(text[:chunkBytes], '\n'); last >= 0 {
		return last + 1
	}
	if next := bytes.IndexByte(text[chunkBytes:], '\n'); next >= 0 {
		return chunkBytes + next + 1
	}
	return len(text)
}

func bit(set bool, position int) uint64 {
	if set {
		return 1 << position
	}
	return 0
}
