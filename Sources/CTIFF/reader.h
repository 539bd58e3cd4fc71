// A TIFF file being read.
#pragma once
#include <tiffio.h>

#include "CTIFF.h"
#include "pixels.h"

struct ctiff_reader {
  TIFF *tiff;
  const uint8_t *bytes;
  uint64_t count;
  uint64_t position;
  /// Whether bytes behind the end were asked for.
  int ran_out;
  char message[200];

  ctiff_header header;
  uint16_t samples, sample_format, photometric, planar, compression;
  pixel_layout layout;
  /// Read by libtiff's own conversion.
  int is_converted;
};

static inline ctiff_status damage(const ctiff_reader *reader) {
  return reader->ran_out ? ctiff_truncated : ctiff_failed;
}

/// Bytes that reading the pixels takes beside those that it writes; 0 where it will fail at once.
uint64_t blocks_memory(ctiff_reader *reader);

/// Reads the pixels as they are stored, strip by strip or tile by tile.
ctiff_status blocks_read(ctiff_reader *reader, uint8_t *target);
