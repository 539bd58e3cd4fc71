#include "images.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "window.h"

static size_t input_bytes(const ft_window *w) {
  return sizeof(float) * w->batch * ft_in_positions(w) * w->in_channels;
}

// MARK: borders

// The position of the image that stands at this one, which may lie outside.
static int inside(int position, int size, int32_t reflecting) {
  if (position < 0) return reflecting ? -position : 0;
  if (position >= size) return reflecting ? 2 * (size - 1) - position : size - 1;
  return position;
}

static size_t padded_from(
    const ft_window *w, int32_t reflecting, int n, int oz, int oy, int ox) {
  return ft_input_at(
      w, n, inside(oz - w->pad_front, w->in_depth, reflecting),
      inside(oy - w->pad_top, w->in_height, reflecting),
      inside(ox - w->pad_left, w->in_width, reflecting));
}

void ft_border_padding(const ft_window *w, int32_t reflecting, float *y, const float *x) {
  FT_FOR_EACH_OUTPUT(w) {
    memcpy(
        y + ft_output_at(w, n, oz, oy, ox), x + padded_from(w, reflecting, n, oz, oy, ox),
        sizeof(float) * w->in_channels);
  }
}

FT_CLONES
void ft_border_padding_gradient(
    const ft_window *w, int32_t reflecting, float *dx, const float *dy) {
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    float *to = dx + padded_from(w, reflecting, n, oz, oy, ox);
    FT_INDEPENDENT
    for (int c = 0; c < w->in_channels; c++) to[c] += from[c];
  }
}

// MARK: other sizes

// The position whose centre is nearest to that of one of the other size.
static int find_nearest(int position, int from, int to) {
  int found = (int)(((float)position + 0.5f) * (float)from / (float)to);
  return found < from ? found : from - 1;
}

static size_t resized_from(const ft_window *w, int n, int oz, int oy, int ox) {
  return ft_input_at(
      w, n, oz, find_nearest(oy, w->in_height, w->out_height),
      find_nearest(ox, w->in_width, w->out_width));
}

void ft_resize_nearest(const ft_window *w, float *y, const float *x) {
  FT_FOR_EACH_OUTPUT(w) {
    memcpy(
        y + ft_output_at(w, n, oz, oy, ox), x + resized_from(w, n, oz, oy, ox),
        sizeof(float) * w->in_channels);
  }
}

FT_CLONES
void ft_resize_nearest_gradient(const ft_window *w, float *dx, const float *dy) {
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    float *to = dx + resized_from(w, n, oz, oy, ox);
    FT_INDEPENDENT
    for (int c = 0; c < w->in_channels; c++) to[c] += from[c];
  }
}

// The two positions between whose centres one of the other size lies, and the second one's share.
typedef struct {
  int first, second;
  float share;
} between;

static between find_between(int position, int from, int to) {
  float at = ((float)position + 0.5f) * (float)from / (float)to - 0.5f;
  float below = floorf(at);
  int first = (int)below, second = first + 1;
  return (between){
      first < 0 ? 0 : first, second >= from ? from - 1 : second, at - below};
}

FT_CLONES
void ft_resize_bilinear(const ft_window *w, float *y, const float *x) {
  FT_FOR_EACH_OUTPUT(w) {
    between v = find_between(oy, w->in_height, w->out_height);
    between h = find_between(ox, w->in_width, w->out_width);
    const float *a = x + ft_input_at(w, n, oz, v.first, h.first);
    const float *b = x + ft_input_at(w, n, oz, v.first, h.second);
    const float *c = x + ft_input_at(w, n, oz, v.second, h.first);
    const float *d = x + ft_input_at(w, n, oz, v.second, h.second);
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    FT_INDEPENDENT
    for (int i = 0; i < w->in_channels; i++) {
      float upper = a[i] + (b[i] - a[i]) * h.share, lower = c[i] + (d[i] - c[i]) * h.share;
      to[i] = upper + (lower - upper) * v.share;
    }
  }
}

FT_CLONES
void ft_resize_bilinear_gradient(const ft_window *w, float *dx, const float *dy) {
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    between v = find_between(oy, w->in_height, w->out_height);
    between h = find_between(ox, w->in_width, w->out_width);
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    for (int corner = 0; corner < 4; corner++) {
      int low = corner / 2, right = corner % 2;
      float share = (low ? v.share : 1 - v.share) * (right ? h.share : 1 - h.share);
      float *to = dx + ft_input_at(
          w, n, oz, low ? v.second : v.first, right ? h.second : h.first);
      FT_INDEPENDENT
      for (int i = 0; i < w->in_channels; i++) to[i] += share * from[i];
    }
  }
}

// MARK: unshared kernels

// The weights of one output position and tap: [in][out].
static size_t unshared_at(const ft_window *w, size_t position, int kz, int ky, int kx) {
  size_t taps = (size_t)w->kernel_depth * w->kernel_height * w->kernel_width;
  size_t row = position * taps + ft_kernel_position(w, kz, ky, kx);
  return row * w->in_channels * w->out_channels;
}

FT_CLONES
void ft_unshared(const ft_window *w, float *y, const float *x, const float *kernel) {
  FT_FOR_EACH_OUTPUT(w) {
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    size_t position = ft_out_position(w, oz, oy, ox);
    memset(to, 0, sizeof(float) * w->out_channels);
    FT_FOR_EACH_TAP(w) {
      const float *from = x + ft_input_at(w, n, iz, iy, ix);
      const float *row = kernel + unshared_at(w, position, kz, ky, kx);
      for (int i = 0; i < w->in_channels; i++, row += w->out_channels) {
        float value = from[i];
        FT_INDEPENDENT
        for (int f = 0; f < w->out_channels; f++) to[f] += value * row[f];
      }
    }
  }
}

// A sum in an order of the compiler's choice, so that it becomes vectors.
static inline float dot(const float *a, const float *b, int count) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (int i = 0; i < count; i++) sum += a[i] * b[i];
  return sum;
}

FT_CLONES
void ft_unshared_input_gradient(
    const ft_window *w, float *dx, const float *dy, const float *kernel) {
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    size_t position = ft_out_position(w, oz, oy, ox);
    FT_FOR_EACH_TAP(w) {
      float *to = dx + ft_input_at(w, n, iz, iy, ix);
      const float *row = kernel + unshared_at(w, position, kz, ky, kx);
      for (int i = 0; i < w->in_channels; i++)
        to[i] += dot(from, row + (size_t)i * w->out_channels, w->out_channels);
    }
  }
}

FT_CLONES
void ft_unshared_weight_gradient(
    const ft_window *w, float *dkernel, const float *x, const float *dy, int32_t accumulating) {
  size_t size = unshared_at(w, ft_out_positions(w), 0, 0, 0);
  if (!accumulating) memset(dkernel, 0, sizeof(float) * size);
  FT_FOR_EACH_OUTPUT(w) {
    const float *gradient = dy + ft_output_at(w, n, oz, oy, ox);
    size_t position = ft_out_position(w, oz, oy, ox);
    FT_FOR_EACH_TAP(w) {
      const float *from = x + ft_input_at(w, n, iz, iy, ix);
      float *row = dkernel + unshared_at(w, position, kz, ky, kx);
      for (int i = 0; i < w->in_channels; i++, row += w->out_channels) {
        float value = from[i];
        FT_INDEPENDENT
        for (int f = 0; f < w->out_channels; f++) row[f] += value * gradient[f];
      }
    }
  }
}

// MARK: local response normalisation

// window[c] += factor * Σ values[j] (or their squares), |j - c| <= radius.
FT_CLONES
static void add_neighbours(
    float *window, const float *values, float factor, int squared, int radius, int channels) {
  for (int offset = -radius; offset <= radius; offset++) {
    int first = offset < 0 ? -offset : 0;
    int end = offset > 0 ? channels - offset : channels;
    const float *from = values + offset;
    if (squared) {
      FT_INDEPENDENT
      for (int c = first; c < end; c++) window[c] += factor * from[c] * from[c];
    } else {
      FT_INDEPENDENT
      for (int c = first; c < end; c++) window[c] += factor * from[c];
    }
  }
}

// x^-beta; AlexNet's exponent without a logarithm.
static inline float power(float x, float beta) {
  if (beta == 0.75f) {
    float root = sqrtf(x);
    return 1 / (root * sqrtf(root));
  }
  return powf(x, -beta);
}

static void denominators(
    const ft_local_response *p, float *d, const float *x, size_t channels) {
  for (size_t c = 0; c < channels; c++) d[c] = p->bias;
  add_neighbours(d, x, p->alpha, 1, p->radius, (int)channels);
}

FT_CLONES
void ft_local_response_forward(
    const ft_local_response *p, float *y, const float *x, float *scratch, size_t rows,
    size_t channels) {
  for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
    denominators(p, scratch, x, channels);
    for (size_t c = 0; c < channels; c++) y[c] = x[c] * power(scratch[c], p->beta);
  }
}

// With d = bias + alpha Σ x²: dx[i] = dy[i] d[i]^-β - 2 α β x[i] Σ dy[j] x[j] d[j]^(-β-1).
FT_CLONES
void ft_local_response_gradient(
    const ft_local_response *p, float *dx, const float *dy, const float *x, float *scratch,
    size_t rows, size_t channels) {
  float *d = scratch, *product = scratch + channels;
  for (size_t r = 0; r < rows; r++, x += channels, dx += channels, dy += channels) {
    denominators(p, d, x, channels);
    for (size_t c = 0; c < channels; c++) {
      float scale = power(d[c], p->beta);
      product[c] = dy[c] * x[c] * scale / d[c];
      dx[c] = dy[c] * scale;
      d[c] = 0;
    }
    add_neighbours(d, product, 1, 0, p->radius, (int)channels);
    float factor = 2 * p->alpha * p->beta;
    for (size_t c = 0; c < channels; c++) dx[c] -= factor * x[c] * d[c];
  }
}
