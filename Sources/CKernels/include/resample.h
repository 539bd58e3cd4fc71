// Antialiased bilinear and bicubic resampling of 8-bit RGB, equal to Pillow's bit for bit.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What to compute along one axis.
///
/// The interval `start..<end` of the source (in pixels, fractions allowed) becomes `total` pixels,
/// of which only `count`, from `first` on, are wanted.
typedef struct {
  float start, end;
  int32_t total, first, count;
  // 0: the triangle, 1: the cubic filter with a = -0.5, both widened when shrinking; 2: the triangle as it is.
  // The same for both axes.
  int32_t filter;
} resample_axis;

/// Bytes of scratch memory that `resample_rgb` needs; 0 if the numbers are out of range.
size_t resample_scratch_size(
    int32_t width, int32_t height, resample_axis horizontal, resample_axis vertical);

/// The pixels of the source that are read along an axis of `size` pixels.
void resample_needed(resample_axis axis, int32_t size, int32_t *first, int32_t *count);

/// A picture of `width` × `height` pixels, of which `columns` × `rows` from column `x`, row `y` on are
/// there: at least what is read. Rows of 3 bytes a pixel without gaps.
typedef struct {
  const uint8_t *pixels;
  int32_t width, height;
  int32_t x, y, columns, rows;
} resample_source;

/// Writes the wanted `vertical.count` × `horizontal.count` pixels of the resampled image.
///
/// The target is rows of 3 bytes a pixel without gaps; `scratch` is aligned to 16 bytes.
void resample_rgb(
    const resample_source *source, resample_axis horizontal, resample_axis vertical, void *scratch,
    uint8_t *target);
