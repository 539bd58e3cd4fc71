// The loops of elementwise.h and layers.h over bfloat16: the upper half of a Float32, kept as uint16_t.
// Arithmetic is Float32's; a result is rounded once, to nearest, ties to even. Rows, gates, sums and
// means, of which there are few, stay Float32.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "convolution.h"
#include "elementwise.h"

// Whether the processor multiplies such numbers itself (AVX512_BF16, or Arm's).
int32_t ft_has_bfloat16(void);
// Whether it does so faster than it multiplies Float32: with tiles (AMX), on AMD's vectors and on Arm's. Intel's
// vectors need as long for a pair of products as for two of Float32, or twice that.
int32_t ft_has_fast_bfloat16(void);

void ft_widen(float *destination, const uint16_t *source, size_t count);
void ft_narrow(uint16_t *destination, const float *source, size_t count);

void ft_add_activate_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, ft_activation activation,
    size_t count);
void ft_masked_sum_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, const uint16_t *y,
    ft_activation activation, size_t count);
void ft_activate_keeping_bf16(
    uint16_t *destination, uint16_t *slope, const uint16_t *source, ft_activation activation,
    size_t count);
void ft_sloped_sum_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, const uint16_t *slope,
    size_t count);
void ft_scale_bf16(uint16_t *destination, const uint16_t *source, float factor, size_t count);
void ft_multiply_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, size_t count);
void ft_multiply_rows_bf16(
    uint16_t *destination, const uint16_t *a, const float *b, size_t rows, size_t channels);
void ft_dot_rows_bf16(
    float *sums, const uint16_t *a, const uint16_t *b, size_t rows, size_t channels);
void ft_channel_affine_bf16(
    uint16_t *destination, const uint16_t *source, const float *scale, const float *shift,
    ft_activation activation, size_t rows, size_t channels);
void ft_channel_sums_bf16(
    float *sum, float *product, const uint16_t *a, const uint16_t *b, int32_t accumulating,
    size_t rows, size_t channels);
void ft_global_average_bf16(
    float *destination, const uint16_t *source, size_t batch, size_t positions, size_t channels);
void ft_global_average_gradient_bf16(
    uint16_t *dx, const float *dy, size_t batch, size_t positions, size_t channels);
