#include "activations.h"

#include <math.h>
#include <string.h>

#include "clones.h"

#define INLINE static inline __attribute__((always_inline))

// e^x within two units in the last place, without a call so that loops become vectors: x = n ln 2 + r,
// the polynomial of e^r is Taylor's up to r^7 (|r| <= 0.35: the rest is below 6e-9), and 2^n goes into
// the exponent.
INLINE float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to whole numbers
  float rounded = x * 1.44269504f + shift;
  float n = rounded - shift;
  float r = x - n * 0.693359375f; // ln 2 in two parts, the first exact in few bits
  r = r + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // The number is in the last bits of what was rounded; of NaN anything is, and p is NaN.
  uint32_t exponent;
  memcpy(&exponent, &rounded, sizeof exponent);
  exponent = (exponent - 0x4b400000u + 127) << 23;
  float power;
  memcpy(&power, &exponent, sizeof power);
  return p * power;
}

INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

INLINE float clip(float x, float lower, float upper) {
  x = x < lower ? lower : x;
  return x > upper ? upper : x;
}

#define SELU_SCALE 1.05070098f
#define SELU_ALPHA 1.67326324f
#define ROOT_2_OVER_PI 0.797884561f
#define ROOT_HALF 0.707106781f
#define ROOT_HALF_OVER_PI 0.398942280f

// For GELU: the normal distribution Φ(x), and its density φ(x) without the factor 1 / √(2π).
//
// With z = |x| / √2, Φ(-|x|) = erfc(z) / 2 = e^(-z²) R(z) / 2, where R, the scaled complementary error function,
// is a polynomial in t = 1 / (1 + 0.375 z) without a constant term. Its nine coefficients were fitted by
// weighted least squares to a relative error of 1.2e-8 for z up to 9.4, beyond which e^(-z²) is no Float32.
// Both tails thus keep their digits, and the one exponential serves value and derivative.
INLINE float normal_distribution(float x, float *density) {
  float z = (x < 0 ? -x : x) * ROOT_HALF;
  float e = exponential(-0.5f * x * x);
  float t = 1.0f / (1.0f + 0.375f * z);
  float p = 0.0616967529f;
  p = p * t - 0.288076043f;
  p = p * t + 0.433895141f;
  p = p * t - 0.231077924f;
  p = p * t + 0.274845123f;
  p = p * t + 0.121038556f;
  p = p * t + 0.205430523f;
  p = p * t + 0.210633487f;
  p = p * t + 0.211614415f;
  float tail = 0.5f * e * (p * t);
  *density = e;
  return x < 0 ? tail : 1.0f - tail;
}

INLINE float gelu(float x) {
  float density;
  return x * normal_distribution(x, &density);
}

// 0.5 (1 + tanh u) is the sigmoid of 2 u.
INLINE float gelu_tanh_sigmoid(float x) {
  return sigmoid(2 * ROOT_2_OVER_PI * (x + 0.044715f * x * x * x));
}

// One loop for each kind: the choice is made once. The loops of EACH become vectors, those of CALL call
// the mathematics library.
#define CALL(expression) EACH_WITH(, expression)
#define EACH(expression) EACH_WITH(FT_INDEPENDENT, expression)
#define EACH_WITH(hint, expression)                                                                \
  {                                                                                                \
    hint                                                                                           \
    for (size_t i = 0; i < count; i++) {                                                           \
      float x = source[i];                                                                         \
      destination[i] = expression;                                                                 \
    }                                                                                              \
    break;                                                                                         \
  }

FT_CLONES
void ft_activate(
    float *destination, const float *source, ft_activation activation, size_t count) {
  const float a = activation.parameter;
  switch (activation.kind) {
  case FT_LEAKY_RELU: EACH(x > 0 ? x : a * x)
  case FT_ELU: CALL(x > 0 ? x : a * expm1f(x))
  case FT_SELU: CALL(SELU_SCALE * (x > 0 ? x : SELU_ALPHA * expm1f(x)))
  case FT_TANH: CALL(tanhf(x))
  case FT_SIGMOID: EACH(sigmoid(x))
  case FT_HARD_SIGMOID: EACH(clip(a * x + 0.5f, 0, 1))
  case FT_SOFTPLUS: CALL((x > 0 ? x : 0) + log1pf(exponential(x > 0 ? -x : x)))
  case FT_SOFTSIGN: EACH(x / (1 + (x > 0 ? x : -x)))
  case FT_EXPONENTIAL: CALL(expf(x))
  case FT_SWISH: EACH(x * sigmoid(x))
  case FT_HARD_SWISH: EACH(x * clip(x * (1.0f / 6) + 0.5f, 0, 1))
  case FT_GELU: EACH(gelu(x))
  case FT_GELU_TANH: EACH(x * gelu_tanh_sigmoid(x))
  case FT_MISH: CALL(x * tanhf(log1pf(expf(x > 30 ? 30 : x))))
  }
}

INLINE float swish_slope(float x) {
  float s = sigmoid(x);
  return s * (1 + x * (1 - s));
}

INLINE float hard_swish_slope(float x) {
  float inside = x * (1.0f / 3) + 0.5f;
  return x <= -3 ? 0 : x >= 3 ? 1 : inside;
}

// Φ(x) + x φ(x).
INLINE float gelu_slope(float x) {
  float density, below = normal_distribution(x, &density);
  return below + x * ROOT_HALF_OVER_PI * density;
}

INLINE float gelu_tanh_slope(float x) {
  float s = gelu_tanh_sigmoid(x);
  return s + x * s * (1 - s) * 2 * ROOT_2_OVER_PI * (1 + 3 * 0.044715f * x * x);
}

INLINE float mish_slope(float x) {
  float t = tanhf(log1pf(expf(x > 30 ? 30 : x)));
  return t + x * (1 - t * t) * sigmoid(x);
}

#define CALL_SLOPE(expression) EACH_SLOPE_WITH(, expression)
#define EACH_SLOPE(expression) EACH_SLOPE_WITH(FT_INDEPENDENT, expression)
#define EACH_SLOPE_WITH(hint, expression)                                                          \
  {                                                                                                \
    hint                                                                                           \
    for (size_t i = 0; i < count; i++) {                                                           \
      float x = at[i];                                                                             \
      destination[i] = dy[i] * (expression);                                                       \
    }                                                                                              \
    break;                                                                                         \
  }

FT_CLONES
void ft_activation_gradient(
    float *destination, const float *dy, const float *at, ft_activation activation, size_t count) {
  const float a = activation.parameter;
  switch (activation.kind) {
  // From the output, here called x.
  case FT_LEAKY_RELU: EACH_SLOPE(x > 0 ? 1 : a)
  case FT_ELU: EACH_SLOPE(x > 0 ? 1 : x + a)
  case FT_SELU: EACH_SLOPE(x > 0 ? SELU_SCALE : x + SELU_SCALE * SELU_ALPHA)
  case FT_TANH: EACH_SLOPE(1 - x * x)
  case FT_SIGMOID: EACH_SLOPE(x * (1 - x))
  case FT_HARD_SIGMOID: EACH_SLOPE(x > 0 && x < 1 ? a : 0)
  case FT_SOFTPLUS: EACH_SLOPE(1 - exponential(-x))
  case FT_SOFTSIGN: EACH_SLOPE((1 - (x > 0 ? x : -x)) * (1 - (x > 0 ? x : -x)))
  case FT_EXPONENTIAL: EACH_SLOPE(x)
  // From the input.
  case FT_SWISH: EACH_SLOPE(swish_slope(x))
  case FT_HARD_SWISH: EACH_SLOPE(hard_swish_slope(x))
  case FT_GELU: EACH_SLOPE(gelu_slope(x))
  case FT_GELU_TANH: EACH_SLOPE(gelu_tanh_slope(x))
  case FT_MISH: CALL_SLOPE(mish_slope(x))
  }
}

#define CALL_BOTH(value, derivative) BOTH_WITH(, value, derivative)
#define BOTH(value, derivative) BOTH_WITH(FT_INDEPENDENT, value, derivative)
#define BOTH_WITH(hint, value, derivative)                                                         \
  {                                                                                                \
    hint                                                                                           \
    for (size_t i = 0; i < count; i++) {                                                           \
      float x = source[i];                                                                         \
      destination[i] = value;                                                                      \
      slope[i] = derivative;                                                                       \
    }                                                                                              \
    break;                                                                                         \
  }

INLINE void keep_swish(float *destination, float *slope, const float *source, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float x = source[i], s = sigmoid(x);
    destination[i] = x * s;
    slope[i] = s * (1 + x * (1 - s));
  }
}

INLINE void keep_gelu(float *destination, float *slope, const float *source, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float x = source[i], density, below = normal_distribution(x, &density);
    destination[i] = x * below;
    slope[i] = below + x * ROOT_HALF_OVER_PI * density;
  }
}

FT_CLONES
void ft_activate_keeping(
    float *destination, float *slope, const float *source, ft_activation activation,
    size_t count) {
  switch (activation.kind) {
  case FT_SWISH: return keep_swish(destination, slope, source, count);
  case FT_HARD_SWISH: BOTH(x * clip(x * (1.0f / 6) + 0.5f, 0, 1), hard_swish_slope(x))
  case FT_GELU: return keep_gelu(destination, slope, source, count);
  case FT_GELU_TANH: BOTH(x * gelu_tanh_sigmoid(x), gelu_tanh_slope(x))
  case FT_MISH: CALL_BOTH(x * tanhf(log1pf(expf(x > 30 ? 30 : x))), mish_slope(x))
  }
}
