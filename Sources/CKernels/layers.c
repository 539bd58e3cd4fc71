#include "layers.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "random.h"

FT_CLONES
void ft_global_average(
    float *destination, const float *source, size_t batch, size_t positions, size_t channels) {
  float scale = 1.0f / (float)positions;
  for (size_t n = 0; n < batch; n++) {
    const float *image = source + n * positions * channels;
    float *to = destination + n * channels;
    for (size_t c = 0; c < channels; c++) to[c] = 0;
    for (size_t p = 0; p < positions; p++)
      for (size_t c = 0; c < channels; c++) to[c] += image[p * channels + c];
    for (size_t c = 0; c < channels; c++) to[c] *= scale;
  }
}

FT_CLONES
void ft_global_average_gradient(
    float *dx, const float *dy, size_t batch, size_t positions, size_t channels) {
  float scale = 1.0f / (float)positions;
  for (size_t n = 0; n < batch; n++) {
    const float *from = dy + n * channels;
    float *image = dx + n * positions * channels;
    for (size_t p = 0; p < positions; p++)
      for (size_t c = 0; c < channels; c++) image[p * channels + c] = from[c] * scale;
  }
}

void ft_zero_padding(const ft_window *w, float *y, const float *x) {
  size_t channels = (size_t)w->in_channels;
  size_t out_row = (size_t)w->out_width * channels, in_row = (size_t)w->in_width * channels;
  memset(y, 0, sizeof(float) * w->batch * w->out_height * out_row);
  for (int n = 0; n < w->batch; n++)
    for (int r = 0; r < w->in_height; r++)
      memcpy(
          y + ((size_t)n * w->out_height + r + w->pad_top) * out_row + w->pad_left * channels,
          x + ((size_t)n * w->in_height + r) * in_row, sizeof(float) * in_row);
}

void ft_zero_padding_gradient(const ft_window *w, float *dx, const float *dy) {
  size_t channels = (size_t)w->in_channels;
  size_t out_row = (size_t)w->out_width * channels, in_row = (size_t)w->in_width * channels;
  for (int n = 0; n < w->batch; n++)
    for (int r = 0; r < w->in_height; r++)
      memcpy(
          dx + ((size_t)n * w->in_height + r) * in_row,
          dy + ((size_t)n * w->out_height + r + w->pad_top) * out_row + w->pad_left * channels,
          sizeof(float) * in_row);
}

void ft_dropout(float *y, const float *x, float rate, uint64_t key, size_t count) {
  float scale = 1.0f / (1.0f - rate);
  for (size_t i = 0; i < count; i++) {
    y[i] = ft_uniform(key, i) >= rate ? x[i] * scale : 0;
  }
}

void ft_softmax(float *y, const float *x, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *from = x + r * columns;
    float *to = y + r * columns;
    float largest = from[0];
    for (size_t c = 1; c < columns; c++) largest = from[c] > largest ? from[c] : largest;
    double sum = 0;
    for (size_t c = 0; c < columns; c++) sum += to[c] = expf(from[c] - largest);
    for (size_t c = 0; c < columns; c++) to[c] = (float)(to[c] / sum);
  }
}
