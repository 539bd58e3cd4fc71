#include "CJPEG.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

/// Real progressive files have about ten scans. A few kilobytes can ask for hundreds, each of which
/// costs a pass over all coefficients: a thousand million pixels of passes take about a second.
enum { ordinary_scans = 30, maximum_scans = 200 };
static const double maximum_work = 1e9;

/// Rows asked for at once; libjpeg returns what its upsampler holds, rarely more than two.
enum { rows_at_once = 16 };

struct cjpeg_decoder {
  struct jpeg_decompress_struct jpeg;
  error_manager errors;
  struct jpeg_progress_mgr progress;
  uint8_t *row;  // one row of CMYK, if any
  cjpeg_part part;  // what is being decoded
  int64_t working_bytes;
};

static void watch_scans(j_common_ptr common) {
  if (!common->is_decompressor) return;
  j_decompress_ptr jpeg = (j_decompress_ptr)common;
  int scans = jpeg->input_scan_number;
  double work = (double)scans * jpeg->image_width * jpeg->image_height;
  if (scans <= ordinary_scans || (scans <= maximum_scans && work <= maximum_work)) return;
  error_manager *errors = (error_manager *)jpeg->err;
  errors->status = cjpeg_failed;
  snprintf(
      errors->message, sizeof errors->message, "%d scans or more over %u×%u pixels", scans,
      jpeg->image_width, jpeg->image_height);
  longjmp(errors->home, 1);
}

cjpeg_decoder *cjpeg_open(void) {
  cjpeg_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->jpeg.err = cjpeg_prepare(&decoder->errors);
  if (setjmp(decoder->errors.home)) {
    cjpeg_close(decoder);
    return NULL;
  }
  jpeg_create_decompress(&decoder->jpeg);
  decoder->jpeg.mem->max_memory_to_use = maximum_memory;
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

/// A number of two bytes for each sample of each block; rows of it are small beside that.
static int64_t coefficient_bytes(j_decompress_ptr jpeg) {
  if (!jpeg_has_multiple_scans(jpeg)) return 0;
  int64_t blocks = 0;
  for (int index = 0; index < jpeg->num_components; index++) {
    const jpeg_component_info *component = &jpeg->comp_info[index];
    blocks += (int64_t)component->width_in_blocks * component->height_in_blocks;
  }
  int64_t bytes = blocks * (int64_t)sizeof(JBLOCK);
  return bytes <= maximum_memory ? bytes : 0;  // libjpeg refuses it
}

cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, const uint8_t *bytes, size_t count) {
  if (setjmp(decoder->errors.home)) return decoder->errors.status;
  jpeg_mem_src(&decoder->jpeg, bytes, count);
  jpeg_read_header(&decoder->jpeg, TRUE);
  if (decoder->jpeg.data_precision != BITS_IN_JSAMPLE) {  // libjpeg-turbo 3 reads such headers
    snprintf(
        decoder->errors.message, sizeof decoder->errors.message, "%d bits a channel",
        decoder->jpeg.data_precision);
    return cjpeg_unsupported;
  }
  decoder->working_bytes = coefficient_bytes(&decoder->jpeg);
  return cjpeg_done;
}

static cjpeg_colour colour(const struct jpeg_decompress_struct *jpeg) {
  switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE: return cjpeg_gray;
    case JCS_RGB: return cjpeg_rgb;
    case JCS_YCbCr: return cjpeg_ycbcr;
    case JCS_CMYK: return cjpeg_cmyk;
    case JCS_YCCK: return cjpeg_ycck;
    default: return cjpeg_other;
  }
}

cjpeg_header cjpeg_get_header(const cjpeg_decoder *decoder) {
  const struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
  return (cjpeg_header){
      .width = (int32_t)jpeg->image_width,
      .height = (int32_t)jpeg->image_height,
      .bits = jpeg->data_precision,
      .colour = colour(jpeg),
      .progressive = jpeg->progressive_mode,
      .working_bytes = decoder->working_bytes,
  };
}

#define text_of(x) #x
#define expanded_text_of(x) text_of(x)
const char *cjpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "turbo " expanded_text_of(LIBJPEG_TURBO_VERSION);
#else
  return expanded_text_of(JPEG_LIB_VERSION);
#endif
}

int32_t cjpeg_warning_kinds(void) { return harmless_count; }
const char *cjpeg_warning(const cjpeg_decoder *decoder, int32_t kind) {
  return decoder->errors.warnings[kind];
}
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

#if defined(LIBJPEG_TURBO_VERSION) && LIBJPEG_TURBO_VERSION_NUMBER >= 2001000
#define CAN_SKIP 1
#else
#define CAN_SKIP 0
#endif

/// Columns on either side that smooth upsampling looks at; libjpeg takes the part's edge for the
/// picture's, so these are decoded too.
enum { margin = 2 };

/// Whether libjpeg decodes a part of this picture to the same pixels.
///
/// Pictures of which refinements are missing are smoothed across blocks; with colours four times as
/// coarse as the brightness libjpeg-turbo 2.1 writes other pixels and past its memory; CMYK and
/// arithmetic coding are too rare to be trusted to skipping.
static int is_divisible(const struct jpeg_decompress_struct *jpeg) {
  if (!CAN_SKIP || jpeg->out_color_space != JCS_RGB || jpeg->arith_code) return 0;
  if (jpeg->max_h_samp_factor > 2 || jpeg->max_v_samp_factor > 2) return 0;
  if (!jpeg->coef_bits) return 1;
  for (int component = 0; component < jpeg->num_components; component++)
    for (int coefficient = 0; coefficient < DCTSIZE2; coefficient++)
      if (jpeg->coef_bits[component][coefficient] != 0) return 0;
  return 1;
}

/// Has libjpeg leave out the columns and the rows before the part; widens the part to what is left.
static void enter_part(j_decompress_ptr jpeg, cjpeg_part *part) {
#if CAN_SKIP
  if (is_divisible(jpeg)) {
    JDIMENSION left = part->x > margin ? (JDIMENSION)(part->x - margin) : 0;
    JDIMENSION right = (JDIMENSION)(part->x + part->width) + margin;
    if (right > jpeg->output_width) right = jpeg->output_width;
    JDIMENSION columns = right - left;
    // Moves the left edge to a block's.
    if (columns < jpeg->output_width) jpeg_crop_scanline(jpeg, &left, &columns);
    if (part->y > 0) jpeg_skip_scanlines(jpeg, (JDIMENSION)part->y);
    part->x = (int32_t)left;
    part->width = (int32_t)columns;
    return;
  }
#endif
  part->height += part->y;
  part->x = part->y = 0;
  part->width = (int32_t)jpeg->output_width;
}

cjpeg_status cjpeg_start(cjpeg_decoder *decoder, int32_t reduction, cjpeg_part *part) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->errors.home)) return decoder->errors.status;
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
          "%d colour components", jpeg->num_components);
      return cjpeg_unsupported;
  }
  jpeg->scale_num = 1;
  jpeg->scale_denom = (unsigned)reduction;
  jpeg_start_decompress(jpeg);
  if (jpeg->out_color_space == JCS_CMYK) {
    decoder->row = malloc((size_t)jpeg->output_width * 4);
    if (!decoder->row) return cjpeg_out_of_memory;
  }
  if (part->x < 0 || part->y < 0 || part->width < 1 || part->height < 1
      || (int64_t)part->x + part->width > jpeg->output_width
      || (int64_t)part->y + part->height > jpeg->output_height) {
    snprintf(
        decoder->errors.message, sizeof decoder->errors.message, "no such part of %u×%u pixels",
        jpeg->output_width, jpeg->output_height);
    return cjpeg_failed;
  }
  enter_part(jpeg, part);
  decoder->part = *part;
  return cjpeg_done;
}

static void read_rows(cjpeg_decoder *decoder, uint8_t *target) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  size_t stride = (size_t)decoder->part.width * 3;
  JDIMENSION first = (JDIMENSION)decoder->part.y;
  JDIMENSION end = first + (JDIMENSION)decoder->part.height;
  while (jpeg->output_scanline < end) {
    uint8_t *next = target + (size_t)(jpeg->output_scanline - first) * stride;
    JSAMPROW rows[rows_at_once];
    JDIMENSION wanted = 1;
    if (decoder->row) {
      rows[0] = decoder->row;
    } else {
      JDIMENSION left = end - jpeg->output_scanline;
      wanted = left < rows_at_once ? left : rows_at_once;
      for (JDIMENSION row = 0; row < wanted; row++) rows[row] = next + row * stride;
    }
    jpeg_read_scanlines(jpeg, rows, wanted);
    if (decoder->row) convert_cmyk(decoder->row, next, jpeg->output_width);
  }
}

cjpeg_status cjpeg_read(cjpeg_decoder *decoder, uint8_t *target) {
  j_decompress_ptr jpeg = &decoder->jpeg;
  if (setjmp(decoder->errors.home)) return decoder->errors.status;
  read_rows(decoder, target);
  // Reads to the end marker: a file without one was cut short.
  if (jpeg->output_scanline == jpeg->output_height) jpeg_finish_decompress(jpeg);
  return cjpeg_done;
}
