#include "convolution.h"

#include <string.h>

#include "clones.h"
#include "window.h"

void ft_unfold(const ft_window *w, int32_t group, float *columns, const float *image) {
  size_t depth = (size_t)(w->in_channels / w->groups);
  const float *first = image + group * depth;
  for (int oz = 0; oz < w->out_depth; oz++)
    for (int oy = 0; oy < w->out_height; oy++)
      for (int ox = 0; ox < w->out_width; ox++)
        for (int kz = 0; kz < w->kernel_depth; kz++)
          for (int ky = 0; ky < w->kernel_height; ky++) {
            int iz = oz * w->stride_depth + kz * w->dilation_depth - w->pad_front;
            int iy = oy * w->stride_height + ky * w->dilation_height - w->pad_top;
            int outside = iz < 0 || iz >= w->in_depth || iy < 0 || iy >= w->in_height;
            for (int kx = 0; kx < w->kernel_width; kx++, columns += depth) {
              int ix = ox * w->stride_width + kx * w->dilation_width - w->pad_left;
              if (outside || ix < 0 || ix >= w->in_width)
                memset(columns, 0, sizeof(float) * depth);
              else
                memcpy(
                    columns, first + ft_in_position(w, iz, iy, ix) * w->in_channels,
                    sizeof(float) * depth);
            }
          }
}

FT_CLONES
void ft_fold(const ft_window *w, int32_t group, float *image, const float *columns) {
  size_t depth = (size_t)(w->in_channels / w->groups);
  size_t taps = (size_t)w->kernel_depth * w->kernel_height * w->kernel_width;
  float *first = image + group * depth;
  for (int oz = 0; oz < w->out_depth; oz++)
    for (int oy = 0; oy < w->out_height; oy++)
      for (int ox = 0; ox < w->out_width; ox++) {
        const float *row = columns + ft_out_position(w, oz, oy, ox) * taps * depth;
        FT_FOR_EACH_TAP(w) {
          const float *from = row + ft_kernel_position(w, kz, ky, kx) * depth;
          float *to = first + ft_in_position(w, iz, iy, ix) * w->in_channels;
          FT_INDEPENDENT
          for (size_t c = 0; c < depth; c++) to[c] += from[c];
        }
      }
}

static inline size_t kernel_at(const ft_window *w, int z, int y, int x) {
  return ft_kernel_position(w, z, y, x) * w->out_channels;
}

FT_CLONES
void ft_depthwise(
    const ft_window *w, float *y, const float *x, const float *kernel, const float *bias,
    int32_t accumulating) {
  size_t channels = (size_t)w->out_channels, multiplier = channels / (size_t)w->in_channels;
  size_t positions = w->batch * ft_out_positions(w);
  for (size_t p = 0; p < positions; p++) {
    float *to = y + p * channels;
    for (size_t c = 0; c < channels; c++)
      to[c] = (accumulating ? to[c] : 0) + (bias != NULL ? bias[c] : 0);
  }
  FT_FOR_EACH_OUTPUT(w) FT_FOR_EACH_TAP(w) {
    const float *from = x + ft_input_at(w, n, iz, iy, ix), *tap = kernel + kernel_at(w, kz, ky, kx);
    float *to = y + ft_output_at(w, n, oz, oy, ox);
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
  memset(dx, 0, sizeof(float) * w->batch * ft_in_positions(w) * w->in_channels);
  FT_FOR_EACH_OUTPUT(w) FT_FOR_EACH_TAP(w) {
    float *to = dx + ft_input_at(w, n, iz, iy, ix);
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    const float *tap = kernel + kernel_at(w, kz, ky, kx);
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
  size_t taps = (size_t)w->kernel_depth * w->kernel_height * w->kernel_width;
  memset(dkernel, 0, sizeof(float) * taps * channels);
  FT_FOR_EACH_OUTPUT(w) FT_FOR_EACH_TAP(w) {
    const float *from = x + ft_input_at(w, n, iz, iy, ix);
    const float *gradient = dy + ft_output_at(w, n, oz, oy, ox);
    float *to = dkernel + kernel_at(w, kz, ky, kx);
    if (multiplier == 1) {
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c] * gradient[c];
    } else
      for (size_t c = 0; c < channels; c++) to[c] += from[c / multiplier] * gradient[c];
  }
}
