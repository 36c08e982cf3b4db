// Command tokenize prints the tokens of a text with their positions.
//
//	go run ./tokenize WASM VOCAB TEXT
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	bertie "github.com/bertie-bert/bertie/examples/go"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: tokenize WASM VOCAB TEXT")
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, wasmPath, vocabPath, text string) error {
	wasm, err := os.ReadFile(wasmPath)
	if err != nil {
		return err
	}
	vocabulary, err := os.ReadFile(vocabPath)
	if err != nil {
		return err
	}
	tokenizer, err := bertie.New(ctx, wasm, vocabulary, bertie.Options{})
	if err != nil {
		return err
	}
	defer tokenizer.Close(ctx)
	encodings, err := tokenizer.Encode(ctx, []string{text}, bertie.EncodeOptions{Offsets: true})
	if err != nil {
		return err
	}
	for token, id := range encodings.IDs {
		start, end := encodings.Offsets[token][0], encodings.Offsets[token][1]
		fmt.Printf("%6d %4d %4d %s\n", id, start, end, text[start:end])
	}
	return nil
}
