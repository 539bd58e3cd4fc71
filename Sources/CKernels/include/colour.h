// Loops over 8-bit RGB pictures (3 bytes a pixel, no gaps) and over batches of them as floats.
#pragma once
#include <stddef.h>
#include <stdint.h>

// How often each byte occurs: counts[channel * 256 + byte].
void ft_histogram(const uint8_t *rgb, size_t pixels, uint32_t *counts);
// Each byte replaced by table[channel * 256 + byte].
void ft_lookup(uint8_t *rgb, size_t pixels, const uint8_t *table);
// luma + factor * (x - luma), luma = 0.299 R + 0.587 G + 0.114 B; rounded and clamped.
void ft_saturate(uint8_t *rgb, size_t pixels, float factor);
// The hue (of HSV) turned by `turn` circles, -1...1.
void ft_turn_hue(uint8_t *rgb, size_t pixels, float turn);
// s + factor * (x - s), where s is x smoothed by [1 1 1; 1 5 1; 1 1 1] / 13; the outermost pixels stay.
void ft_sharpen(
    uint8_t *target, const uint8_t *source, int32_t width, int32_t height, float factor);
// A separable convolution with 2 * radius + 1 weights, the picture mirrored at its outermost pixels, which
// are not repeated. scratch: (width * (height + 2) + 2 * radius) * 3 floats.
void ft_blur(
    uint8_t *rgb, int32_t width, int32_t height, const float *weights, int32_t radius,
    float *scratch);

// Where a target's pixels come from: the centre (u, v) of one shows the source at
// (xu * u + xv * v + x, yu * u + yv * v + y), in pixels from the source's corner.
typedef struct {
  double xu, xv, x, yu, yv, y;
} ft_map;
// Each pixel is the mean over across * down points (16 * 16 at most), evenly spread in it, of the source
// interpolated bilinearly between the centres of its pixels. Beyond the source: its mirror image, edges
// repeated, or `fill` (three bytes) unless that is NULL.
void ft_transform(
    const uint8_t *source, int32_t width, int32_t height, ft_map map, int32_t across, int32_t down,
    const uint8_t *fill, uint8_t *target, int32_t target_width, int32_t target_height);

// Of each of `count` examples, `stride` apart, share * itself + (1 - share) * the next, the last with the
// first, for `length` floats. scratch: `length` floats.
void ft_blend_examples(
    float *examples, size_t count, size_t stride, size_t length, float share, float *scratch);
