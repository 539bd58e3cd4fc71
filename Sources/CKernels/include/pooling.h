// Poolings: one value for each window and channel. NHWC (NDHWC with depth), Float32; in_channels =
// out_channels. Padding is never seen. Gradients overwrite dx.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "convolution.h"

// The largest value; positions[i] is where in its image it was found, -1 for nowhere (NULL: not kept).
void ft_max_pooling(const ft_window *w, float *y, const float *x, int32_t *positions);
// Of any pooling that chooses one position: dy goes there.
void ft_chosen_gradient(const ft_window *w, float *dx, const float *dy, const int32_t *positions);

// The mean; 0 for a window that sees nothing.
void ft_average_pooling(const ft_window *w, float *y, const float *x);
void ft_average_pooling_gradient(const ft_window *w, float *dx, const float *dy);

// (Σ |x|^p)^(1/p), p ≥ 1. The gradient is 0 where x is.
void ft_norm_pooling(const ft_window *w, float *y, const float *x, float power);
void ft_norm_pooling_gradient(
    const ft_window *w, float *dx, const float *dy, const float *x, const float *y, float power);

// One value of the window, chosen with a probability proportional to it; values below 0 count as 0, and
// 0 comes out when all do. The randomness is a function of (key, output index).
void ft_stochastic_pooling(
    const ft_window *w, float *y, const float *x, int32_t *positions, uint64_t key);
// Its expectation: Σ v² / Σ v with v = max(x, 0).
void ft_expected_pooling(const ft_window *w, float *y, const float *x);
void ft_expected_pooling_gradient(
    const ft_window *w, float *dx, const float *dy, const float *x, const float *y);
