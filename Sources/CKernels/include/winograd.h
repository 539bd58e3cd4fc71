// Winograd's minimal filtering for convolutions with a 3×3 kernel, stride 1 and no dilation: four by
// four outputs of one channel come from six by six inputs with 36 multiplications instead of 144, and
// summing over the channels makes 36 matrix products of them, one for each position of a tile. These
// are the transformations around the products. NHWC, Float32.
//
// A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks (2015). With the points 0,
// ±5/8, ±3/2 and ∞ the error is about twice that of a plain sum over 256 channels; with the customary
// 0, ±1, ±2 and ∞ it is five times.
#pragma once
#include <stddef.h>
#include "convolution.h"
#include "elementwise.h"

enum {
  FT_WINOGRAD_OUTPUTS = 4, // of a tile, in each direction
  FT_WINOGRAD_POSITIONS = 36,
  FT_WINOGRAD_CHANNELS = 16, // the channels of both sides are multiples of this
};

// Tiles that cover the outputs of all images: those of a row first, then rows, then images.
size_t ft_winograd_tiles(const ft_window *w);

// Some of the tiles, transformed: values[position * stride + (tile - first) * channels + channel].
typedef struct {
  float *values;
  size_t stride; // at least count * channels
  size_t first, count;
} ft_winograd_block;

// What the tiles see of x, zeros outside of it. `patch` has room for 36 * in_channels floats.
void ft_winograd_input(const ft_window *w, ft_winograd_block to, const float *x, float *patch);
// y of the tiles = activation(products + bias [+ y]); the activation is linear, ReLU or ReLU6, and
// bias may be NULL.
void ft_winograd_output(
    const ft_window *w, float *y, ft_winograd_block products, const float *bias, int32_t adding,
    ft_activation activation);
// The transpose of that: how the tiles' products share the output gradient.
void ft_winograd_output_gradient(const ft_window *w, ft_winograd_block to, const float *dy);

// kernel [3][3][in][out] as [36][in][out].
void ft_winograd_kernel(
    float *transformed, const float *kernel, size_t in_channels, size_t out_channels);
// The kernel that leads output gradients back, from the same: turned around, as [36][out][in].
void ft_winograd_reversed_kernel(
    float *transformed, const float *kernel, size_t in_channels, size_t out_channels);
// The transpose of ft_winograd_kernel, which makes a gradient [3][3][in][out] of one [36][in][out].
void ft_winograd_kernel_gradient(
    float *kernel, const float *transformed, size_t in_channels, size_t out_channels);
