#include "pooling.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "random.h"
#include "window.h"

// Channels that are worked on together, in arrays of this size.
enum { strip = 64 };

static size_t input_bytes(const ft_window *w) {
  return sizeof(float) * w->batch * ft_in_positions(w) * w->in_channels;
}

// MARK: the largest value

FT_CLONES
void ft_max_pooling(const ft_window *w, float *y, const float *x, int32_t *positions) {
  size_t channels = (size_t)w->in_channels;
  FT_FOR_EACH_OUTPUT(w) {
    size_t at = ft_output_at(w, n, oz, oy, ox);
    for (size_t c = 0; c < channels; c++) y[at + c] = -INFINITY;
    if (positions != NULL)
      for (size_t c = 0; c < channels; c++) positions[at + c] = -1;
    FT_FOR_EACH_TAP(w) {
      const float *from = x + ft_input_at(w, n, iz, iy, ix);
      int32_t here = (int32_t)ft_in_position(w, iz, iy, ix);
      if (positions != NULL) {
        for (size_t c = 0; c < channels; c++) {
          int larger = from[c] > y[at + c];
          y[at + c] = larger ? from[c] : y[at + c];
          positions[at + c] = larger ? here : positions[at + c];
        }
      } else {
        for (size_t c = 0; c < channels; c++)
          y[at + c] = from[c] > y[at + c] ? from[c] : y[at + c];
      }
    }
  }
}

void ft_chosen_gradient(
    const ft_window *w, float *dx, const float *dy, const int32_t *positions) {
  size_t channels = (size_t)w->in_channels;
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    size_t at = ft_output_at(w, n, oz, oy, ox);
    float *image = dx + n * ft_in_positions(w) * channels;
    for (size_t c = 0; c < channels; c++) {
      if (positions[at + c] < 0) continue;
      image[(size_t)positions[at + c] * channels + c] += dy[at + c];
    }
  }
}

// MARK: the mean

FT_CLONES
void ft_average_pooling(const ft_window *w, float *y, const float *x) {
  size_t channels = (size_t)w->in_channels;
  FT_FOR_EACH_OUTPUT(w) {
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    int seen = 0;
    for (size_t c = 0; c < channels; c++) to[c] = 0;
    FT_FOR_EACH_TAP(w) {
      const float *from = x + ft_input_at(w, n, iz, iy, ix);
      seen++;
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c];
    }
    float scale = seen > 0 ? 1.0f / (float)seen : 0;
    for (size_t c = 0; c < channels; c++) to[c] *= scale;
  }
}

FT_CLONES
void ft_average_pooling_gradient(const ft_window *w, float *dx, const float *dy) {
  size_t channels = (size_t)w->in_channels;
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    const float *from = dy + ft_output_at(w, n, oz, oy, ox);
    int seen = 0;
    FT_FOR_EACH_TAP(w) seen++;
    float scale = seen > 0 ? 1.0f / (float)seen : 0;
    FT_FOR_EACH_TAP(w) {
      float *to = dx + ft_input_at(w, n, iz, iy, ix);
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += from[c] * scale;
    }
  }
}

// MARK: the p-norm

// With the largest magnitude taken out, no power overflows.
static void general_norm(const ft_window *w, float *y, const float *x, float power) {
  size_t channels = (size_t)w->in_channels;
  FT_FOR_EACH_OUTPUT(w) {
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    for (size_t first = 0; first < channels; first += strip) {
      size_t width = channels - first < strip ? channels - first : strip;
      float largest[strip] = {0}, sum[strip] = {0};
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++) largest[c] = fmaxf(largest[c], fabsf(from[c]));
      }
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++)
          if (largest[c] > 0) sum[c] += powf(fabsf(from[c]) / largest[c], power);
      }
      for (size_t c = 0; c < width; c++) to[first + c] = largest[c] * powf(sum[c], 1 / power);
    }
  }
}

FT_CLONES
void ft_norm_pooling(const ft_window *w, float *y, const float *x, float power) {
  size_t channels = (size_t)w->in_channels;
  if (power != 1 && power != 2) return general_norm(w, y, x, power);
  FT_FOR_EACH_OUTPUT(w) {
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    for (size_t c = 0; c < channels; c++) to[c] = 0;
    FT_FOR_EACH_TAP(w) {
      const float *from = x + ft_input_at(w, n, iz, iy, ix);
      if (power == 1) {
        FT_INDEPENDENT
        for (size_t c = 0; c < channels; c++) to[c] += fabsf(from[c]);
      } else {
        FT_INDEPENDENT
        for (size_t c = 0; c < channels; c++) to[c] += from[c] * from[c];
      }
    }
    if (power == 2)
      for (size_t c = 0; c < channels; c++) to[c] = sqrtf(to[c]);
  }
}

// ∂y/∂x = sign(x) (|x| / y)^(p - 1).
FT_CLONES
void ft_norm_pooling_gradient(
    const ft_window *w, float *dx, const float *dy, const float *x, const float *y, float power) {
  size_t channels = (size_t)w->in_channels;
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    size_t at = ft_output_at(w, n, oz, oy, ox);
    FT_FOR_EACH_TAP(w) {
      size_t in = ft_input_at(w, n, iz, iy, ix);
      if (power == 2) {
        FT_INDEPENDENT
        for (size_t c = 0; c < channels; c++)
          dx[in + c] += y[at + c] > 0 ? dy[at + c] * x[in + c] / y[at + c] : 0;
      } else {
        for (size_t c = 0; c < channels; c++) {
          if (!(y[at + c] > 0) || x[in + c] == 0) continue;
          float share = power == 1 ? 1 : powf(fabsf(x[in + c]) / y[at + c], power - 1);
          dx[in + c] += dy[at + c] * copysignf(share, x[in + c]);
        }
      }
    }
  }
}

// MARK: a random value

FT_CLONES
void ft_stochastic_pooling(
    const ft_window *w, float *y, const float *x, int32_t *positions, uint64_t key) {
  size_t channels = (size_t)w->in_channels;
  FT_FOR_EACH_OUTPUT(w) {
    size_t at = ft_output_at(w, n, oz, oy, ox);
    for (size_t first = 0; first < channels; first += strip) {
      size_t width = channels - first < strip ? channels - first : strip;
      float left[strip] = {0}, value[strip] = {0};
      int32_t chosen[strip];
      for (size_t c = 0; c < width; c++) chosen[c] = -1;
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++) left[c] += from[c] > 0 ? from[c] : 0;
      }
      for (size_t c = 0; c < width; c++) left[c] *= ft_uniform(key, at + first + c);
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        int32_t here = (int32_t)ft_in_position(w, iz, iy, ix);
        for (size_t c = 0; c < width; c++) {
          // Once chosen, what is left is negative. Rounding may leave a little after the last
          // positive value: then that one is the choice.
          int takes = from[c] > 0 && left[c] >= 0;
          chosen[c] = takes ? here : chosen[c];
          value[c] = takes ? from[c] : value[c];
          left[c] -= takes ? from[c] : 0;
        }
      }
      for (size_t c = 0; c < width; c++) {
        y[at + first + c] = value[c];
        positions[at + first + c] = chosen[c];
      }
    }
  }
}

FT_CLONES
void ft_expected_pooling(const ft_window *w, float *y, const float *x) {
  size_t channels = (size_t)w->in_channels;
  FT_FOR_EACH_OUTPUT(w) {
    float *to = y + ft_output_at(w, n, oz, oy, ox);
    for (size_t first = 0; first < channels; first += strip) {
      size_t width = channels - first < strip ? channels - first : strip;
      float sum[strip] = {0}, squares[strip] = {0};
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++) {
          float v = from[c] > 0 ? from[c] : 0;
          sum[c] += v;
          squares[c] += v * v;
        }
      }
      for (size_t c = 0; c < width; c++) to[first + c] = sum[c] > 0 ? squares[c] / sum[c] : 0;
    }
  }
}

// ∂(Σ v² / Σ v)/∂v = (2 v - y) / Σ v.
FT_CLONES
void ft_expected_pooling_gradient(
    const ft_window *w, float *dx, const float *dy, const float *x, const float *y) {
  size_t channels = (size_t)w->in_channels;
  memset(dx, 0, input_bytes(w));
  FT_FOR_EACH_OUTPUT(w) {
    size_t at = ft_output_at(w, n, oz, oy, ox);
    for (size_t first = 0; first < channels; first += strip) {
      size_t width = channels - first < strip ? channels - first : strip;
      float sum[strip] = {0};
      FT_FOR_EACH_TAP(w) {
        const float *from = x + ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++) sum[c] += from[c] > 0 ? from[c] : 0;
      }
      FT_FOR_EACH_TAP(w) {
        size_t in = ft_input_at(w, n, iz, iy, ix) + first;
        for (size_t c = 0; c < width; c++) {
          size_t out = at + first + c;
          if (x[in + c] > 0) dx[in + c] += dy[out] * (2 * x[in + c] - y[out]) / sum[c];
        }
      }
    }
  }
}
