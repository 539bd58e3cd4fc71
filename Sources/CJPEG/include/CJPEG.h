// libjpeg for Swift: errors come back as values, damage in the file is an error, nothing exits.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// One JPEG file being read; the bytes must stay where they are until `cjpeg_close`.
typedef struct cjpeg_decoder cjpeg_decoder;

typedef enum {
  cjpeg_done = 0,
  /// The file is damaged, cut short, or of a kind that libjpeg or this shim does not read.
  cjpeg_failed = 1,
  cjpeg_out_of_memory = 2,
} cjpeg_status;

/// Returns null if there is no memory.
cjpeg_decoder *cjpeg_open(void);
void cjpeg_close(cjpeg_decoder *decoder);

/// Reads up to the start of the first scan; then width and height are known.
cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, const uint8_t *bytes, size_t count);
int32_t cjpeg_width(const cjpeg_decoder *decoder);
int32_t cjpeg_height(const cjpeg_decoder *decoder);

/// Decodes everything into RGB rows of 3 · ⌈width / reduction⌉ bytes; reduction is 1, 2, 4 or 8.
///
/// With `target` null the file is only verified: every entropy-coded byte is read, no pixel kept.
cjpeg_status cjpeg_decode(cjpeg_decoder *decoder, int32_t reduction, uint8_t *target);

/// Why the last call failed; empty if it did not.
const char *cjpeg_message(const cjpeg_decoder *decoder);

/// Encodes RGB rows; `*result` is to be released with `cjpeg_free`. `message` holds 200 characters.
cjpeg_status cjpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality, uint8_t **result,
    size_t *count, char *message);
void cjpeg_free(uint8_t *bytes);
