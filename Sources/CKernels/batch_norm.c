#include <math.h>

#include "clones.h"
#include "elementwise.h"
#include "layers.h"

// sum[c] = Σ (x - mean)², in blocks so that long sums keep their small terms.
FT_CLONES
static void squared_deviations(
    float *sum, const float *x, const float *mean, size_t rows, size_t channels) {
  enum { block = 64, strip = 64 };
  for (size_t c = 0; c < channels; c++) sum[c] = 0;
  for (size_t first = 0; first < channels; first += strip) {
    size_t width = channels - first < strip ? channels - first : strip;
    for (size_t start = 0; start < rows; start += block) {
      size_t end = rows - start < block ? rows : start + block;
      float s[strip] = {0};
      for (size_t r = start; r < end; r++) {
        const float *row = x + r * channels + first;
        for (size_t c = 0; c < width; c++) {
          float d = row[c] - mean[first + c];
          s[c] += d * d;
        }
      }
      for (size_t c = 0; c < width; c++) sum[first + c] += s[c];
    }
  }
}

void ft_batch_norm(
    float *y, const float *x, float *parameters, float *saved, float *scratch, float epsilon,
    float momentum, ft_activation activation, size_t rows, size_t channels) {
  const float *gamma = parameters, *beta = parameters + channels;
  float *moving_mean = parameters + 2 * channels, *moving_variance = parameters + 3 * channels;
  float *mean = saved, *inverse = saved + channels, *scale = scratch, *shift = scratch + channels;
  ft_channel_sums(mean, NULL, x, NULL, 0, rows, channels);
  for (size_t c = 0; c < channels; c++) mean[c] /= (float)rows;
  squared_deviations(inverse, x, mean, rows, channels);
  for (size_t c = 0; c < channels; c++) {
    float variance = inverse[c] / (float)rows;
    moving_mean[c] = moving_mean[c] * momentum + mean[c] * (1 - momentum);
    moving_variance[c] = moving_variance[c] * momentum + variance * (1 - momentum);
    inverse[c] = 1 / sqrtf(variance + epsilon);
    scale[c] = gamma[c] * inverse[c];
    shift[c] = beta[c] - mean[c] * scale[c];
  }
  ft_channel_affine(y, x, scale, shift, activation, rows, channels);
}

// With x̂ = (x - mean) / σ over N rows: dγ = Σ dy x̂, dβ = Σ dy and
// dx = γ/σ (dy - dβ/N - x̂ dγ/N), which is linear in dy and x (Ioffe and Szegedy, 2015, section 3).
void ft_batch_norm_gradient(
    float *dx, float *dparameters, const float *dy, const float *x, const float *parameters,
    const float *saved, float *scratch, size_t rows, size_t channels) {
  const float *gamma = parameters, *mean = saved, *inverse = saved + channels;
  float *dgamma = dparameters, *dbeta = dparameters + channels;
  float *scale = scratch, *slope = scratch + channels, *shift = scratch + 2 * channels;
  ft_channel_sums(dbeta, dgamma, dy, x, 0, rows, channels);
  for (size_t c = 0; c < channels; c++) {
    dgamma[c] = (dgamma[c] - mean[c] * dbeta[c]) * inverse[c];
    scale[c] = gamma[c] * inverse[c];
    slope[c] = -scale[c] * inverse[c] * dgamma[c] / (float)rows;
    shift[c] = -scale[c] * dbeta[c] / (float)rows - slope[c] * mean[c];
  }
  ft_channel_combine(dx, dy, x, scale, slope, shift, rows, channels);
}
