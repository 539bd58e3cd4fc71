// Layers that are no matrix product: padding, dropout, softmax. NHWC, Float32.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "convolution.h"
#include "elementwise.h"

// Mean over `positions` of each channel, for each of `batch` images.
void ft_global_average(
    float *destination, const float *source, size_t batch, size_t positions, size_t channels);
void ft_global_average_gradient(
    float *dx, const float *dy, size_t batch, size_t positions, size_t channels);

// Zeros around an image (kernel and strides of `w` are ignored; out = in + padding).
void ft_zero_padding(const ft_window *w, float *y, const float *x);
void ft_zero_padding_gradient(const ft_window *w, float *dx, const float *dy);

// Inverted dropout of one example: keeps a value when its counter-based random number, a function of
// (key, position) alone, is at least `rate`, and scales it by 1 / (1 - rate). Its gradient is the same
// function of the gradient.
void ft_dropout(float *y, const float *x, float rate, uint64_t key, size_t count);

// Softmax of each of `rows` rows.
void ft_softmax(float *y, const float *x, size_t rows, size_t columns);

// Batch normalisation with the statistics of these rows. parameters: gamma, beta, moving mean, moving
// variance (each [channels]; the last two are updated as Keras does: old * momentum + new *
// (1 - momentum), biased variance). saved: receives mean and 1 / sqrt(variance + epsilon).
// scratch: 2 * channels floats. y = activation(...), activation as in elementwise.h.
void ft_batch_norm(
    float *y, const float *x, float *parameters, float *saved, float *scratch, float epsilon,
    float momentum, ft_activation activation, size_t rows, size_t channels);
// dparameters: receives the gradients of gamma and beta. scratch: 3 * channels floats.
void ft_batch_norm_gradient(
    float *dx, float *dparameters, const float *dy, const float *x, const float *parameters,
    const float *saved, float *scratch, size_t rows, size_t channels);
