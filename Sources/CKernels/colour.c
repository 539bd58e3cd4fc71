#include "colour.h"

#include <math.h>
#include <string.h>

#include "clones.h"

static inline uint8_t rounded(float value) {
  value += 0.5f;
  value = value < 0 ? 0 : value;
  return (uint8_t)(value > 255 ? 255 : value);
}

void ft_histogram(const uint8_t *rgb, size_t pixels, uint32_t *counts) {
  // Two tables: equal neighbours would wait for each other's store.
  uint32_t others[3 * 256] = {0};
  memset(counts, 0, sizeof others);
  size_t i = 0;
  for (; i + 2 <= pixels; i += 2) {
    const uint8_t *p = rgb + 3 * i;
    counts[p[0]]++;
    counts[256 + p[1]]++;
    counts[512 + p[2]]++;
    others[p[3]]++;
    others[256 + p[4]]++;
    others[512 + p[5]]++;
  }
  for (; i < pixels; i++)
    for (int c = 0; c < 3; c++) counts[256 * c + rgb[3 * i + (size_t)c]]++;
  for (int i = 0; i < 3 * 256; i++) counts[i] += others[i];
}

void ft_lookup(uint8_t *rgb, size_t pixels, const uint8_t *table) {
  for (size_t i = 0; i < pixels; i++) {
    uint8_t *p = rgb + 3 * i;
    p[0] = table[p[0]];
    p[1] = table[256 + p[1]];
    p[2] = table[512 + p[2]];
  }
}

FT_CLONES
void ft_saturate(uint8_t *rgb, size_t pixels, float factor) {
  FT_INDEPENDENT
  for (size_t i = 0; i < pixels; i++) {
    uint8_t *p = rgb + 3 * i;
    float r = p[0], g = p[1], b = p[2];
    float luma = (1 - factor) * (0.299f * r + 0.587f * g + 0.114f * b);
    p[0] = rounded(luma + factor * r);
    p[1] = rounded(luma + factor * g);
    p[2] = rounded(luma + factor * b);
  }
}

// v - chroma * the share that a channel lacks: Smith 1978 without cases. `sector` is the hue in sixths of
// the circle, moved by the channel's own place; 0 <= sector < 18.
static inline float channel_of_hue(float sector, float value, float chroma) {
  sector -= 6.0f * (float)(int)(sector * (1 / 6.0f));
  float lack = sector < 4 - sector ? sector : 4 - sector;
  lack = lack < 0 ? 0 : lack > 1 ? 1 : lack;
  return value - chroma * lack;
}

FT_CLONES
void ft_turn_hue(uint8_t *rgb, size_t pixels, float turn) {
  float sixths = 6 * turn + 6;
  FT_INDEPENDENT
  for (size_t i = 0; i < pixels; i++) {
    uint8_t *p = rgb + 3 * i;
    float r = p[0], g = p[1], b = p[2];
    float high = r > g ? r : g, low = r < g ? r : g;
    high = high > b ? high : b;
    low = low < b ? low : b;
    float chroma = high - low, inverse = 1 / (chroma > 0 ? chroma : 1);
    float hue = high == r ? (g - b) * inverse
        : high == g ? 2 + (b - r) * inverse : 4 + (r - g) * inverse;
    hue = (hue < 0 ? hue + 6 : hue) + sixths;
    p[0] = rounded(channel_of_hue(hue + 5, high, chroma));
    p[1] = rounded(channel_of_hue(hue + 3, high, chroma));
    p[2] = rounded(channel_of_hue(hue + 1, high, chroma));
  }
}

FT_CLONES
void ft_sharpen(
    uint8_t *target, const uint8_t *source, int32_t width, int32_t height, float factor) {
  size_t row = (size_t)width * 3;
  memcpy(target, source, row * (size_t)height);
  float smooth = (1 - factor) / 13;
  for (int32_t y = 1; y < height - 1; y++) {
    const uint8_t *above = source + (size_t)(y - 1) * row, *here = above + row, *below = here + row;
    uint8_t *to = target + (size_t)y * row;
    FT_INDEPENDENT
    for (size_t x = 3; x < row - 3; x++) {
      int32_t sum = above[x - 3] + above[x] + above[x + 3] + here[x - 3] + 5 * here[x]
          + here[x + 3] + below[x - 3] + below[x] + below[x + 3];
      to[x] = rounded(smooth * (float)sum + factor * (float)here[x]);
    }
  }
}

// The position of a picture that stands at this one, mirrored at the outermost pixels.
static int32_t mirrored(int32_t position, int32_t size) {
  if (size == 1) return 0;
  int32_t period = 2 * (size - 1);
  position = (position % period + period) % period;
  return position < size ? position : period - position;
}

FT_CLONES
static void add_row(float *sum, const uint8_t *row, size_t length, float weight) {
  FT_INDEPENDENT
  for (size_t i = 0; i < length; i++) sum[i] += weight * (float)row[i];
}

FT_CLONES
static void add_floats(float *sum, const float *row, size_t length, float weight) {
  FT_INDEPENDENT
  for (size_t i = 0; i < length; i++) sum[i] += weight * row[i];
}

FT_CLONES
static void round_row(uint8_t *target, const float *row, size_t length) {
  for (size_t i = 0; i < length; i++) target[i] = rounded(row[i]);
}

void ft_blur(
    uint8_t *rgb, int32_t width, int32_t height, const float *weights, int32_t radius,
    float *scratch) {
  size_t length = (size_t)width * 3, margin = (size_t)radius * 3;
  // All rows, with room for the mirrored ends of one, and the sums of one.
  float *rows = scratch, *wide = rows + length * (size_t)height, *sum = wide + length + 2 * margin;
  memset(rows, 0, sizeof(float) * length * (size_t)height);
  for (int32_t y = 0; y < height; y++)
    for (int32_t i = -radius; i <= radius; i++)
      add_row(
          rows + (size_t)y * length, rgb + (size_t)mirrored(y + i, height) * length, length,
          weights[i + radius]);
  for (int32_t y = 0; y < height; y++) {
    const float *row = rows + (size_t)y * length;
    memcpy(wide + margin, row, sizeof(float) * length);
    for (int32_t x = 1; x <= radius; x++) {
      memcpy(wide + margin - 3 * x, row + 3 * mirrored(-x, width), 3 * sizeof(float));
      memcpy(
          wide + margin + length + 3 * (x - 1), row + 3 * mirrored(width - 1 + x, width),
          3 * sizeof(float));
    }
    memset(sum, 0, sizeof(float) * length);
    for (int32_t i = 0; i <= 2 * radius; i++) add_floats(sum, wide + 3 * i, length, weights[i]);
    round_row(rgb + (size_t)y * length, sum, length);
  }
}

FT_CLONES
void ft_blend_examples(
    float *examples, size_t count, size_t stride, size_t length, float share, float *scratch) {
  memcpy(scratch, examples, sizeof(float) * length);
  for (size_t n = 0; n < count; n++) {
    float *to = examples + n * stride;
    const float *other = n + 1 < count ? to + stride : scratch;
    FT_INDEPENDENT
    for (size_t i = 0; i < length; i++) to[i] = share * to[i] + (1 - share) * other[i];
  }
}
