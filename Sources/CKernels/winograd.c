#include "winograd.h"

#include <string.h>

#include "clones.h"
#include "window.h"

#define INLINE static inline __attribute__((always_inline))

// Sixteen channels, which need not be aligned.
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t lane_bits __attribute__((vector_size(64)));

enum { OUTPUTS = FT_WINOGRAD_OUTPUTS, INPUTS = OUTPUTS + 2, LANES = FT_WINOGRAD_CHANNELS };

// The points are 0, ±P, ±Q and ∞. Powers of these have few bits: nothing below is rounded but the
// inverses.
#define P 0.625f
#define Q 1.5f
#define P2 (P * P)
#define Q2 (Q * Q)
#define P3 (P2 * P)
#define Q3 (Q2 * Q)
// The derivatives of x(x² − P²)(x² − Q²) at 0, ±P and ±Q.
#define AT_0 (P2 * Q2)
#define AT_P (2 * P2 * (P2 - Q2))
#define AT_Q (2 * Q2 * (Q2 - P2))

// Each transformation is one matrix applied to the rows of a tile and then to its columns; these apply
// it to one of them, whose elements are `step` apart.

// Six inputs to six positions.
INLINE void transform_input(lanes *to, size_t to_step, const lanes *d, size_t step) {
  lanes d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  lanes even_p = d4 - Q2 * d2, odd_p = P * (d3 - Q2 * d1);
  lanes even_q = d4 - P2 * d2, odd_q = Q * (d3 - P2 * d1);
  to[0] = P2 * Q2 * d0 - (P2 + Q2) * d2 + d4;
  to[to_step] = even_p + odd_p;
  to[2 * to_step] = even_p - odd_p;
  to[3 * to_step] = even_q + odd_q;
  to[4 * to_step] = even_q - odd_q;
  to[5 * to_step] = P2 * Q2 * d1 - (P2 + Q2) * d3 + d[5 * step];
}

// Six positions to four outputs.
INLINE void transform_output(lanes *to, size_t to_step, const lanes *m, size_t step) {
  lanes m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step];
  lanes sum_p = m1 + m2, difference_p = m1 - m2, sum_q = m3 + m4, difference_q = m3 - m4;
  to[0] = m[0] + sum_p + sum_q;
  to[to_step] = P * difference_p + Q * difference_q;
  to[2 * to_step] = P2 * sum_p + Q2 * sum_q;
  to[3 * to_step] = P3 * difference_p + Q3 * difference_q + m[5 * step];
}

// Its transpose: four output gradients to six positions.
INLINE void transform_output_gradient(lanes *to, size_t to_step, const lanes *y, size_t step) {
  lanes y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  lanes even_p = y0 + P2 * y2, odd_p = P * y1 + P3 * y3;
  lanes even_q = y0 + Q2 * y2, odd_q = Q * y1 + Q3 * y3;
  to[0] = y0;
  to[to_step] = even_p + odd_p;
  to[2 * to_step] = even_p - odd_p;
  to[3 * to_step] = even_q + odd_q;
  to[4 * to_step] = even_q - odd_q;
  to[5 * to_step] = y3;
}

// Three weights to six positions.
INLINE void transform_kernel(lanes *to, size_t to_step, const lanes *g, size_t step) {
  lanes g0 = g[0], g1 = g[step], g2 = g[2 * step];
  lanes even_p = g0 + P2 * g2, odd_p = P * g1, even_q = g0 + Q2 * g2, odd_q = Q * g1;
  to[0] = (1 / AT_0) * g0;
  to[to_step] = (1 / AT_P) * (even_p + odd_p);
  to[2 * to_step] = (1 / AT_P) * (even_p - odd_p);
  to[3 * to_step] = (1 / AT_Q) * (even_q + odd_q);
  to[4 * to_step] = (1 / AT_Q) * (even_q - odd_q);
  to[5 * to_step] = g2;
}

// Its transpose.
INLINE void transform_kernel_gradient(lanes *to, size_t to_step, const lanes *u, size_t step) {
  lanes u1 = (1 / AT_P) * u[step], u2 = (1 / AT_P) * u[2 * step];
  lanes u3 = (1 / AT_Q) * u[3 * step], u4 = (1 / AT_Q) * u[4 * step];
  to[0] = (1 / AT_0) * u[0] + u1 + u2 + u3 + u4;
  to[to_step] = P * (u1 - u2) + Q * (u3 - u4);
  to[2 * to_step] = P2 * (u1 + u2) + Q2 * (u3 + u4) + u[5 * step];
}

// Rows of FROM elements, then columns: `tile` [FROM][FROM] into `result` [TO][TO].
#define BOTH_WAYS(transform, FROM, TO, result, tile)                                               \
  {                                                                                                \
    lanes half[(FROM) * (TO)];                                                                     \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < (FROM); i++)                            \
        transform(half + i * (TO), 1, (tile) + i * (FROM), 1);                                     \
    _Pragma("clang loop unroll(full)") for (int j = 0; j < (TO); j++)                              \
        transform((result) + j, TO, half + j, TO);                                                 \
  }

#define LOAD(p) (*(const lanes *)(p))
#define STORE(p, v) (*(lanes *)(p) = (v))
#define CHOOSE(mask, a, b) ((lanes)(((mask) & (lane_bits)(a)) | (~(mask) & (lane_bits)(b))))

static size_t tiles_across(const ft_window *w) { return (w->out_width + OUTPUTS - 1) / OUTPUTS; }
static size_t tiles_down(const ft_window *w) { return (w->out_height + OUTPUTS - 1) / OUTPUTS; }

size_t ft_winograd_tiles(const ft_window *w) {
  return w->batch * tiles_across(w) * tiles_down(w);
}

// Where a tile's outputs begin.
typedef struct {
  int image, y, x;
} place;

static place place_of(const ft_window *w, size_t tile) {
  size_t across = tiles_across(w), down = tiles_down(w);
  return (place){
      (int)(tile / (across * down)), (int)(tile / across % down) * OUTPUTS,
      (int)(tile % across) * OUTPUTS};
}

// How much of a tile of outputs lies in the image.
static int least(int a, int b) { return a < b ? a : b; }
static int height_of(const ft_window *w, place at) { return least(OUTPUTS, w->out_height - at.y); }
static int width_of(const ft_window *w, place at) { return least(OUTPUTS, w->out_width - at.x); }

// A tile's inputs with zeros where it overlaps the border.
static void copy_patch(const ft_window *w, float *patch, const float *x, place at) {
  size_t channels = (size_t)w->in_channels;
  for (int i = 0; i < INPUTS; i++)
    for (int j = 0; j < INPUTS; j++, patch += channels) {
      int iy = at.y - w->pad_top + i, ix = at.x - w->pad_left + j;
      if (iy < 0 || iy >= w->in_height || ix < 0 || ix >= w->in_width)
        memset(patch, 0, sizeof(float) * channels);
      else
        memcpy(patch, x + ft_input_at(w, at.image, 0, iy, ix), sizeof(float) * channels);
    }
}

FT_CLONES
void ft_winograd_input(const ft_window *w, ft_winograd_block to, const float *x, float *patch) {
  size_t channels = (size_t)w->in_channels;
  for (size_t t = 0; t < to.count; t++) {
    place at = place_of(w, to.first + t);
    int top = at.y - w->pad_top, left = at.x - w->pad_left;
    int isInside = top >= 0 && left >= 0 && top + INPUTS <= w->in_height
        && left + INPUTS <= w->in_width;
    const float *from = patch;
    size_t row = INPUTS * channels;
    if (isInside) {
      from = x + ft_input_at(w, at.image, 0, top, left);
      row = (size_t)w->in_width * channels;
    } else
      copy_patch(w, patch, x, at);
    float *values = to.values + t * channels;
    for (size_t c = 0; c < channels; c += LANES) {
      lanes tile[INPUTS * INPUTS];
      _Pragma("clang loop unroll(full)") for (int i = 0; i < INPUTS; i++)
          _Pragma("clang loop unroll(full)") for (int j = 0; j < INPUTS; j++)
              tile[i * INPUTS + j] = LOAD(from + i * row + j * channels + c);
      BOTH_WAYS(transform_input, INPUTS, INPUTS, tile, tile)
      _Pragma("clang loop unroll(full)") for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++)
          STORE(values + p * to.stride + c, tile[p]);
    }
  }
}

FT_CLONES
void ft_winograd_output(
    const ft_window *w, float *y, ft_winograd_block products, const float *bias, int32_t adding,
    ft_activation activation) {
  size_t channels = (size_t)w->out_channels;
  const float infinity = __builtin_inff();
  lanes lower = (lanes){0} + (activation.kind == FT_LINEAR ? -infinity : 0.0f);
  lanes upper = (lanes){0} + (activation.kind == FT_RELU6 ? 6.0f : infinity);
  for (size_t t = 0; t < products.count; t++) {
    place at = place_of(w, products.first + t);
    int height = height_of(w, at), width = width_of(w, at);
    float *to = y + ft_output_at(w, at.image, 0, at.y, at.x);
    size_t row = (size_t)w->out_width * channels;
    const float *values = products.values + t * channels;
    for (size_t c = 0; c < channels; c += LANES) {
      lanes tile[FT_WINOGRAD_POSITIONS], sums[OUTPUTS * OUTPUTS];
      _Pragma("clang loop unroll(full)") for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++)
          tile[p] = LOAD(values + p * products.stride + c);
      // Six rows of six become six of four, and these four of four.
      BOTH_WAYS(transform_output, INPUTS, OUTPUTS, sums, tile)
      lanes shift = bias != NULL ? LOAD(bias + c) : (lanes){0};
      for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
          float *pixel = to + i * row + j * channels + c;
          lanes value = sums[i * OUTPUTS + j] + shift;
          if (adding) value += LOAD(pixel);
          // Comparisons with NaN are false and keep it.
          value = CHOOSE(value < lower, lower, value);
          STORE(pixel, CHOOSE(value > upper, upper, value));
        }
    }
  }
}

FT_CLONES
void ft_winograd_output_gradient(const ft_window *w, ft_winograd_block to, const float *dy) {
  size_t channels = (size_t)w->out_channels;
  for (size_t t = 0; t < to.count; t++) {
    place at = place_of(w, to.first + t);
    int height = height_of(w, at), width = width_of(w, at);
    const float *from = dy + ft_output_at(w, at.image, 0, at.y, at.x);
    size_t row = (size_t)w->out_width * channels;
    float *values = to.values + t * channels;
    for (size_t c = 0; c < channels; c += LANES) {
      lanes tile[OUTPUTS * OUTPUTS], spread[FT_WINOGRAD_POSITIONS];
      for (int i = 0; i < OUTPUTS; i++)
        for (int j = 0; j < OUTPUTS; j++)
          tile[i * OUTPUTS + j] = i < height && j < width
              ? LOAD(from + i * row + j * channels + c)
              : (lanes){0};
      BOTH_WAYS(transform_output_gradient, OUTPUTS, INPUTS, spread, tile)
      _Pragma("clang loop unroll(full)") for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++)
          STORE(values + p * to.stride + c, spread[p]);
    }
  }
}

FT_CLONES
void ft_winograd_kernel(
    float *transformed, const float *kernel, size_t in_channels, size_t out_channels) {
  size_t count = in_channels * out_channels;
  for (size_t i = 0; i < count; i += LANES) {
    lanes weights[9], tile[FT_WINOGRAD_POSITIONS];
    for (int k = 0; k < 9; k++) weights[k] = LOAD(kernel + k * count + i);
    BOTH_WAYS(transform_kernel, 3, INPUTS, tile, weights)
    for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++) STORE(transformed + p * count + i, tile[p]);
  }
}

FT_CLONES
void ft_winograd_reversed_kernel(
    float *transformed, const float *kernel, size_t in_channels, size_t out_channels) {
  size_t count = in_channels * out_channels;
  for (size_t o = 0; o < out_channels; o++)
    for (size_t i = 0; i < in_channels; i += LANES) {
      lanes weights[9], tile[FT_WINOGRAD_POSITIONS];
      for (int k = 0; k < 9; k++)
        for (int lane = 0; lane < LANES; lane++)
          weights[8 - k][lane] = kernel[k * count + (i + lane) * out_channels + o];
      BOTH_WAYS(transform_kernel, 3, INPUTS, tile, weights)
      for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++)
        STORE(transformed + p * count + o * in_channels + i, tile[p]);
    }
}

FT_CLONES
void ft_winograd_kernel_gradient(
    float *kernel, const float *transformed, size_t in_channels, size_t out_channels) {
  size_t count = in_channels * out_channels;
  for (size_t i = 0; i < count; i += LANES) {
    lanes tile[FT_WINOGRAD_POSITIONS], weights[9];
    for (int p = 0; p < FT_WINOGRAD_POSITIONS; p++) tile[p] = LOAD(transformed + p * count + i);
    BOTH_WAYS(transform_kernel_gradient, INPUTS, 3, weights, tile)
    for (int k = 0; k < 9; k++) STORE(kernel + k * count + i, weights[k]);
  }
}
