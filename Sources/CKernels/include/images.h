// Layers over images that networks rarely have: borders, enlargement, unshared kernels, local response
// normalisation. NHWC (NDHWC with depth), Float32. Gradients overwrite dx.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "convolution.h"

// Copies of the image around it (kernel and strides of `w` are ignored; out = in + padding): of its
// border, or (reflecting) mirrored at its border, which is not repeated; then padding < size.
void ft_border_padding(const ft_window *w, int32_t reflecting, float *y, const float *x);
void ft_border_padding_gradient(const ft_window *w, int32_t reflecting, float *dx, const float *dy);

// Height and width of the input become those of the output: from the position whose centre is nearest.
void ft_resize_nearest(const ft_window *w, float *y, const float *x);
void ft_resize_nearest_gradient(const ft_window *w, float *dx, const float *dy);
// The same by linear interpolation between the centres of the four positions around, never smoothed.
void ft_resize_bilinear(const ft_window *w, float *y, const float *x);
void ft_resize_bilinear_gradient(const ft_window *w, float *dx, const float *dy);

// A convolution with a kernel of its own for each output position: [positions][kd * kh * kw * in][out].
void ft_unshared(const ft_window *w, float *y, const float *x, const float *kernel);
void ft_unshared_input_gradient(
    const ft_window *w, float *dx, const float *dy, const float *kernel);
// Added to dkernel when `accumulating`.
void ft_unshared_weight_gradient(
    const ft_window *w, float *dkernel, const float *x, const float *dy, int32_t accumulating);

// y[c] = x[c] / (bias + alpha * Σ x[j]²)^beta over the channels j with |j - c| <= radius, for each of
// `rows` rows. scratch: channels floats forward, 2 * channels backward.
typedef struct {
  int32_t radius;
  float alpha, beta, bias;
} ft_local_response;
void ft_local_response_forward(
    const ft_local_response *p, float *y, const float *x, float *scratch, size_t rows,
    size_t channels);
void ft_local_response_gradient(
    const ft_local_response *p, float *dx, const float *dy, const float *x, float *scratch,
    size_t rows, size_t channels);
