// Groups of values brought to a common size, and other loops of layers that few networks have.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Of each of `examples` blocks of `positions` rows, `groups` runs of `channels` neighbouring values in every
// row belong together, run by run over all rows.
typedef struct {
  size_t examples, positions, groups, channels;
  // Added to the variance, or the least square of a length.
  float epsilon;
  // Whether a group is brought to length 1 rather than to mean 0 and deviation 1.
  int32_t is_length;
} ft_grouping;

// y = (x - mean) / sqrt(variance + epsilon), or x / sqrt(max(sum of squares, epsilon)); `factor` gets what
// each group's values were multiplied by.
void ft_standardise(const ft_grouping *grouping, float *y, const float *x, float *factor);

// dx from dy, y and what `ft_standardise` has left in `factor`.
void ft_standardise_gradient(
    const ft_grouping *grouping, float *dx, const float *dy, const float *y, const float *factor);

// Layer normalisation of each of `rows` rows of `columns` values:
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta. `parameters` holds gamma, then beta; `saved` gets mean and
// 1 / sqrt(variance + epsilon) of each row. y may be x.
void ft_layer_norm(
    float *y, const float *x, const float *parameters, float *saved, float epsilon, size_t rows,
    size_t columns);

// dx from dy and x; dparameters gets the gradients of gamma, then of beta, unless it is NULL. dx may be dy.
void ft_layer_norm_gradient(
    float *dx, float *dparameters, const float *dy, const float *x, const float *parameters,
    const float *saved, size_t rows, size_t columns);

// The same over bfloat16; see bfloat16.h.
void ft_layer_norm_bf16(
    uint16_t *y, const uint16_t *x, const float *parameters, float *saved, float epsilon,
    size_t rows, size_t columns);
void ft_layer_norm_gradient_bf16(
    uint16_t *dx, float *dparameters, const uint16_t *dy, const uint16_t *x,
    const float *parameters, const float *saved, size_t rows, size_t columns);

// x above `threshold`, cut at 0 and `largest` where that is finite, minus slope * max(threshold - x, 0).
typedef struct {
  float threshold, largest, slope;
} ft_rectifier;

void ft_rectify(float *y, const float *x, ft_rectifier rectifier, size_t count);

// dx[i] = dy[i] * slope at x[i].
void ft_rectify_gradient(
    float *dx, const float *dy, const float *x, ft_rectifier rectifier, size_t count);

// y[i] = the larger of a[i] and b[i], or the smaller.
void ft_extreme(float *y, const float *a, const float *b, int32_t is_smaller, size_t count);

// dx[i] = dy[i] where x[i] is what `ft_extreme` has taken, else 0; of equal ones the first is taken.
void ft_extreme_gradient(
    float *dx, const float *dy, const float *x, const float *other, int32_t is_smaller,
    int32_t is_first, size_t count);

// y[r, c] = x[r, c] * factor[c].
void ft_scale_columns(float *y, const float *x, const float *factor, size_t rows, size_t columns);

// sum[c] (+)= the sum over r of a[r, c] * b[r, c].
void ft_column_dots(
    float *sum, const float *a, const float *b, int32_t adds, size_t rows, size_t columns);
