// libtiff for Swift: errors come back as values, memory is bounded, nothing is printed.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// One TIFF file being read; the bytes must stay where they are until `ctiff_close`.
typedef struct ctiff_reader ctiff_reader;

typedef enum {
  ctiff_done = 0,
  /// The file is damaged.
  ctiff_failed = 1,
  /// There is not enough memory.
  ctiff_out_of_memory = 2,
  /// It ends before its picture does.
  ctiff_truncated = 3,
  /// A kind of TIFF that is not read.
  ctiff_unsupported = 4,
} ctiff_status;

typedef enum { ctiff_gray, ctiff_rgb, ctiff_palette, ctiff_cmyk, ctiff_ycbcr } ctiff_colour;

/// What the first directory says, as stored: before any rotation.
typedef struct {
  uint32_t width;
  uint32_t height;
  /// Bits a channel.
  int32_t bits;
  ctiff_colour colour;
  /// EXIF's, whatever number the file has.
  int32_t orientation;
  int32_t has_alpha;
  /// Whether further pictures follow the first.
  int32_t has_more;
  /// What reading takes beside the rows that it writes, in bytes: whatever the number of pixels, and for each.
  uint64_t working_bytes;
  uint32_t working_bytes_per_pixel;
} ctiff_header;

/// Which libtiff this runs with.
const char *ctiff_version(void);

/// Returns null if there is no memory.
ctiff_reader *ctiff_open(const uint8_t *bytes, size_t count);
void ctiff_close(ctiff_reader *reader);

/// Reads the first directory. No pixels' memory is taken; what of it is out of order is told by `ctiff_read`.
ctiff_status ctiff_read_header(ctiff_reader *reader, ctiff_header *header);

/// Decodes the first picture into rows of width · 3 bytes, or of width · 4 if the header says that there is
/// alpha, which then does not multiply the colours.
ctiff_status ctiff_read(ctiff_reader *reader, uint8_t *target);

/// Why the last call failed; empty if it did not.
const char *ctiff_message(const ctiff_reader *reader);
