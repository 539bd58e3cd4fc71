#include <stdlib.h>
#include <string.h>

#include "errors.h"

typedef struct {
  struct jpeg_compress_struct jpeg;
  error_manager errors;
  unsigned char *bytes;
  unsigned long count;
} encoder;

cjpeg_status cjpeg_encode(
    const uint8_t *rgb, int32_t width, int32_t height, int32_t quality, cjpeg_layout layout,
    uint8_t **result, size_t *count, char *message) {
  // On the heap: what setjmp's frame holds in registers is undefined after longjmp.
  encoder *state = calloc(1, sizeof *state);
  if (!state) return cjpeg_out_of_memory;
  j_compress_ptr jpeg = &state->jpeg;
  jpeg->err = cjpeg_prepare(&state->errors);
  if (setjmp(state->errors.home)) {
    cjpeg_status outcome = state->errors.status;
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
  if (layout.gray) jpeg_set_colorspace(jpeg, JCS_GRAYSCALE);
  jpeg->comp_info[0].h_samp_factor = layout.across;
  jpeg->comp_info[0].v_samp_factor = layout.down;
  jpeg->restart_in_rows = layout.restart_rows;
  jpeg->arith_code = layout.arithmetic != 0;
  if (layout.progressive) jpeg_simple_progression(jpeg);
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
