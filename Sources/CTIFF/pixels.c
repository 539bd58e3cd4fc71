#include "pixels.h"

#include <string.h>

void pixels_unpack(
    const pixel_layout *layout, const uint8_t *packed, uint8_t *values, size_t count) {
  int bits = layout->bits;
  if (bits == 8) {
    memcpy(values, packed, count);
  } else if (bits == 16) {
    // Grey is rounded; colours lose their lower byte, as in Pillow.
    for (size_t index = 0; index < count; index++) {
      uint16_t value;
      memcpy(&value, packed + 2 * index, 2);
      values[index] = (uint8_t)(layout->is_gray ? (value * 255u + 32895u) >> 16 : value >> 8);
    }
  } else {
    int mask = (1 << bits) - 1;
    int scale = layout->map[0] ? 1 : 255 / mask;
    for (size_t index = 0; index < count; index++) {
      size_t bit = index * (size_t)bits;
      int shift = 8 - bits - (int)(bit & 7);
      values[index] = (uint8_t)(((packed[bit >> 3] >> shift) & mask) * scale);
    }
  }
}

/// a · b / 255, rounded; exact for bytes.
static inline int scaled(int a, int b) {
  int product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

static inline uint8_t limited(int value) {
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void pixels_convert(
    const pixel_layout *layout, const uint8_t *values, size_t step, size_t plane, uint8_t *target,
    size_t width) {
  for (size_t x = 0; x < width; x++, values += step) {
    for (int channel = 0; channel < 3; channel++) {
      uint8_t value = values[layout->channels == 3 ? (size_t)channel * plane : 0];
      if (layout->map[0]) value = (uint8_t)(layout->map[channel][value] >> 8);
      if (layout->is_inverted) value = 255 - value;
      if (layout->is_cmyk) {
        int light = 255 - values[3 * plane];
        value = limited(light - scaled(value, light));  // Pillow's formula
      }
      target[channel] = value;
    }
    target += 3;
    if (layout->alpha == alpha_none) continue;
    int alpha = values[(size_t)layout->channels * plane];
    if (layout->alpha == alpha_multiplied && alpha != 0 && alpha != 255)
      for (int channel = -3; channel < 0; channel++)
        target[channel] = limited(255 * target[channel] / alpha);
    *target++ = (uint8_t)alpha;
  }
}
