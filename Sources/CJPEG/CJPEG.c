#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

_Static_assert(JMSG_LENGTH_MAX <= 200, "messages are passed in buffers of 200 characters");

/// Real progressive files have about ten scans; a few kilobytes can ask for thousands over a huge
/// picture, each of which costs a pass over all coefficients.
enum { maximum_scans = 200 };

/// Rows asked for at once; libjpeg returns what its upsampler holds, rarely more than two.
enum { rows_at_once = 16 };

/// libjpeg's error manager with the place to return to.
typedef struct {
  struct jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is a pointer to us
  jmp_buf home;
  char message[JMSG_LENGTH_MAX];
  int out_of_memory;
} error_manager;

struct cjpeg_decoder {
  struct jpeg_decompress_struct jpeg;
  error_manager errors;
  struct jpeg_progress_mgr progress;
  uint8_t *row;  // one row of CMYK, if any
};

static void fail(j_common_ptr jpeg) {
  error_manager *errors = (error_manager *)jpeg->err;
  errors->out_of_memory = jpeg->err->msg_code == JERR_OUT_OF_MEMORY;
  jpeg->err->format_message(jpeg, errors->message);
  longjmp(errors->home, 1);
}

/// Warnings say that libjpeg will make up pixels. Only those that cost no pixel are let pass.
static void judge(j_common_ptr jpeg, int level) {
  if (level >= 0) return;  // a trace message
  switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:   // bytes between segments: skipped
    case JWRN_JFIF_MAJOR:        // a newer version of a header that does not matter
    case JWRN_ADOBE_XFORM:       // libjpeg then goes by the number of components
    case JWRN_BOGUS_PROGRESSION: // scans in an unusual order
    case JWRN_NOT_SEQUENTIAL:    // odd parameters, which a sequential scan does not use
    case JWRN_BOGUS_ICC:         // colour profiles are not applied
      return;
    default:
      fail(jpeg);
  }
}

static void ignore_message(j_common_ptr jpeg) { (void)jpeg; }

static void watch_scans(j_common_ptr jpeg) {
  if (!jpeg->is_decompressor) return;
  if (((j_decompress_ptr)jpeg)->input_scan_number <= maximum_scans) return;
  error_manager *errors = (error_manager *)jpeg->err;
  snprintf(errors->message, sizeof errors->message, "more than %d scans", maximum_scans);
  longjmp(errors->home, 1);
}

static struct jpeg_error_mgr *prepare(error_manager *errors) {
  struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
  base->error_exit = fail;
  base->emit_message = judge;
  base->output_message = ignore_message;
  return base;
}

static cjpeg_status status(const error_manager *errors) {
  return errors->out_of_memory ? cjpeg_out_of_memory : cjpeg_failed;
}

cjpeg_decoder *cjpeg_open(void) {
  cjpeg_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->jpeg.err = prepare(&decoder->errors);
  if (setjmp(decoder->errors.home)) {
    cjpeg_close(decoder);
    return NULL;
  }
  jpeg_create_decompress(&decoder->jpeg);
  decoder->progress.progress_monitor = watch_scans;
  decoder->jpeg.progress = &decoder->progress;
  return decoder;
}

void cjpeg_close(cjpeg_decoder *decoder) {
  if (!decoder) return;
  jpeg_destroy_decompress(&decoder->jpeg);
  free(decoder->row);
  free(decoder);
}

cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, const uint8_t *bytes, size_t count) {
  if (setjmp(decoder->errors.home)) return status(&decoder->errors);
  jpeg_mem_src(&decoder->jpeg, bytes, count);
  jpeg_read_header(&decoder->jpeg, TRUE);
  return cjpeg_done;
}

int32_t cjpeg_width(const cjpeg_decoder *decoder) { return (int32_t)decoder->jpeg.image_width; }
int32_t cjpeg_height(const cjpeg_decoder *decoder) { return (int32_t)decoder->jpeg.image_height; }
const char *cjpeg_message(const cjpeg_decoder *decoder) { return decoder->errors.message; }

/// a · b / 255, rounded; exact for bytes.
static inline int32_t scaled(int32_t a, int32_t b) {
  int32_t product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

/// CMYK as Adobe stores it (inverted: 255 is no ink) to RGB, with Pillow's formula.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
    int32_t light = cmyk[3];
    for (int channel = 0; channel < 3; channel++) {
      int32_t value = light - scaled(255 - cmyk[channel], light);
      rgb[channel] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

static void read_rows(cjpeg_decoder *decoder, uint8_t *target) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  size_t stride = (size_t)jpeg->output_width * 3;
  while (jpeg->output_scanline < jpeg->output_height) {
    uint8_t *next = target ? target + (size_t)jpeg->output_scanline * stride : NULL;
    JSAMPROW rows[rows_at_once];
    JDIMENSION wanted = 1;
    if (decoder->row) {
      rows[0] = decoder->row;
    } else {
      JDIMENSION left = jpeg->output_height - jpeg->output_scanline;
      wanted = left < rows_at_once ? left : rows_at_once;
      for (JDIMENSION row = 0; row < wanted; row++) rows[row] = next + row * stride;
    }
    jpeg_read_scanlines(jpeg, rows, wanted);
    if (decoder->row && next) convert_cmyk(decoder->row, next, jpeg->output_width);
  }
}

cjpeg_status cjpeg_decode(cjpeg_decoder *decoder, int32_t reduction, uint8_t *target) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->errors.home)) return status(&decoder->errors);
  switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE:
    case JCS_RGB:
    case JCS_YCbCr:
      jpeg->out_color_space = JCS_RGB;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg->out_color_space = JCS_CMYK;
      break;
    default:
      snprintf(
          decoder->errors.message, sizeof decoder->errors.message,
          "a JPEG with %d colour components", jpeg->num_components);
      return cjpeg_failed;
  }
  jpeg->scale_num = 1;
  jpeg->scale_denom = (unsigned)reduction;
  jpeg_start_decompress(jpeg);
  if (jpeg->out_color_space == JCS_CMYK || !target) {
    decoder->row = malloc((size_t)jpeg->output_width * 4);
    if (!decoder->row) return cjpeg_out_of_memory;
  }
  read_rows(decoder, target);
  jpeg_finish_decompress(jpeg);  // reads to the end marker: a file without one was cut short
  return cjpeg_done;
}

typedef struct {
  struct jpeg_compress_struct jpeg;
  error_manager errors;
  unsigned char *bytes;
  unsigned long count;
} encoder;

cjpeg_status cjpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality, uint8_t **result,
    size_t *count, char *message) {
  // On the heap: what setjmp's frame holds in registers is undefined after longjmp.
  encoder *state = calloc(1, sizeof *state);
  if (!state) return cjpeg_out_of_memory;
  j_compress_ptr jpeg = &state->jpeg;
  jpeg->err = prepare(&state->errors);
  if (setjmp(state->errors.home)) {
    cjpeg_status outcome = status(&state->errors);
    memcpy(message, state->errors.message, JMSG_LENGTH_MAX);
    jpeg_destroy_compress(&state->jpeg);
    free(state->bytes);
    free(state);
    return outcome;
  }
  jpeg_create_compress(jpeg);
  jpeg_mem_dest(jpeg, &state->bytes, &state->count);
  jpeg->image_width = (JDIMENSION)width;
  jpeg->image_height = (JDIMENSION)height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg_start_compress(jpeg, TRUE);
  while (jpeg->next_scanline < jpeg->image_height) {
    JSAMPROW row = (JSAMPROW)(rgb + (size_t)jpeg->next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(jpeg, &row, 1);
  }
  jpeg_finish_compress(jpeg);
  *result = state->bytes;
  *count = state->count;
  jpeg_destroy_compress(jpeg);
  free(state);
  return cjpeg_done;
}

void cjpeg_free(uint8_t *bytes) { free(bytes); }
