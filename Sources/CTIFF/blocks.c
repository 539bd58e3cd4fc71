// The strips or tiles of a TIFF file, with little memory whatever their size.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/// The rectangles that the pixels are stored in: tiles, or strips as wide as the picture.
typedef struct {
  uint32_t width, height;
  int is_tiled;
  size_t row_bytes, bytes;
  uint16_t planes;
  /// Whether no more than a row is held at a time.
  int by_rows;
} blocks;

/// Strips up to this size are read as a whole. Writers that make one of the whole picture are common.
enum { whole_strip = 64 << 20 };

/// Whether libtiff gives the rows of a strip one by one without holding the strip, and gives the same: runs of
/// PackBits may cross rows, which it then cuts; WebP, LERC and JBIG are decoded as a whole.
static int gives_rows(uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD: return 1;
    default: return 0;
  }
}

static ctiff_status measure(ctiff_reader *reader, blocks *result) {
  TIFF *tiff = reader->tiff;
  const ctiff_header *header = &reader->header;
  result->is_tiled = TIFFIsTiled(tiff);
  result->width = header->width;
  result->height = header->height;
  tmsize_t row, size;
  if (result->is_tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &result->width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &result->height);
    row = TIFFTileRowSize(tiff);
    size = TIFFTileSize(tiff);
  } else {
    uint32_t rows = header->height;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    if (rows < result->height) result->height = rows;
    row = TIFFScanlineSize(tiff);
    size = TIFFStripSize(tiff);
  }
  result->planes = reader->planar == PLANARCONFIG_SEPARATE ? reader->samples : 1;
  if (row <= 0 || size <= 0 || result->width == 0 || result->height == 0) return damage(reader);
  result->row_bytes = (size_t)row;
  result->bytes = (size_t)size;
  size_t samples = result->planes == 1 ? reader->samples : 1;
  size_t needed = ((size_t)result->width * samples * (size_t)header->bits + 7) / 8;
  // A block far larger than the picture would be memory for nothing.
  size_t most = (size_t)header->width * header->height * reader->samples * 2 + (64 << 20);
  if (result->row_bytes < needed || result->bytes / result->row_bytes < result->height
      || result->bytes > most) {
    snprintf(
        reader->message, sizeof reader->message, "parts of %u×%u pixels in %zu bytes",
        result->width, result->height, result->bytes);
    return ctiff_failed;
  }
  result->by_rows =
      !result->is_tiled && result->bytes > whole_strip && gives_rows(reader->compression);
  return ctiff_done;
}

/// Bytes for what is read at once.
static size_t packed_bytes(const blocks *all) { return all->by_rows ? all->row_bytes : all->bytes; }

/// Bytes for the values of a row.
static size_t value_bytes(const ctiff_reader *reader, const blocks *all) {
  return (size_t)all->width * (all->planes == 1 ? reader->samples : 1);
}

uint64_t blocks_memory(ctiff_reader *reader) {
  blocks all;
  if (measure(reader, &all) != ctiff_done) return 0;
  // libtiff's own conversion holds a block of each plane.
  if (reader->is_converted) return (uint64_t)all.bytes * all.planes;
  return (uint64_t)packed_bytes(&all) + value_bytes(reader, &all);
}

/// Memory for the block being read, and for a row of it.
typedef struct {
  uint8_t *packed, *values;
} buffers;

static ctiff_status read_whole(
    ctiff_reader *reader, const blocks *all, uint32_t block, size_t wanted, uint8_t *packed) {
  tmsize_t size = (tmsize_t)all->bytes;
  tmsize_t got = all->is_tiled ? TIFFReadEncodedTile(reader->tiff, block, packed, size)
                               : TIFFReadEncodedStrip(reader->tiff, block, packed, size);
  return got < 0 || (size_t)got < wanted ? damage(reader) : ctiff_done;
}

/// A row of a strip that is not compressed, from where it is: libtiff would copy the strip first. As there, only its
/// beginning counts, not the length that the file says.
static ctiff_status read_plain_row(
    ctiff_reader *reader, const blocks *all, uint32_t strip, uint32_t row, uint8_t *packed) {
  TIFF *tiff = reader->tiff;
  uint64_t begin = (uint64_t)row * all->row_bytes, start = TIFFGetStrileOffset(tiff, strip);
  if (start > reader->count || reader->count - start < begin
      || reader->count - start - begin < all->row_bytes)
    return ctiff_truncated;
  memcpy(packed, reader->bytes + start + begin, all->row_bytes);
  uint16_t order = FILLORDER_MSB2LSB;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &order);
  if (order == FILLORDER_LSB2MSB) TIFFReverseBits(packed, (tmsize_t)all->row_bytes);
  if (reader->header.bits == 16 && TIFFIsByteSwapped(tiff))
    TIFFSwabArrayOfShort((uint16_t *)(void *)packed, (tmsize_t)(all->row_bytes / 2));
  return ctiff_done;
}

/// Rows are asked for in their order, a plane's after all of the one before: going back would decode them again.
static ctiff_status read_row(
    ctiff_reader *reader, const blocks *all, uint32_t strip, uint32_t y, uint32_t row,
    uint16_t plane, uint8_t *packed) {
  if (reader->compression == COMPRESSION_NONE)
    return read_plain_row(reader, all, strip, row, packed);
  return TIFFReadScanline(reader->tiff, packed, y + row, plane) < 0 ? damage(reader) : ctiff_done;
}

static ctiff_status read_plane(
    ctiff_reader *reader, const blocks *all, buffers memory, uint32_t x, uint32_t y, uint16_t plane,
    uint8_t *target) {
  const ctiff_header *header = &reader->header;
  uint32_t width = header->width - x < all->width ? header->width - x : all->width;
  uint32_t height = header->height - y < all->height ? header->height - y : all->height;
  uint32_t block = all->is_tiled ? TIFFComputeTile(reader->tiff, x, y, 0, plane)
                                 : TIFFComputeStrip(reader->tiff, y, plane);
  ctiff_status status = ctiff_done;
  if (!all->by_rows)
    status = read_whole(reader, all, block, all->row_bytes * height, memory.packed);
  size_t samples = all->planes == 1 ? reader->samples : 1;
  size_t bytes = header->has_alpha ? 4 : 3;
  for (uint32_t row = 0; row < height && status == ctiff_done; row++) {
    const uint8_t *packed = memory.packed + (all->by_rows ? 0 : row * all->row_bytes);
    if (all->by_rows) status = read_row(reader, all, block, y, row, plane, memory.packed);
    if (status != ctiff_done) break;
    pixels_unpack(&reader->layout, packed, memory.values, width * samples);
    uint8_t *start = target + ((size_t)(y + row) * header->width + x) * bytes;
    if (all->planes == 1)
      pixels_convert(&reader->layout, memory.values, samples, start, width);
    else
      pixels_add_plane(&reader->layout, plane, memory.values, start, width);
  }
  return status;
}

ctiff_status blocks_read(ctiff_reader *reader, uint8_t *target) {
  blocks all;
  ctiff_status status = measure(reader, &all);
  if (status != ctiff_done) return status;
  uint16_t planes = all.planes == 1 ? 1 : (uint16_t)pixels_planes(&reader->layout);
  // A tile may reach beyond the picture.
  buffers memory = {calloc(1, packed_bytes(&all)), malloc(value_bytes(reader, &all))};
  if (!memory.packed || !memory.values) status = ctiff_out_of_memory;
  for (uint64_t y = 0; y < reader->header.height; y += all.height)
    for (uint64_t x = 0; x < reader->header.width; x += all.width)
      for (uint16_t plane = 0; plane < planes && status == ctiff_done; plane++)
        status = read_plane(reader, &all, memory, (uint32_t)x, (uint32_t)y, plane, target);
  free(memory.packed);
  free(memory.values);
  return status;
}
