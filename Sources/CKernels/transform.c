#include <math.h>
#include <stdint.h>

#include "clones.h"
#include "colour.h"

typedef float floats __attribute__((vector_size(16)));
enum { max_points = 16 };  // along each side of a pixel
typedef uint8_t bytes __attribute__((vector_size(4)));

// The pixel and one byte after it.
static inline floats load(const uint8_t *pixel) {
  bytes narrow;
  __builtin_memcpy(&narrow, pixel, sizeof narrow);
  return __builtin_convertvector(narrow, floats);
}

static inline floats between(
    floats top_left, floats top_right, floats bottom_left, floats bottom_right, float x, float y) {
  floats top = top_left + x * (top_right - top_left);
  floats bottom = bottom_left + x * (bottom_right - bottom_left);
  return top + y * (bottom - top);
}

// The position that stands at this one when the picture and its mirror image alternate.
static int64_t mirrored(int64_t position, int64_t size) {
  if (position >= 0 && position < size) return position;
  int64_t place = position % (2 * size);
  if (place < 0) place += 2 * size;
  return place < size ? place : 2 * size - 1 - place;
}

typedef struct {
  const uint8_t *pixels;
  int32_t width, height;
  const uint8_t *fill;
} picture;

static floats pixel_anywhere(const picture *source, int64_t x, int64_t y) {
  const uint8_t *p;
  if (source->fill && (x < 0 || y < 0 || x >= source->width || y >= source->height)) {
    p = source->fill;
  } else {
    size_t column = (size_t)mirrored(x, source->width), row = (size_t)mirrored(y, source->height);
    p = source->pixels + (row * (size_t)source->width + column) * 3;
  }
  return (floats){p[0], p[1], p[2], 0};
}

static floats sample_anywhere(const picture *source, double x, double y) {
  double left = floor(x), top = floor(y);
  int64_t column = (int64_t)left, row = (int64_t)top;
  return between(
      pixel_anywhere(source, column, row), pixel_anywhere(source, column + 1, row),
      pixel_anywhere(source, column, row + 1), pixel_anywhere(source, column + 1, row + 1),
      (float)(x - left), (float)(y - top));
}

FT_CLONES
void ft_transform(
    const uint8_t *source, int32_t width, int32_t height, ft_map map, int32_t across, int32_t down,
    const uint8_t *fill, uint8_t *target, int32_t target_width, int32_t target_height) {
  picture all = {source, width, height, fill};
  size_t row_bytes = (size_t)width * 3;
  if (across > max_points) across = max_points;
  if (down > max_points) down = max_points;
  float share = 1.0f / (float)(across * down);
  // Where the points of a pixel are, from its centre.
  double offset_x[max_points * max_points], offset_y[max_points * max_points];
  float narrow_x[max_points * max_points], narrow_y[max_points * max_points];
  int32_t points = across * down;
  for (int32_t n = 0; n < points; n++) {
    double du = (n % across + 0.5) / across - 0.5, dv = (n / across + 0.5) / down - 0.5;
    offset_x[n] = map.xu * du + map.xv * dv;
    offset_y[n] = map.yu * du + map.yv * dv;
    narrow_x[n] = (float)offset_x[n];
    narrow_y[n] = (float)offset_y[n];
  }
  // How far the points of a pixel are from its centre, at most.
  double reach_x = 0.5 * (fabs(map.xu) + fabs(map.xv)), reach_y = 0.5 * (fabs(map.yu) + fabs(map.yv));
  for (int32_t v = 0; v < target_height; v++) {
    for (int32_t u = 0; u < target_width; u++) {
      // Counted from the centre of the source's first pixel.
      double x = map.xu * (u + 0.5) + map.xv * (v + 0.5) + map.x - 0.5;
      double y = map.yu * (u + 0.5) + map.yv * (v + 0.5) + map.y - 0.5;
      floats sum = {0, 0, 0, 0};
      double left = x - reach_x, top = y - reach_y;
      // The byte that `load` takes beyond a pixel is one of the next row at worst, hence - 2.
      if (left >= 0 && top >= 0 && x + reach_x < width - 2 && y + reach_y < height - 2) {
        int32_t column = (int32_t)left, row = (int32_t)top;
        const uint8_t *corner = source + (size_t)row * row_bytes + (size_t)column * 3;
        float centre_x = (float)(x - column), centre_y = (float)(y - row);
        for (int32_t n = 0; n < points; n++) {
          float px = centre_x + narrow_x[n], py = centre_y + narrow_y[n];
          // Rounding may leave a little below nothing, which is still the first pixel.
          int32_t dx = (int32_t)px, dy = (int32_t)py;
          const uint8_t *p = corner + (size_t)dy * row_bytes + (size_t)dx * 3;
          const uint8_t *below = p + row_bytes;
          sum += between(
              load(p), load(p + 3), load(below), load(below + 3), px - (float)dx, py - (float)dy);
        }
      } else {
        for (int32_t n = 0; n < points; n++)
          sum += sample_anywhere(&all, x + offset_x[n], y + offset_y[n]);
      }
      sum = sum * share + 0.5f;
      uint8_t *to = target + ((size_t)v * (size_t)target_width + (size_t)u) * 3;
      for (int c = 0; c < 3; c++) to[c] = (uint8_t)(sum[c] > 255 ? 255 : sum[c]);
    }
  }
}
