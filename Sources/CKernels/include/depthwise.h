// The weight gradient of depthwise convolutions with one output per channel, no depth and no dilation,
// as wide as 7: what libraries are slow at. NHWC; dkernel [kh][kw][channels] is overwritten.
#pragma once
#include <stdint.h>
#include "convolution.h"

// The widest kernel.
enum { FT_DEPTHWISE_WIDTH = 7 };

void ft_depthwise_sums(const ft_window *w, float *dkernel, const float *x, const float *dy);
void ft_depthwise_sums_bf16(
    const ft_window *w, float *dkernel, const uint16_t *x, const uint16_t *dy);
