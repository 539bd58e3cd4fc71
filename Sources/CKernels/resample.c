#include "resample.h"

#include <math.h>
#include <string.h>

#include "clones.h"

// A fused multiply-add would round differently from Pillow.
#pragma STDC FP_CONTRACT OFF

/// Coefficients are fixed-point numbers: 8 bits are the pixel's, 2 are left for sum and sign.
enum { fraction_bits = 32 - 8 - 2, half = 1 << (fraction_bits - 1) };

/// Rows that the horizontal pass treats together: one vector holds a pixel of each.
enum { rows_together = 4 };

/// Reading or writing a pixel as four bytes touches one byte too many.
enum { overhang = 16 };

typedef int32_t ints __attribute__((vector_size(64)));
typedef uint8_t bytes __attribute__((vector_size(16)));

/// The weights along one axis: pixel x is the sum over i < count[x] of
/// weight[x · width + i] · source[first[x] + i].
typedef struct {
  int32_t *first;
  int32_t *count;
  int32_t *weight;
  int32_t width;
} taps;

/// How much the filter is widened.
static double reduction_of(resample_axis axis) {
  double scale = (double)(axis.end - axis.start) / axis.total;
  return scale < 1 || axis.filter == 2 ? 1 : scale;
}

static double support_of(resample_axis axis) {
  return (axis.filter == 1 ? 2 : 1) * reduction_of(axis);
}

static int32_t tap_width(resample_axis axis) { return (int32_t)ceil(support_of(axis)) * 2 + 1; }

/// The range of source pixels with an influence on pixel `index`, as the filter rounds it.
static void reach(resample_axis axis, int32_t size, int32_t index, int32_t *first, int32_t *count) {
  double scale = (double)(axis.end - axis.start) / axis.total;
  double support = support_of(axis);
  double center = axis.start + (index + 0.5) * scale;
  int32_t low = (int32_t)(center - support + 0.5);
  int32_t high = (int32_t)(center + support + 0.5);
  if (low < 0) low = 0;
  if (high > size) high = size;
  *first = low;
  *count = high - low;
}

static double triangle(double x) {
  if (x < 0) x = -x;
  return x < 1 ? 1 - x : 0;
}

static double cubic(double x) {
  const double a = -0.5;
  if (x < 0) x = -x;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// `weights` has room for one pixel's, in double precision.
static void compute_taps(resample_axis axis, int32_t size, double *weights, taps *result) {
  double scale = (double)(axis.end - axis.start) / axis.total;
  double inverse = 1.0 / reduction_of(axis);
  for (int32_t x = 0; x < axis.count; x++) {
    int32_t index = axis.first + x, first, count;
    reach(axis, size, index, &first, &count);
    double center = axis.start + (index + 0.5) * scale;
    double sum = 0;
    for (int32_t i = 0; i < count; i++) {
      double x = (i + first - center + 0.5) * inverse;
      weights[i] = axis.filter == 1 ? cubic(x) : triangle(x);
      sum += weights[i];
    }
    int32_t *weight = result->weight + (size_t)x * (size_t)result->width;
    for (int32_t i = 0; i < count; i++) {
      double share = sum != 0 ? weights[i] / sum : weights[i];
      weight[i] = (int32_t)((share < 0 ? -0.5 : 0.5) + share * (1 << fraction_bits));
    }
    result->first[x] = first;
    result->count[x] = count;
  }
}

void resample_needed(resample_axis axis, int32_t size, int32_t *first, int32_t *count) {
  int32_t last, last_count, first_count;
  reach(axis, size, axis.first, first, &first_count);
  reach(axis, size, axis.first + axis.count - 1, &last, &last_count);
  *count = last + last_count - *first;
}

/// Which pass comes first decides how the 8-bit result between them is rounded. Pillow 13 goes down
/// the columns first where the height shrinks by more than twice as many pixels as the width; up to
/// version 12 it never did.
static int goes_down_first(
    int32_t width, int32_t height, resample_axis horizontal, resample_axis vertical) {
  int64_t rows_lost = (int64_t)height - vertical.total;
  int64_t columns_lost = (int64_t)width - horizontal.total;
  return rows_lost > 0 && rows_lost > 2 * columns_lost;
}

static size_t aligned(size_t size) { return (size + 63) & ~(size_t)63; }

/// Where everything lives in the scratch memory.
typedef struct {
  taps horizontal, vertical;
  double *weights;
  uint8_t *last_row;     // a copy of the source's last row with an overhang
  uint8_t *rows;         // the result of the first pass
  size_t row_stride;     // of `rows`
  uint8_t *finished;     // rows that the horizontal pass has done as the second one
  size_t finished_stride;
  int32_t first_row, row_count;       // of the source
  int32_t first_column, column_count; // of the source
  int down_first;
} layout;

static size_t lay_out(
    int32_t width, int32_t height, resample_axis horizontal, resample_axis vertical, uint8_t *base,
    layout *result) {
  size_t used = 0;
#define TAKE(member, size)                             \
  do {                                                 \
    result->member = (void *)((uintptr_t)base + used); \
    used += aligned(size);                             \
  } while (0)
  size_t columns = (size_t)horizontal.count, lines = (size_t)vertical.count;
  result->horizontal.width = tap_width(horizontal);
  result->vertical.width = tap_width(vertical);
  size_t across = (size_t)result->horizontal.width, down = (size_t)result->vertical.width;
  resample_needed(vertical, height, &result->first_row, &result->row_count);
  resample_needed(horizontal, width, &result->first_column, &result->column_count);
  result->down_first = goes_down_first(width, height, horizontal, vertical);
  result->finished_stride = aligned(columns * 3 + overhang);
  result->row_stride = result->down_first
      ? aligned((size_t)result->column_count * 3 + overhang) : result->finished_stride;
  TAKE(horizontal.first, columns * sizeof(int32_t));
  TAKE(horizontal.count, columns * sizeof(int32_t));
  TAKE(horizontal.weight, columns * across * sizeof(int32_t));
  TAKE(vertical.first, lines * sizeof(int32_t));
  TAKE(vertical.count, lines * sizeof(int32_t));
  TAKE(vertical.weight, lines * down * sizeof(int32_t));
  TAKE(weights, (across > down ? across : down) * sizeof(double));
  TAKE(last_row, (size_t)width * 3 + overhang);
  TAKE(rows, result->row_stride * (result->down_first ? lines : (size_t)result->row_count));
  TAKE(finished, result->down_first ? result->finished_stride * rows_together : 0);
#undef TAKE
  return used;
}

static int is_sane(int32_t size, resample_axis axis) {
  return size > 0 && axis.total > 0 && axis.first >= 0 && axis.count > 0
      && axis.first <= axis.total - axis.count && axis.start >= 0 && axis.start < axis.end
      && axis.end <= (float)size;
}

size_t resample_scratch_size(
    int32_t width, int32_t height, resample_axis horizontal, resample_axis vertical) {
  if (!is_sane(width, horizontal) || !is_sane(height, vertical)) return 0;
  layout unused;
  return lay_out(width, height, horizontal, vertical, NULL, &unused);
}

// A macro: a function that takes or gives vectors this wide would warn of its calling convention.
#define clamped(sum) (((sum) & ~((sum) > 255) & ~((sum) < 0)) | (((sum) > 255) & 255))

/// One pass along the rows: a vector holds one pixel (and a byte of the next) of four rows.
FT_CLONES static void pass_across(
    const uint8_t *const *source, uint8_t *const *target, int32_t count, const taps *taps) {
  for (int32_t x = 0; x < count; x++) {
    const int32_t *weight = taps->weight + (size_t)x * (size_t)taps->width;
    size_t from = (size_t)taps->first[x] * 3;
    const uint8_t *row0 = source[0] + from, *row1 = source[1] + from;
    const uint8_t *row2 = source[2] + from, *row3 = source[3] + from;
    int32_t reach = taps->count[x];
    ints sum = {0};
    sum += half;
    for (int32_t i = 0; i < reach; i++) {
      uint32_t pixels[rows_together];
      memcpy(&pixels[0], row0 + 3 * i, 4);
      memcpy(&pixels[1], row1 + 3 * i, 4);
      memcpy(&pixels[2], row2 + 3 * i, 4);
      memcpy(&pixels[3], row3 + 3 * i, 4);
      bytes narrow;
      memcpy(&narrow, pixels, sizeof narrow);
      sum += __builtin_convertvector(narrow, ints) * weight[i];
    }
    sum >>= fraction_bits;
    sum = clamped(sum);
    bytes result = __builtin_convertvector(sum, bytes);
    for (int row = 0; row < rows_together; row++) {
      memcpy(target[row] + 3 * (size_t)x, (const uint8_t *)&result + 4 * row, 4);
    }
  }
}

/// One pass down the columns: `weight` · `count` rows, `stride` apart, become one.
FT_CLONES static void pass_down(
    const uint8_t *source, size_t stride, uint8_t *target, size_t length, const int32_t *weight,
    int32_t count) {
  size_t x = 0;
  for (; x + sizeof(bytes) <= length; x += sizeof(bytes)) {
    ints sum = {0};
    sum += half;
    for (int32_t i = 0; i < count; i++) {
      bytes narrow;
      memcpy(&narrow, source + (size_t)i * stride + x, sizeof narrow);
      sum += __builtin_convertvector(narrow, ints) * weight[i];
    }
    sum >>= fraction_bits;
    sum = clamped(sum);
    bytes result = __builtin_convertvector(sum, bytes);
    memcpy(target + x, &result, sizeof result);
  }
  for (; x < length; x++) {
    int32_t sum = half;
    for (int32_t i = 0; i < count; i++) sum += source[(size_t)i * stride + x] * weight[i];
    sum >>= fraction_bits;
    target[x] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
}

/// Along the rows that are needed, then down the columns.
static void across_then_down(
    const resample_source *source, const layout *place, int32_t columns, int32_t lines,
    uint8_t *target) {
  size_t source_stride = (size_t)source->columns * 3, length = (size_t)columns * 3;
  memcpy(
      place->last_row, source->pixels + (size_t)(source->rows - 1) * source_stride,
      source_stride);
  for (int32_t x = 0; x < columns; x++) place->horizontal.first[x] -= source->x;
  for (int32_t row = 0; row < place->row_count; row += rows_together) {
    const uint8_t *from[rows_together];
    uint8_t *to[rows_together];
    for (int32_t i = 0; i < rows_together; i++) {
      // Beyond the end the last row is done again: cheaper than a second loop for the rest.
      int32_t index = row + i < place->row_count ? row + i : place->row_count - 1;
      int32_t line = place->first_row + index - source->y;
      from[i] = line == source->rows - 1 ? place->last_row
                                         : source->pixels + (size_t)line * source_stride;
      to[i] = place->rows + (size_t)index * place->row_stride;
    }
    pass_across(from, to, columns, &place->horizontal);
  }
  for (int32_t y = 0; y < lines; y++) {
    const uint8_t *first =
        place->rows + (size_t)(place->vertical.first[y] - place->first_row) * place->row_stride;
    pass_down(
        first, place->row_stride, target + (size_t)y * length, length,
        place->vertical.weight + (size_t)y * (size_t)place->vertical.width,
        place->vertical.count[y]);
  }
}

/// Down the columns that are needed, then along the rows.
static void down_then_across(
    const resample_source *source, const layout *place, int32_t columns, int32_t lines,
    uint8_t *target) {
  size_t source_stride = (size_t)source->columns * 3, length = (size_t)columns * 3;
  for (int32_t y = 0; y < lines; y++) {
    const uint8_t *first = source->pixels
        + (size_t)(place->vertical.first[y] - source->y) * source_stride
        + (size_t)(place->first_column - source->x) * 3;
    pass_down(
        first, source_stride, place->rows + (size_t)y * place->row_stride,
        (size_t)place->column_count * 3,
        place->vertical.weight + (size_t)y * (size_t)place->vertical.width,
        place->vertical.count[y]);
  }
  for (int32_t x = 0; x < columns; x++) place->horizontal.first[x] -= place->first_column;
  for (int32_t row = 0; row < lines; row += rows_together) {
    const uint8_t *from[rows_together];
    uint8_t *to[rows_together];
    for (int32_t i = 0; i < rows_together; i++) {
      int32_t line = row + i < lines ? row + i : lines - 1;
      from[i] = place->rows + (size_t)line * place->row_stride;
      to[i] = place->finished + (size_t)i * place->finished_stride;
    }
    pass_across(from, to, columns, &place->horizontal);
    for (int32_t i = 0; i < rows_together && row + i < lines; i++)
      memcpy(target + (size_t)(row + i) * length, to[i], length);
  }
}

void resample_rgb(
    const resample_source *source, resample_axis horizontal, resample_axis vertical, void *scratch,
    uint8_t *target) {
  int32_t width = source->width, height = source->height;
  layout place;
  lay_out(width, height, horizontal, vertical, scratch, &place);
  compute_taps(horizontal, width, place.weights, &place.horizontal);
  compute_taps(vertical, height, place.weights, &place.vertical);
  if (place.down_first)
    down_then_across(source, &place, horizontal.count, vertical.count, target);
  else
    across_then_down(source, &place, horizontal.count, vertical.count, target);
}
