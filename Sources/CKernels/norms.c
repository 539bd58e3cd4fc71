#include "norms.h"

#include <math.h>

#include "clones.h"

// The values of one group: `channels` neighbours in each of `positions` rows.
#define FOR_GROUP(g, start)                                             \
  for (size_t p = 0; p < (g)->positions; p++)                           \
    for (size_t i = (start) + p * (g)->groups * (g)->channels,          \
                end = i + (g)->channels;                                \
         i < end; i++)

static size_t group_start(const ft_grouping *g, size_t example, size_t group) {
  return example * g->positions * g->groups * g->channels + group * g->channels;
}

FT_CLONES
void ft_standardise(const ft_grouping *g, float *y, const float *x, float *factor) {
  double count = (double)(g->positions * g->channels);
  for (size_t e = 0; e < g->examples; e++)
    for (size_t k = 0; k < g->groups; k++) {
      size_t start = group_start(g, e, k);
      double sum = 0, squares = 0;
      if (!g->is_length) FOR_GROUP(g, start) sum += x[i];
      double mean = sum / count;
      FOR_GROUP(g, start) squares += (x[i] - mean) * (x[i] - mean);
      double size = g->is_length ? fmax(squares, g->epsilon) : squares / count + g->epsilon;
      float scale = (float)(1 / sqrt(size)), center = (float)mean;
      FOR_GROUP(g, start) y[i] = (x[i] - center) * scale;
      factor[e * g->groups + k] = scale;
    }
}

FT_CLONES
void ft_standardise_gradient(
    const ft_grouping *g, float *dx, const float *dy, const float *y, const float *factor) {
  double count = g->is_length ? 1 : (double)(g->positions * g->channels);
  // A length below the least is divided by a constant.
  float largest = (float)(1 / sqrt((double)g->epsilon));
  for (size_t e = 0; e < g->examples; e++)
    for (size_t k = 0; k < g->groups; k++) {
      size_t start = group_start(g, e, k);
      float scale = factor[e * g->groups + k];
      double sum = 0, dot = 0;
      if (!g->is_length) FOR_GROUP(g, start) sum += dy[i];
      if (!g->is_length || scale < largest)
        FOR_GROUP(g, start) dot += (double)dy[i] * y[i];
      float shift = (float)(sum / count), along = (float)(dot / count);
      FOR_GROUP(g, start) dx[i] = scale * (dy[i] - shift - y[i] * along);
    }
}

static float lower_bound(ft_rectifier r) { return isfinite(r.largest) ? 0 : -INFINITY; }

FT_CLONES
void ft_rectify(float *y, const float *x, ft_rectifier r, size_t count) {
  float lower = lower_bound(r);
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float value = x[i] > r.threshold ? x[i] : 0, below = r.threshold - x[i];
    value = value < lower ? lower : value;
    value = value > r.largest ? r.largest : value;
    y[i] = value - r.slope * (below > 0 ? below : 0);
  }
}

FT_CLONES
void ft_rectify_gradient(
    float *dx, const float *dy, const float *x, ft_rectifier r, size_t count) {
  float lower = lower_bound(r);
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    int passes = (x[i] > r.threshold) & (x[i] > lower) & (x[i] < r.largest);
    dx[i] = dy[i] * ((passes ? 1 : 0) + (x[i] < r.threshold ? r.slope : 0));
  }
}

FT_CLONES
void ft_extreme(float *y, const float *a, const float *b, int32_t is_smaller, size_t count) {
  if (is_smaller) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) y[i] = a[i] < b[i] ? a[i] : b[i];
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) y[i] = a[i] > b[i] ? a[i] : b[i];
  }
}

FT_CLONES
void ft_extreme_gradient(
    float *dx, const float *dy, const float *x, const float *other, int32_t is_smaller,
    int32_t is_first, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    int is_taken = is_smaller ? x[i] < other[i] : x[i] > other[i];
    dx[i] = (is_taken | (is_first & (x[i] == other[i]))) ? dy[i] : 0;
  }
}

FT_CLONES
void ft_scale_columns(float *y, const float *x, const float *factor, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    FT_INDEPENDENT
    for (size_t c = 0; c < columns; c++) y[r * columns + c] = x[r * columns + c] * factor[c];
  }
}

FT_CLONES
void ft_column_dots(
    float *sum, const float *a, const float *b, int32_t adds, size_t rows, size_t columns) {
  if (!adds)
    for (size_t c = 0; c < columns; c++) sum[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    FT_INDEPENDENT
    for (size_t c = 0; c < columns; c++) sum[c] += a[r * columns + c] * b[r * columns + c];
  }
}
