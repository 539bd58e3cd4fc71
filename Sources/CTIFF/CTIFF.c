#include "CTIFF.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/// Bytes that libtiff may take at once.
enum { maximum_allocation = 1 << 30 };

/// Samples of a pixel that are read; more are not.
enum { maximum_samples = 8 };

static int remember(TIFF *tiff, void *data, const char *module, const char *format, va_list list) {
  (void)tiff;
  (void)module;
  ctiff_reader *reader = data;
  if (!*reader->message) vsnprintf(reader->message, sizeof reader->message, format, list);
  return 1;
}

static int ignore(TIFF *tiff, void *data, const char *module, const char *format, va_list list) {
  (void)tiff, (void)data, (void)module, (void)format, (void)list;
  return 1;
}

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t wanted) {
  ctiff_reader *reader = handle;
  if (wanted <= 0) return 0;
  uint64_t left = reader->position < reader->count ? reader->count - reader->position : 0;
  uint64_t size = (uint64_t)wanted;
  if (size > left) {
    reader->ran_out = 1;
    size = left;
  }
  memcpy(target, reader->bytes + (size ? reader->position : 0), size);
  reader->position += size;
  return (tmsize_t)size;
}

static tmsize_t write_bytes(thandle_t handle, void *source, tmsize_t count) {
  (void)handle, (void)source, (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int from) {
  ctiff_reader *reader = handle;
  if (from == SEEK_CUR) offset += reader->position;
  if (from == SEEK_END) offset += reader->count;
  return reader->position = offset;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((ctiff_reader *)handle)->count; }

/// Without mapping, so that no byte is read but by `read_bytes`.
static TIFF *open_tiff(ctiff_reader *reader) {
#if TIFFLIB_VERSION >= 20221213
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, maximum_allocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options, remember, reader);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore, reader);
  TIFF *tiff = TIFFClientOpenExt(
      "photo", "rm", reader, read_bytes, write_bytes, seek, close_nothing, size_of, NULL, NULL,
      options);
  TIFFOpenOptionsFree(options);
  return tiff;
#else
  (void)remember, (void)ignore;
  TIFFSetErrorHandler(NULL);
  TIFFSetWarningHandler(NULL);
  return TIFFClientOpen(
      "photo", "rm", reader, read_bytes, write_bytes, seek, close_nothing, size_of, NULL, NULL);
#endif
}

ctiff_reader *ctiff_open(const uint8_t *bytes, size_t count) {
  ctiff_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  reader->bytes = bytes;
  reader->count = count;
  return reader;
}

void ctiff_close(ctiff_reader *reader) {
  if (!reader) return;
  if (reader->tiff) TIFFClose(reader->tiff);
  free(reader);
}

const char *ctiff_version(void) { return TIFFGetVersion(); }
const char *ctiff_message(const ctiff_reader *reader) { return reader->message; }

static ctiff_status refuse(ctiff_reader *reader, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(reader->message, sizeof reader->message, format, list);
  va_end(list);
  return ctiff_unsupported;
}

/// How many samples the colours have; 0 for colours that are not read.
static int colour_samples(ctiff_reader *reader) {
  ctiff_header *header = &reader->header;
  switch (reader->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: header->colour = ctiff_gray; return 1;
    case PHOTOMETRIC_RGB: header->colour = ctiff_rgb; return 3;
    case PHOTOMETRIC_PALETTE: header->colour = ctiff_palette; return 1;
    case PHOTOMETRIC_SEPARATED: header->colour = ctiff_cmyk; return 4;
    case PHOTOMETRIC_YCBCR: header->colour = ctiff_ycbcr; return reader->samples == 1 ? 1 : 3;
    default: return 0;
  }
}

static int is_readable_depth(const ctiff_reader *reader) {
  switch (reader->header.bits) {
    case 1:
    case 2:
    case 4: return reader->samples == 1;
    case 8: return 1;
    case 16: return reader->photometric != PHOTOMETRIC_PALETTE;
    default: return 0;
  }
}

static void find_alpha(ctiff_reader *reader, int colours) {
  uint16_t extra = 0, *kinds = NULL;
  TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds);
  if (reader->samples <= colours || extra == 0 || !kinds) return;
  if (reader->photometric == PHOTOMETRIC_SEPARATED) return;
  if (kinds[0] == EXTRASAMPLE_ASSOCALPHA) reader->layout.alpha = alpha_multiplied;
  if (kinds[0] == EXTRASAMPLE_UNASSALPHA) reader->layout.alpha = alpha_separate;
  reader->header.has_alpha = reader->layout.alpha != alpha_none;
}

/// Settles how the pixels are read; refuses what is not.
static ctiff_status choose_reading(ctiff_reader *reader) {
  TIFF *tiff = reader->tiff;
  if (reader->compression == COMPRESSION_OJPEG)
    return refuse(reader, "JPEG of the kind before 1995 inside");
  if (!TIFFIsCODECConfigured(reader->compression))
    return refuse(reader, "compression %u", reader->compression);
  int colours = colour_samples(reader);
  if (colours == 0) return refuse(reader, "colours of kind %u", reader->photometric);
  if (reader->samples > maximum_samples) return refuse(reader, "%u samples a pixel", reader->samples);
  if (reader->samples < colours) {
    snprintf(
        reader->message, sizeof reader->message, "%u samples a pixel for %d colours",
        reader->samples, colours);
    return ctiff_failed;
  }
  if (reader->sample_format == SAMPLEFORMAT_IEEEFP)
    return refuse(reader, "%d bits a channel, floating point", reader->header.bits);
  if (reader->sample_format == SAMPLEFORMAT_INT && reader->header.bits != 8)
    return refuse(reader, "%d bits a channel, with a sign", reader->header.bits);
  if (!is_readable_depth(reader)) return refuse(reader, "%d bits a channel", reader->header.bits);
  if (reader->photometric == PHOTOMETRIC_YCBCR && reader->samples > 1) {
    if (reader->compression == COMPRESSION_JPEG && reader->planar == PLANARCONFIG_CONTIG)
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    else
      reader->is_converted = 1;
  } else {
    find_alpha(reader, colours);
  }
  pixel_layout *layout = &reader->layout;
  layout->bits = reader->header.bits;
  layout->is_gray = reader->header.colour == ctiff_gray;
  layout->is_cmyk = reader->header.colour == ctiff_cmyk;
  layout->is_inverted = reader->photometric == PHOTOMETRIC_MINISWHITE;
  layout->channels = colours >= 3 ? 3 : 1;
  if (reader->photometric == PHOTOMETRIC_PALETTE
      && !TIFFGetField(
          tiff, TIFFTAG_COLORMAP, &layout->map[0], &layout->map[1], &layout->map[2])) {
    snprintf(reader->message, sizeof reader->message, "there is no table of colours");
    return ctiff_failed;
  }
  return ctiff_done;
}

/// What reading will take; nothing where it will fail at once.
static void tell_memory(ctiff_reader *reader) {
  reader->header.working_bytes = blocks_memory(reader);
  reader->header.working_bytes_per_pixel = reader->is_converted ? 4 : 0;
  *reader->message = 0;
  reader->ran_out = 0;
}

ctiff_status ctiff_read_header(ctiff_reader *reader, ctiff_header *header) {
  TIFF *tiff = reader->tiff = open_tiff(reader);
  if (!tiff) return damage(reader);
  ctiff_header *own = &reader->header;
  uint16_t bits = 1, orientation = 1;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &own->width)
      || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &own->height)) {
    snprintf(reader->message, sizeof reader->message, "it does not say its size");
    return ctiff_failed;
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &reader->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &reader->sample_format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &reader->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &reader->compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &reader->photometric))
    reader->photometric = reader->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISWHITE;
  own->bits = bits;
  own->orientation = orientation;
  own->has_more = !TIFFLastDirectory(tiff);
  *reader->message = 0;  // what was no reason to stop
  ctiff_status status = choose_reading(reader);
  if (status == ctiff_done) tell_memory(reader);
  *header = *own;
  return status;
}

/// With libtiff's own conversion to RGBA, which knows coarser colours than brightness.
static ctiff_status read_converted(ctiff_reader *reader, uint8_t *target) {
  size_t count = (size_t)reader->header.width * reader->header.height;
  char message[1024] = "";
  TIFFRGBAImage image;
  if (!TIFFRGBAImageOK(reader->tiff, message)) return refuse(reader, "%.180s", message);
  if (!TIFFRGBAImageBegin(&image, reader->tiff, 1, message)) return damage(reader);
  ctiff_status status = ctiff_done;
  uint32_t *pixels = malloc(count * sizeof *pixels);
  if (!pixels) {
    status = ctiff_out_of_memory;
  } else {
    image.req_orientation = image.orientation;  // rows as they are stored
    if (!TIFFRGBAImageGet(&image, pixels, reader->header.width, reader->header.height))
      status = damage(reader);
  }
  TIFFRGBAImageEnd(&image);
  for (size_t index = 0; status == ctiff_done && index < count; index++, target += 3) {
    target[0] = (uint8_t)TIFFGetR(pixels[index]);
    target[1] = (uint8_t)TIFFGetG(pixels[index]);
    target[2] = (uint8_t)TIFFGetB(pixels[index]);
  }
  free(pixels);
  return status;
}

ctiff_status ctiff_read(ctiff_reader *reader, uint8_t *target) {
  *reader->message = 0;
  reader->ran_out = 0;
  return reader->is_converted ? read_converted(reader, target) : blocks_read(reader, target);
}
