/*
 * The functions that bertie_tokenizer.wasm exports. docs/reference/c-abi.md describes them.
 *
 * Addresses and lengths are in bytes of the module's memory, so they have 32 bits in every host.
 */
#ifndef BERTIE_TOKENIZER_H
#define BERTIE_TOKENIZER_H

#include <stdint.h>

#define BERTIE_ABI_VERSION 1

/* Flags of bertie_tokenizer_new(). */
#define BERTIE_LOWERCASE 1
#define BERTIE_STRIP_ACCENTS 2
#define BERTIE_CLEAN_TEXT 4
#define BERTIE_CHINESE_CHARS 8
#define BERTIE_SPECIAL_CLASSIC (0 << 4)
#define BERTIE_SPECIAL_NONE (1 << 4)
#define BERTIE_SPECIAL_EVERYWHERE (2 << 4)
#define BERTIE_VERBATIM 64

/* Flags of bertie_encode_lines() and bertie_encode_rows(). */
#define BERTIE_ADD_SPECIAL_TOKENS 1
#define BERTIE_OFFSETS 2
#define BERTIE_UNIT_BYTES (0 << 2)
#define BERTIE_UNIT_UTF16 (1 << 2)
#define BERTIE_UNIT_CHARACTERS (2 << 2)
#define BERTIE_INVALID_REPLACE (0 << 4)
#define BERTIE_INVALID_SKIP (1 << 4)
#define BERTIE_INVALID_FAIL (2 << 4)

#define BERTIE_UNLIMITED UINT32_MAX

/* Error codes. */
#define BERTIE_ERROR_ADDRESS (-1)
#define BERTIE_ERROR_HANDLE (-2)
#define BERTIE_ERROR_OPTIONS (-3)
#define BERTIE_ERROR_UTF8 (-4)
#define BERTIE_ERROR_TOO_LARGE (-5)
#define BERTIE_ERROR_MISSING_TOKEN (-6)
#define BERTIE_ERROR_MEMORY (-7)
#define BERTIE_ERROR_ADDED_TOKENS (-8)
#define BERTIE_ERROR_ROW_ENDS (-9)
#define BERTIE_ERROR_TRAPPED (-10)

/* The last result. All addresses are valid until the next call. Numbers are little-endian. */
typedef struct {
  uint32_t ids;           /* address of int32_t[tokens] */
  uint32_t tokens;        /* number of tokens of all rows */
  uint32_t offsets;       /* address of uint32_t[tokens][2]; 0 unless requested */
  uint32_t row_ends;      /* address of uint32_t[rows]: the index after each row's last token */
  uint32_t rows;          /* number of rows */
  uint32_t invalid_rows;  /* address of uint32_t[invalid_count][2]: row, and position of its first invalid byte */
  uint32_t invalid_count; /* number of rows that are not valid UTF-8 */
  uint32_t reserved;      /* 0 */
} bertie_result;

int32_t bertie_abi_version(void);
uint32_t bertie_error_message(int32_t code);
uint32_t bertie_alloc(uint32_t length);
int32_t bertie_free(uint32_t address);
int32_t bertie_tokenizer_new(uint32_t vocabulary, uint32_t vocabulary_length, uint32_t added_tokens,
                             uint32_t added_tokens_length, uint32_t flags, uint32_t max_word_chars);
int32_t bertie_tokenizer_free(uint32_t tokenizer);
int32_t bertie_tokenizer_size(uint32_t tokenizer);
int32_t bertie_tokenizer_duplicates(uint32_t tokenizer);
int32_t bertie_token_id(uint32_t tokenizer, uint32_t token, uint32_t token_length);
int32_t bertie_encode_lines(uint32_t tokenizer, uint32_t text, uint32_t text_length, uint32_t flags,
                            uint32_t max_length, uint32_t result);
int32_t bertie_encode_rows(uint32_t tokenizer, uint32_t text, uint32_t row_ends, uint32_t rows, uint32_t flags,
                           uint32_t max_length, uint32_t result);
int32_t bertie_free_result(void);

#endif
