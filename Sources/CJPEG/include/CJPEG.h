// libjpeg for Swift: errors come back as values, damage in the file is an error, nothing exits.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// One JPEG file being read; the bytes must stay where they are until `cjpeg_close`.
typedef struct cjpeg_decoder cjpeg_decoder;

typedef enum {
  cjpeg_done = 0,
  /// The file is damaged.
  cjpeg_failed = 1,
  /// It needs more memory than there is or than is allowed (1 GiB for libjpeg's own).
  cjpeg_out_of_memory = 2,
  /// It ends before its picture does.
  cjpeg_truncated = 3,
  /// A kind of JPEG that libjpeg or this shim does not read.
  cjpeg_unsupported = 4,
  /// A side longer than libjpeg can hold: 65 500 pixels.
  cjpeg_too_large = 5,
} cjpeg_status;

typedef enum {
  cjpeg_gray,
  cjpeg_rgb,
  cjpeg_ycbcr,
  cjpeg_cmyk,
  cjpeg_ycck,
  /// None that can be shown.
  cjpeg_other,
} cjpeg_colour;

/// What the header says, as stored: before any rotation.
typedef struct {
  int32_t width;
  int32_t height;
  /// Bits a channel.
  int32_t bits;
  cjpeg_colour colour;
  int32_t progressive;
  /// What decoding takes beside the rows that it writes, in bytes: the coefficients of the whole picture, where they
  /// come in several scans; 0 also where these are more than libjpeg may take, for which `cjpeg_start` refuses it.
  int64_t working_bytes;
} cjpeg_header;

/// Which libjpeg this is built for.
const char *cjpeg_version(void);

/// Returns null if there is no memory.
cjpeg_decoder *cjpeg_open(void);
void cjpeg_close(cjpeg_decoder *decoder);

/// Reads up to the start of the first scan; then there is a header. No pixels' memory is taken.
cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, const uint8_t *bytes, size_t count);
cjpeg_header cjpeg_get_header(const cjpeg_decoder *decoder);

/// A rectangle of pixels of the picture at its reduction, as stored.
typedef struct {
  int32_t x, y, width, height;
} cjpeg_part;

/// Gets ready to decode a part of the picture at a reduction of 1, 2, 4 or 8, at which it has
/// ⌈width / reduction⌉ · ⌈height / reduction⌉ pixels.
///
/// The part, which must lie within these, is widened to what `cjpeg_read` will give.
cjpeg_status cjpeg_start(cjpeg_decoder *decoder, int32_t reduction, cjpeg_part *part);

/// Decodes the part into RGB rows of 3 · width bytes: the pixels that the whole picture has there.
///
/// Entropy-coded bytes are read up to the part's last row, to the file's end if that is the picture's.
cjpeg_status cjpeg_read(cjpeg_decoder *decoder, uint8_t *target);

/// What libjpeg remarked so far without a pixel being lost: a text for each kind of remark,
/// `0 ..< cjpeg_warning_kinds()`, empty if there was none.
int32_t cjpeg_warning_kinds(void);
const char *cjpeg_warning(const cjpeg_decoder *decoder, int32_t kind);

/// Why the last call failed; empty if it did not.
const char *cjpeg_message(const cjpeg_decoder *decoder);

/// How a file is laid out.
typedef struct {
  /// One component only.
  int32_t gray;
  /// Columns and rows of brightness for one of colour; 1, 2 or 4.
  int32_t across, down;
  int32_t progressive;
  int32_t arithmetic;
  /// Rows of blocks between restart markers; 0: no markers.
  int32_t restart_rows;
} cjpeg_layout;

/// Encodes RGB rows; `*result` is to be released with `cjpeg_free`. `message` holds 200 characters.
cjpeg_status cjpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality, cjpeg_layout layout,
    uint8_t **result, size_t *count, char *message);
void cjpeg_free(uint8_t *bytes);
