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

/// A value of a colour as RGB has it.
static inline uint8_t colour_of(const pixel_layout *layout, int channel, uint8_t value) {
  if (layout->map[0]) value = (uint8_t)(layout->map[channel][value] >> 8);
  return layout->is_inverted ? 255 - value : value;
}

/// A printing colour over so much black: Pillow's formula.
static inline uint8_t printed(uint8_t value, int black) {
  int light = 255 - black;
  return limited(light - scaled(value, light));
}

/// Divides a pixel's colours by an alpha that they were multiplied by.
static inline void divide(const pixel_layout *layout, uint8_t *colours, int alpha) {
  if (layout->alpha != alpha_multiplied || alpha == 0 || alpha == 255) return;
  for (int channel = 0; channel < 3; channel++)
    colours[channel] = limited(255 * colours[channel] / alpha);
}

void pixels_convert(
    const pixel_layout *layout, const uint8_t *values, size_t samples, uint8_t *target,
    size_t width) {
  for (size_t x = 0; x < width; x++, values += samples) {
    for (int channel = 0; channel < 3; channel++) {
      uint8_t value = colour_of(layout, channel, values[layout->channels == 3 ? channel : 0]);
      target[channel] = layout->is_cmyk ? printed(value, values[3]) : value;
    }
    target += 3;
    if (layout->alpha == alpha_none) continue;
    uint8_t alpha = values[layout->channels];
    divide(layout, target - 3, alpha);
    *target++ = alpha;
  }
}

int pixels_planes(const pixel_layout *layout) {
  return layout->channels + (layout->is_cmyk || layout->alpha != alpha_none);
}

void pixels_add_plane(
    const pixel_layout *layout, int plane, const uint8_t *values, uint8_t *target, size_t width) {
  size_t bytes = layout->alpha == alpha_none ? 3 : 4;
  int is_colour = plane < layout->channels;
  int first = layout->channels == 3 ? plane : 0, last = layout->channels == 3 ? plane : 2;
  for (size_t x = 0; x < width; x++, target += bytes) {
    if (is_colour) {
      for (int channel = first; channel <= last; channel++)
        target[channel] = colour_of(layout, channel, values[x]);
    } else if (layout->is_cmyk) {
      for (int channel = 0; channel < 3; channel++)
        target[channel] = printed(target[channel], values[x]);
    } else {
      divide(layout, target, values[x]);
      target[3] = values[x];
    }
  }
}
