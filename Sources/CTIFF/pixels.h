// From the samples of a TIFF file to RGB.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef enum {
  alpha_none = 0,
  /// Colours are multiplied by it.
  alpha_multiplied = 1,
  /// They are not.
  alpha_separate = 2,
} alpha_kind;

/// What the samples of a pixel are.
typedef struct {
  /// Of a sample: 1, 2, 4, 8 or 16.
  int bits;
  /// Of the colour, 1 or 3; of printing colours the first three. Alpha follows the colours.
  int channels;
  int is_gray, is_cmyk;
  /// 0 is white.
  int is_inverted;
  alpha_kind alpha;
  /// 16 bits for each index of red, green and blue; null unless samples are indices.
  uint16_t *map[3];
} pixel_layout;

/// Samples as values of 0 ... 255; indices stay what they are.
void pixels_unpack(
    const pixel_layout *layout, const uint8_t *packed, uint8_t *values, size_t count);

/// A row of RGB, or of RGB and alpha, from values that are `step` apart, each kind of sample `plane` behind
/// the last.
void pixels_convert(
    const pixel_layout *layout, const uint8_t *values, size_t step, size_t plane, uint8_t *target,
    size_t width);
