#include "bfloat16.h"

#include <string.h>

#include "activations.h"
#include "clones.h"

#define INLINE static inline __attribute__((always_inline))

INLINE float wide(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE uint16_t narrow(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  // Adding to a NaN could carry it over into a number.
  uint32_t quiet = (bits >> 16) | 0x40;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

// Values that are widened at once: three blocks stay in the first cache.
enum { block = 1024 };

#if defined(__x86_64__)
#include <cpuid.h>

int32_t ft_has_bfloat16(void) {
  // Leaf 7, subleaf 1, EAX bit 5; that the system saves the wide registers is what avx512f says here.
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return 0;
  return (a >> 5 & 1) && __builtin_cpu_supports("avx512f");
}

int32_t ft_has_fast_bfloat16(void) {
  unsigned a, b, c, d;
  if (!ft_has_bfloat16() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  // Leaf 7, EDX bit 22: AMX-BF16.
  return (d >> 22 & 1) || __builtin_cpu_is("amd");
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

int32_t ft_has_bfloat16(void) { return getauxval(AT_HWCAP2) >> 14 & 1; } // HWCAP2_BF16
int32_t ft_has_fast_bfloat16(void) { return ft_has_bfloat16(); }
#else
int32_t ft_has_bfloat16(void) { return 0; }
int32_t ft_has_fast_bfloat16(void) { return 0; }
#endif

FT_CLONES
void ft_widen(float *destination, const uint16_t *source, size_t count) {
  for (size_t i = 0; i < count; i++) destination[i] = wide(source[i]);
}

FT_CLONES
void ft_narrow(uint16_t *destination, const float *source, size_t count) {
  for (size_t i = 0; i < count; i++) destination[i] = narrow(source[i]);
}

// What is no bound goes through the Float32 loop, block by block.
static void activate_blocks(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, ft_activation activation,
    size_t count) {
  float sum[block], other[block];
  for (size_t first = 0; first < count; first += block) {
    size_t size = count - first < block ? count - first : block;
    ft_widen(sum, a + first, size);
    if (b != NULL) ft_widen(other, b + first, size);
    ft_add_activate(sum, sum, b != NULL ? other : NULL, activation, size);
    ft_narrow(destination + first, sum, size);
  }
}

FT_CLONES
void ft_add_activate_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, ft_activation activation,
    size_t count) {
  if (activation.kind > FT_RELU6) return activate_blocks(destination, a, b, activation, count);
  float upper = activation.kind == FT_RELU6 ? 6.0f : __builtin_inff();
  float lower = activation.kind == FT_LINEAR ? -__builtin_inff() : 0.0f;
  // A loop that asks for b each time is no vector.
  if (b == NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float x = wide(a[i]);
      x = x < lower ? lower : x;
      destination[i] = narrow(x > upper ? upper : x);
    }
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      float x = wide(a[i]) + wide(b[i]);
      x = x < lower ? lower : x;
      destination[i] = narrow(x > upper ? upper : x);
    }
  }
}

static void mask_blocks(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, const uint16_t *y,
    ft_activation activation, size_t count) {
  float sum[block], other[block], at[block];
  for (size_t first = 0; first < count; first += block) {
    size_t size = count - first < block ? count - first : block;
    ft_widen(sum, a + first, size);
    if (b != NULL) ft_widen(other, b + first, size);
    ft_widen(at, y + first, size);
    ft_masked_sum(sum, sum, b != NULL ? other : NULL, at, activation, size);
    ft_narrow(destination + first, sum, size);
  }
}

FT_CLONES
void ft_masked_sum_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, const uint16_t *y,
    ft_activation activation, size_t count) {
  if (activation.kind > FT_RELU6) return mask_blocks(destination, a, b, y, activation, count);
  if (activation.kind == FT_LINEAR) return ft_add_activate_bf16(destination, a, b, activation, count);
  // Positive numbers, infinity and what is no number have the order of their bits: 6 and infinity bound.
  int16_t upper = activation.kind == FT_RELU6 ? 0x40c0 : 0x7f80;
  if (b == NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      // Read whatever y says, or the loop has a branch for each value.
      uint16_t value = a[i];
      int16_t at = (int16_t)y[i];
      destination[i] = ((at > 0) & (at < upper)) ? value : 0;
    }
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) {
      uint16_t sum = narrow(wide(a[i]) + wide(b[i]));
      int16_t at = (int16_t)y[i];
      destination[i] = ((at > 0) & (at < upper)) ? sum : 0;
    }
  }
}

void ft_activate_keeping_bf16(
    uint16_t *destination, uint16_t *slope, const uint16_t *source, ft_activation activation,
    size_t count) {
  float value[block], derivative[block];
  for (size_t first = 0; first < count; first += block) {
    size_t size = count - first < block ? count - first : block;
    ft_widen(derivative, source + first, size);
    ft_activate_keeping(value, derivative, derivative, activation, size);
    ft_narrow(destination + first, value, size);
    ft_narrow(slope + first, derivative, size);
  }
}

FT_CLONES
void ft_sloped_sum_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, const uint16_t *slope,
    size_t count) {
  if (b == NULL) {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++) destination[i] = narrow(wide(a[i]) * wide(slope[i]));
  } else {
    FT_INDEPENDENT
    for (size_t i = 0; i < count; i++)
      destination[i] = narrow((wide(a[i]) + wide(b[i])) * wide(slope[i]));
  }
}

FT_CLONES
void ft_scale_bf16(uint16_t *destination, const uint16_t *source, float factor, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) destination[i] = narrow(factor * wide(source[i]));
}

FT_CLONES
void ft_multiply_bf16(
    uint16_t *destination, const uint16_t *a, const uint16_t *b, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) destination[i] = narrow(wide(a[i]) * wide(b[i]));
}

FT_CLONES
void ft_multiply_rows_bf16(
    uint16_t *destination, const uint16_t *a, const float *b, size_t rows, size_t channels) {
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) destination[o + c] = narrow(wide(a[o + c]) * b[c]);
  }
}

FT_CLONES
void ft_dot_rows_bf16(
    float *sums, const uint16_t *a, const uint16_t *b, size_t rows, size_t channels) {
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    size_t o = r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) sums[c] += wide(a[o + c]) * wide(b[o + c]);
  }
}

FT_CLONES
void ft_channel_affine_bf16(
    uint16_t *destination, const uint16_t *source, const float *scale, const float *shift,
    ft_activation activation, size_t rows, size_t channels) {
  int is_bounded = activation.kind <= FT_RELU6;
  float upper = activation.kind == FT_RELU6 ? 6.0f : __builtin_inff();
  float lower = activation.kind == FT_LINEAR || !is_bounded ? -__builtin_inff() : 0.0f;
  for (size_t r = 0; r < rows; r++) {
    const uint16_t *from = source + r * channels;
    uint16_t *to = destination + r * channels;
    FT_INDEPENDENT
    for (size_t c = 0; c < channels; c++) {
      float x = wide(from[c]) * scale[c] + (shift != NULL ? shift[c] : 0);
      x = x < lower ? lower : x;
      to[c] = narrow(x > upper ? upper : x);
    }
    if (!is_bounded) activate_blocks(to, to, NULL, activation, channels);
  }
}

void ft_channel_sums_bf16(
    float *sum, float *product, const uint16_t *a, const uint16_t *b, int32_t accumulating,
    size_t rows, size_t channels) {
  // Strips of channels, blocks of rows: what is widened stays in the first cache.
  enum { strip = 64, height = block / strip };
  float left[block], right[block];
  for (size_t first = 0; first < channels; first += strip) {
    size_t width = channels - first < strip ? channels - first : strip;
    int32_t adds = accumulating;
    for (size_t start = 0; start < rows; start += height) {
      size_t count = rows - start < height ? rows - start : height;
      for (size_t r = 0; r < count; r++) {
        size_t o = (start + r) * channels + first;
        ft_widen(left + r * width, a + o, width);
        if (b != NULL) ft_widen(right + r * width, b + o, width);
      }
      ft_channel_sums(
          sum + first, b != NULL ? product + first : NULL, left, b != NULL ? right : NULL, adds,
          count, width);
      adds = 1;
    }
  }
}

FT_CLONES
void ft_global_average_bf16(
    float *destination, const uint16_t *source, size_t batch, size_t positions, size_t channels) {
  float scale = 1.0f / (float)positions;
  for (size_t n = 0; n < batch; n++) {
    float *to = destination + n * channels;
    for (size_t c = 0; c < channels; c++) to[c] = 0;
    for (size_t p = 0; p < positions; p++) {
      const uint16_t *from = source + (n * positions + p) * channels;
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] += wide(from[c]);
    }
    for (size_t c = 0; c < channels; c++) to[c] *= scale;
  }
}

FT_CLONES
void ft_global_average_gradient_bf16(
    uint16_t *dx, const float *dy, size_t batch, size_t positions, size_t channels) {
  float scale = 1.0f / (float)positions;
  for (size_t n = 0; n < batch; n++) {
    for (size_t p = 0; p < positions; p++) {
      uint16_t *to = dx + (n * positions + p) * channels;
      FT_INDEPENDENT
      for (size_t c = 0; c < channels; c++) to[c] = narrow(dy[n * channels + c] * scale);
    }
  }
}
