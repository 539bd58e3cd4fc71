// Elementwise loops over Float32. Buffers either coincide or do not overlap.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Makes the calling thread treat numbers too small for full precision (below 1.2e-38) as 0. Vanishing
// activations and gradients are full of them, and each costs the processor a hundred times an ordinary
// operation.
void ft_flush_denormals(void);

enum {
  FT_LINEAR, FT_RELU, FT_RELU6,
  // Derivative from the output.
  FT_LEAKY_RELU, FT_ELU, FT_SELU, FT_TANH, FT_SIGMOID, FT_HARD_SIGMOID, FT_SOFTPLUS, FT_SOFTSIGN,
  FT_EXPONENTIAL,
  // Derivative from the input.
  FT_SWISH, FT_HARD_SWISH, FT_GELU, FT_GELU_TANH, FT_MISH
};

// The bits of the widest vectors that the processor and the system support: 512, 256, or 128 when
// unknown.
int32_t ft_vector_bits(void);

// A non-linearity; the parameter is a slope or alpha where the kind has one.
typedef struct {
  int32_t kind;
  float parameter;
} ft_activation;

// destination[i] += source[i]
void ft_accumulate(float *destination, const float *source, size_t count);

// destination[i] = activation(a[i] + b[i]); b may be NULL.
void ft_add_activate(
    float *destination, const float *a, const float *b, ft_activation activation, size_t count);

// The gradient through an activation: destination[i] = (a[i] + b[i]) * act'. The derivative is taken
// from y, which holds the activation's output or its input, as the kind demands (see above).
// b may be NULL; y may be NULL when the activation is linear.
void ft_masked_sum(
    float *destination, const float *a, const float *b, const float *y, ft_activation activation,
    size_t count);

// destination[i] = activation(source[i]) and slope[i] = its derivative there, for kinds whose derivative
// comes from the input: both at once, so that no exponential is computed twice. slope may be source.
void ft_activate_keeping(
    float *destination, float *slope, const float *source, ft_activation activation, size_t count);

// destination[i] = (a[i] + b[i]) * slope[i]; b may be NULL.
void ft_sloped_sum(
    float *destination, const float *a, const float *b, const float *slope, size_t count);

// destination[i] = factor * source[i]
void ft_scale(float *destination, const float *source, float factor, size_t count);

// destination[i] = a[i] * b[i]
void ft_multiply(float *destination, const float *a, const float *b, size_t count);

// Each of `rows` rows times one row: destination[r][c] = a[r][c] * b[c].
void ft_multiply_rows(
    float *destination, const float *a, const float *b, size_t rows, size_t channels);

// destination[r][c] = (a[r][c] * factor[c] + shift[c] / rows) * slope[r][c]: what comes back to an image that
// is multiplied by a row made from its own average.
void ft_gated_slope(
    float *destination, const float *a, const float *factor, const float *shift,
    const float *slope, size_t rows, size_t channels);

// sums[c] = Σ a[r][c] * b[r][c] over the rows.
void ft_dot_rows(float *sums, const float *a, const float *b, size_t rows, size_t channels);

// A row of `channels` values is scaled and shifted: destination = activation(source * scale + shift).
// shift may be NULL (none).
void ft_channel_affine(
    float *destination, const float *source, const float *scale, const float *shift,
    ft_activation activation, size_t rows, size_t channels);

// destination[r][c] = scale[c] * dy[r][c] + slope[c] * x[r][c] + shift[c]
void ft_channel_combine(
    float *destination, const float *dy, const float *x, const float *scale, const float *slope,
    const float *shift, size_t rows, size_t channels);

// Sums over the rows: sum[c] (+)= Σ a[r][c]; product[c] (+)= Σ a[r][c] * b[r][c]. b and product may
// be NULL together.
void ft_channel_sums(
    float *sum, float *product, const float *a, const float *b, int32_t accumulating, size_t rows,
    size_t channels);
