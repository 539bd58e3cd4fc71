#include "elementwise.h"

#include "activations.h"
#include "clones.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

void ft_flush_denormals(void) {
  // Flush-to-zero for results, denormals-are-zero for operands.
  _mm_setcsr(_mm_getcsr() | 0x8040);
}
#elif defined(__aarch64__)
void ft_flush_denormals(void) {
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  __asm__ volatile("msr fpcr, %0" : : "r"(control | (UINT64_C(1) << 24)));
}
#else
void ft_flush_denormals(void) {}
#endif

int32_t ft_vector_bits(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 256;
#endif
  return 128;
}

FT_CLONES
void ft_accumulate(float *destination, const float *source, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) destination[i] += source[i];
}

FT_CLONES
void ft_add_activate(
    float *destination, const float *a, const float *b, ft_activation activation, size_t count) {
  if (activation.kind > FT_RELU6) {
    if (b != NULL) {
      FT_INDEPENDENT
      for (size_t i = 0; i < count; i++) destination[i] = a[i] + b[i];
      a = destination;
    }
    ft_activate(destination, a, activation, count);
    return;
  }
  // Bounds instead of branches: the loop becomes vectors.
  float upper = activation.kind == FT_RELU6 ? 6.0f : __builtin_inff();
  float lower = activation.kind == FT_LINEAR ? -__builtin_inff() : 0.0f;
  if (b != NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float x = a[i] + b[i];
      x = x < lower ? lower : x;
      destination[i] = x > upper ? upper : x;
    }
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float x = a[i];
      x = x < lower ? lower : x;
      destination[i] = x > upper ? upper : x;
    }
  }
}

FT_CLONES
void ft_masked_sum(
    float *destination, const float *a, const float *b, const float *y, ft_activation activation,
    size_t count) {
  if (activation.kind > FT_RELU6) {
    if (b != NULL) {
      FT_INDEPENDENT
      for (size_t i = 0; i < count; i++) destination[i] = a[i] + b[i];
      a = destination;
    }
    ft_activation_gradient(destination, a, y, activation, count);
    return;
  }
  if (activation.kind == FT_LINEAR) {
    if (b == NULL) {
      FT_INDEPENDENT
      for (size_t i = 0; i < count; i++) destination[i] = a[i];
    } else {
      FT_INDEPENDENT
      for (size_t i = 0; i < count; i++) destination[i] = a[i] + b[i];
    }
    return;
  }
  float upper = activation.kind == FT_RELU6 ? 6.0f : __builtin_inff();
  if (b == NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float sum = a[i];
      destination[i] = ((y[i] > 0) & (y[i] < upper)) ? sum : 0;
    }
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float sum = a[i] + b[i];
      destination[i] = ((y[i] > 0) & (y[i] < upper)) ? sum : 0;
    }
  }
}

FT_CLONES
void ft_sloped_sum(
    float *destination, const float *a, const float *b, const float *slope, size_t count) {
  if (b == NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) destination[i] = a[i] * slope[i];
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) destination[i] = (a[i] + b[i]) * slope[i];
  }
}

FT_CLONES
void ft_channel_affine(
    float *destination, const float *source, const float *scale, const float *shift,
    ft_activation activation, size_t rows, size_t channels) {
  int is_bounded = activation.kind <= FT_RELU6;
  float upper = activation.kind == FT_RELU6 ? 6.0f : __builtin_inff();
  float lower = activation.kind == FT_LINEAR || !is_bounded ? -__builtin_inff() : 0.0f;
  for (size_t r = 0; r < rows; r++) {
    const float *from = source + r * channels;
    float *to = destination + r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) {
      float x = from[c] * scale[c] + (shift != NULL ? shift[c] : 0);
      x = x < lower ? lower : x;
      to[c] = x > upper ? upper : x;
    }
    if (!is_bounded) ft_activate(to, to, activation, channels);
  }
}

FT_CLONES
void ft_channel_combine(
    float *destination, const float *dy, const float *x, const float *scale, const float *slope,
    const float *shift, size_t rows, size_t channels) {
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++)
      destination[o + c] = scale[c] * dy[o + c] + slope[c] * x[o + c] + shift[c];
  }
}

FT_CLONES
void ft_channel_sums(
    float *sum, float *product, const float *a, const float *b, int32_t accumulating, size_t rows,
    size_t channels) {
  if (!accumulating) {
    for (size_t c = 0; c < channels; c++) sum[c] = 0;
    if (b != NULL)
      for (size_t c = 0; c < channels; c++) product[c] = 0;
  }
  // Blocks of rows are summed apart, so that long sums do not lose their small terms.
  enum { block = 64, strip = 64 };
  for (size_t first = 0; first < channels; first += strip) {
    size_t width = channels - first < strip ? channels - first : strip;
    for (size_t start = 0; start < rows; start += block) {
      size_t end = rows - start < block ? rows : start + block;
      float s[strip] = {0}, p[strip] = {0};
      for (size_t r = start; r < end; r++) {
        const float *row = a + r * channels + first;
        if (b == NULL) {
          for (size_t c = 0; c < width; c++) s[c] += row[c];
        } else {
          const float *other = b + r * channels + first;
          for (size_t c = 0; c < width; c++) {
            s[c] += row[c];
            p[c] += row[c] * other[c];
          }
        }
      }
      for (size_t c = 0; c < width; c++) sum[first + c] += s[c];
      if (b != NULL)
        for (size_t c = 0; c < width; c++) product[first + c] += p[c];
    }
  }
}

FT_CLONES
void ft_scale(float *destination, const float *source, float factor, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) destination[i] = factor * source[i];
}

FT_CLONES
void ft_multiply(float *destination, const float *a, const float *b, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) destination[i] = a[i] * b[i];
}

FT_CLONES
void ft_multiply_rows(
    float *destination, const float *a, const float *b, size_t rows, size_t channels) {
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) destination[o + c] = a[o + c] * b[c];
  }
}

FT_CLONES
void ft_gated_slope(
    float *destination, const float *a, const float *factor, const float *shift,
    const float *slope, size_t rows, size_t channels) {
  float share = 1.0f / (float)rows;
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++)
      destination[o + c] = (a[o + c] * factor[c] + shift[c] * share) * slope[o + c];
  }
}

FT_CLONES
void ft_dot_rows(float *sums, const float *a, const float *b, size_t rows, size_t channels) {
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) sums[c] += a[o + c] * b[o + c];
  }
}
