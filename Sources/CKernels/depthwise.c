#include "depthwise.h"

#include <string.h>

#include "clones.h"
#include "lanes.h"

// The output columns whose whole window lies inside the image.
static inline int first_inside(const ft_window *w) {
  return (w->pad_left + w->stride_width - 1) / w->stride_width;
}

static inline int end_inside(const ft_window *w) {
  // Other widths have no loop of their own and go column by column.
  if (w->kernel_width != 3 && w->kernel_width != 5 && w->kernel_width != 7) return 0;
  int last = w->in_width - w->kernel_width + w->pad_left; // of the window's left edge
  int end = last < 0 ? 0 : last / w->stride_width + 1;
  return end < w->out_width ? end : w->out_width;
}

// One row of outputs against one row of inputs: `sums` has an element for each column of the kernel.
// The columns near the borders are looked at one by one; the others keep their sums in registers.
#define ROW(WIDTH, TYPE, LOAD)                                                                     \
  for (int ox = 0; ox < w->out_width; ox++) {                                                      \
    if (ox == inside && inside < end) {                                                            \
      lanes a[WIDTH], b[WIDTH] = {0};                                                              \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < WIDTH; k++) a[k] = sums[k];           \
      for (; ox + 1 < end; ox += 2) {                                                              \
        lanes g = LOAD(gradient + (size_t)ox * channels);                                          \
        lanes h = LOAD(gradient + (size_t)(ox + 1) * channels);                                    \
        const TYPE *pixel = row + (ptrdiff_t)(ox * w->stride_width - w->pad_left) * channels;      \
        const TYPE *next = pixel + w->stride_width * channels;                                     \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < WIDTH; k++) {                       \
          a[k] += g * LOAD(pixel + (ptrdiff_t)k * channels);                                       \
          b[k] += h * LOAD(next + (ptrdiff_t)k * channels);                                        \
        }                                                                                          \
      }                                                                                            \
      for (; ox < end; ox++) {                                                                     \
        lanes g = LOAD(gradient + (size_t)ox * channels);                                          \
        const TYPE *pixel = row + (ptrdiff_t)(ox * w->stride_width - w->pad_left) * channels;      \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < WIDTH; k++)                         \
            a[k] += g * LOAD(pixel + (ptrdiff_t)k * channels);                                     \
      }                                                                                            \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < WIDTH; k++) sums[k] = a[k] + b[k];    \
      if (ox == w->out_width) break;                                                               \
    }                                                                                              \
    lanes g = LOAD(gradient + (size_t)ox * channels);                                              \
    for (int k = 0; k < w->kernel_width; k++) {                                                    \
      int ix = ox * w->stride_width + k - w->pad_left;                                             \
      if (ix >= 0 && ix < w->in_width) sums[k] += g * LOAD(row + (ptrdiff_t)ix * channels);        \
    }                                                                                              \
  }

// Strips of sixteen channels; within one, image by image and row by row, so that the rows of input that
// a row of outputs sees are still in the first cache. What is left of the channels goes one by one.
#define SUMS(NAME, TYPE, LOAD, VALUE)                                                              \
  FT_CLONES                                                                                        \
  void NAME(const ft_window *w, float *dkernel, const TYPE *x, const TYPE *dy) {                   \
    ptrdiff_t channels = w->in_channels;                                                           \
    int taps = w->kernel_height * w->kernel_width, inside = first_inside(w), end = end_inside(w);  \
    memset(dkernel, 0, sizeof(float) * (size_t)(taps * channels));                                 \
    ptrdiff_t c = 0;                                                                               \
    for (; c + lane_count <= channels; c += lane_count) {                                          \
      lanes all[FT_DEPTHWISE_WIDTH][FT_DEPTHWISE_WIDTH] = {0};                                     \
      for (int n = 0; n < w->batch; n++)                                                           \
        for (int oy = 0; oy < w->out_height; oy++)                                                 \
          for (int ky = 0; ky < w->kernel_height; ky++) {                                          \
            int iy = oy * w->stride_height + ky - w->pad_top;                                      \
            if (iy < 0 || iy >= w->in_height) continue;                                            \
            lanes *sums = all[ky];                                                                 \
            const TYPE *row = x + ((ptrdiff_t)n * w->in_height + iy) * w->in_width * channels + c; \
            const TYPE *gradient =                                                                 \
                dy + ((ptrdiff_t)n * w->out_height + oy) * w->out_width * channels + c;            \
            switch (w->kernel_width) {                                                             \
            case 3: ROW(3, TYPE, LOAD) break;                                                      \
            case 5: ROW(5, TYPE, LOAD) break;                                                      \
            case 7: ROW(7, TYPE, LOAD) break;                                                      \
            default: ROW(1, TYPE, LOAD) break;                                                     \
            }                                                                                      \
          }                                                                                        \
      for (int ky = 0; ky < w->kernel_height; ky++)                                                \
        for (int k = 0; k < w->kernel_width; k++)                                                  \
          *(lanes *)(dkernel + (ky * w->kernel_width + k) * channels + c) = all[ky][k];            \
    }                                                                                              \
    for (; c < channels; c++)                                                                      \
      for (int n = 0; n < w->batch; n++)                                                           \
        for (int oy = 0; oy < w->out_height; oy++)                                                 \
          for (int ox = 0; ox < w->out_width; ox++) {                                              \
            ptrdiff_t at = ((ptrdiff_t)n * w->out_height + oy) * w->out_width + ox;                \
            float g = VALUE(dy + at * channels + c);                                               \
            for (int ky = 0; ky < w->kernel_height; ky++)                                          \
              for (int kx = 0; kx < w->kernel_width; kx++) {                                       \
                int iy = oy * w->stride_height + ky - w->pad_top;                                  \
                int ix = ox * w->stride_width + kx - w->pad_left;                                  \
                if (iy < 0 || iy >= w->in_height || ix < 0 || ix >= w->in_width) continue;         \
                ptrdiff_t from = ((ptrdiff_t)n * w->in_height + iy) * w->in_width + ix;            \
                dkernel[(ky * w->kernel_width + kx) * channels + c] +=                             \
                    g * VALUE(x + from * channels + c);                                            \
              }                                                                                    \
          }                                                                                        \
  }

SUMS(ft_depthwise_sums, float, LOAD_FLOATS, VALUE_OF_FLOAT)
SUMS(ft_depthwise_sums_bf16, uint16_t, LOAD_HALVES, VALUE_OF_HALF)
