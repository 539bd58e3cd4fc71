// How the loops of this target move a window over a batch of images; not for other targets.
#pragma once
#include "convolution.h"

// Every output position: image n, plane oz, row oy, column ox.
#define FT_FOR_EACH_OUTPUT(w)                                                                     \
  for (int n = 0; n < (w)->batch; n++)                                                            \
    for (int oz = 0; oz < (w)->out_depth; oz++)                                                   \
      for (int oy = 0; oy < (w)->out_height; oy++)                                                \
        for (int ox = 0; ox < (w)->out_width; ox++)

// Every position of the kernel (kz, ky, kx) that sees the image there, at (iz, iy, ix), and not its
// padding; inside FT_FOR_EACH_OUTPUT.
#define FT_FOR_EACH_TAP(w)                                                                        \
  for (int kz = 0, iz = oz * (w)->stride_depth - (w)->pad_front; kz < (w)->kernel_depth;          \
       kz++, iz += (w)->dilation_depth)                                                           \
    if (iz >= 0 && iz < (w)->in_depth)                                                            \
      for (int ky = 0, iy = oy * (w)->stride_height - (w)->pad_top; ky < (w)->kernel_height;      \
           ky++, iy += (w)->dilation_height)                                                      \
        if (iy >= 0 && iy < (w)->in_height)                                                       \
          for (int kx = 0, ix = ox * (w)->stride_width - (w)->pad_left; kx < (w)->kernel_width;   \
               kx++, ix += (w)->dilation_width)                                                   \
            if (ix >= 0 && ix < (w)->in_width)

// The number of positions in one image.
static inline size_t ft_in_positions(const ft_window *w) {
  return (size_t)w->in_depth * w->in_height * w->in_width;
}

static inline size_t ft_out_positions(const ft_window *w) {
  return (size_t)w->out_depth * w->out_height * w->out_width;
}

// The position in its image, the first being 0.
static inline size_t ft_in_position(const ft_window *w, int z, int y, int x) {
  return ((size_t)z * w->in_height + y) * w->in_width + x;
}

static inline size_t ft_out_position(const ft_window *w, int z, int y, int x) {
  return ((size_t)z * w->out_height + y) * w->out_width + x;
}

// Where the channels of a position begin.
static inline size_t ft_input_at(const ft_window *w, int n, int z, int y, int x) {
  return (n * ft_in_positions(w) + ft_in_position(w, z, y, x)) * w->in_channels;
}

static inline size_t ft_output_at(const ft_window *w, int n, int z, int y, int x) {
  return (n * ft_out_positions(w) + ft_out_position(w, z, y, x)) * w->out_channels;
}

static inline size_t ft_kernel_position(const ft_window *w, int z, int y, int x) {
  return ((size_t)z * w->kernel_height + y) * w->kernel_width + x;
}
