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

/// A row of RGB, or of RGB and alpha, from pixels that have `samples` values each.
void pixels_convert(
    const pixel_layout *layout, const uint8_t *values, size_t samples, uint8_t *target,
    size_t width);

/// How many planes a picture is made of where each kind of sample has one of its own; those behind them are not
/// of the picture.
int pixels_planes(const pixel_layout *layout);

/// Puts a plane's row of values into a row of RGB, or of RGB and alpha, in which those before it are already.
void pixels_add_plane(
    const pixel_layout *layout, int plane, const uint8_t *values, uint8_t *target, size_t width);
