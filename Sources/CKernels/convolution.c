#include "convolution.h"

#include <string.h>

#include "clones.h"

void ft_unfold(const ft_window *w, int32_t group, float *columns, const float *image) {
  size_t depth = (size_t)(w->in_channels / w->groups);
  const float *first = image + group * depth;
  for (int oy = 0; oy < w->out_height; oy++) {
    for (int ox = 0; ox < w->out_width; ox++) {
      for (int ky = 0; ky < w->kernel_height; ky++) {
        int iy = oy * w->stride_height + ky * w->dilation_height - w->pad_top;
        for (int kx = 0; kx < w->kernel_width; kx++, columns += depth) {
          int ix = ox * w->stride_width + kx * w->dilation_width - w->pad_left;
          if (iy < 0 || iy >= w->in_height || ix < 0 || ix >= w->in_width)
            memset(columns, 0, sizeof(float) * depth);
          else
            memcpy(
                columns, first + ((size_t)iy * w->in_width + ix) * w->in_channels,
                sizeof(float) * depth);
        }
      }
    }
  }
}

FT_CLONES
void ft_fold(const ft_window *w, int32_t group, float *image, const float *columns) {
  size_t depth = (size_t)(w->in_channels / w->groups);
  float *first = image + group * depth;
  for (int oy = 0; oy < w->out_height; oy++) {
    for (int ox = 0; ox < w->out_width; ox++) {
      for (int ky = 0; ky < w->kernel_height; ky++) {
        int iy = oy * w->stride_height + ky * w->dilation_height - w->pad_top;
        for (int kx = 0; kx < w->kernel_width; kx++, columns += depth) {
          int ix = ox * w->stride_width + kx * w->dilation_width - w->pad_left;
          if (iy < 0 || iy >= w->in_height || ix < 0 || ix >= w->in_width) continue;
          float *to = first + ((size_t)iy * w->in_width + ix) * w->in_channels;
          FT_INDEPENDENT
          for (size_t c = 0; c < depth; c++) to[c] += columns[c];
        }
      }
    }
  }
}

// One kernel position of one output position of a depthwise convolution, over all channels.
#define FT_FOR_EACH_TAP(w)                                                                      \
  for (int n = 0; n < (w)->batch; n++)                                                          \
    for (int oy = 0; oy < (w)->out_height; oy++)                                                \
      for (int ox = 0; ox < (w)->out_width; ox++)                                               \
        for (int ky = 0, iy = oy * (w)->stride_height - (w)->pad_top; ky < (w)->kernel_height;  \
             ky++, iy += (w)->dilation_height)                                                  \
          if (iy >= 0 && iy < (w)->in_height)                                                   \
            for (int kx = 0, ix = ox * (w)->stride_width - (w)->pad_left;                       \
                 kx < (w)->kernel_width; kx++, ix += (w)->dilation_width)                       \
              if (ix >= 0 && ix < (w)->in_width)

static inline size_t input_at(const ft_window *w, int n, int y, int x) {
  return (((size_t)n * w->in_height + y) * w->in_width + x) * w->in_channels;
}

static inline size_t output_at(const ft_window *w, int n, int y, int x) {
  return (((size_t)n * w->out_height + y) * w->out_width + x) * w->out_channels;
}

static inline size_t kernel_at(const ft_window *w, int y, int x) {
  return ((size_t)y * w->kernel_width + x) * w->out_channels;
}

FT_CLONES
void ft_depthwise(
    const ft_window *w, float *y, const float *x, const float *kernel, const float *bias,
    int32_t accumulating) {
  size_t channels = (size_t)w->out_channels, multiplier = channels / (size_t)w->in_channels;
  size_t positions = (size_t)w->batch * w->out_height * w->out_width;
  for (size_t p = 0; p < positions; p++) {
    float *to = y + p * channels;
    for (size_t c = 0; c < channels; c++)
      to[c] = (accumulating ? to[c] : 0) + (bias != NULL ? bias[c] : 0);
  }
  FT_FOR_EACH_TAP(w) {
    const float *from = x + input_at(w, n, iy, ix), *tap = kernel + kernel_at(w, ky, kx);
    float *to = y + output_at(w, n, oy, ox);
    if (multiplier == 1) {
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c] * tap[c];
    } else
      for (size_t c = 0; c < channels; c++) to[c] += from[c / multiplier] * tap[c];
  }
}

FT_CLONES
void ft_depthwise_input_gradient(
    const ft_window *w, float *dx, const float *dy, const float *kernel) {
  size_t channels = (size_t)w->out_channels, multiplier = channels / (size_t)w->in_channels;
  memset(dx, 0, sizeof(float) * w->batch * w->in_height * w->in_width * w->in_channels);
  FT_FOR_EACH_TAP(w) {
    float *to = dx + input_at(w, n, iy, ix);
    const float *from = dy + output_at(w, n, oy, ox), *tap = kernel + kernel_at(w, ky, kx);
    if (multiplier == 1) {
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c] * tap[c];
    } else
      for (size_t c = 0; c < channels; c++) to[c / multiplier] += from[c] * tap[c];
  }
}

FT_CLONES
void ft_depthwise_weight_gradient(
    const ft_window *w, float *dkernel, const float *x, const float *dy) {
  size_t channels = (size_t)w->out_channels, multiplier = channels / (size_t)w->in_channels;
  memset(dkernel, 0, sizeof(float) * w->kernel_height * w->kernel_width * channels);
  FT_FOR_EACH_TAP(w) {
    const float *from = x + input_at(w, n, iy, ix), *gradient = dy + output_at(w, n, oy, ox);
    float *to = dkernel + kernel_at(w, ky, kx);
    if (multiplier == 1) {
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c] * gradient[c];
    } else
      for (size_t c = 0; c < channels; c++) to[c] += from[c / multiplier] * gradient[c];
  }
}
