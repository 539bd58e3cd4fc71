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
  float n = (x * 1.44269504f + shift) - shift;
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
  int32_t exponent = ((int32_t)n + 127) << 23;
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

INLINE float gelu_tanh_inner(float x) { return ROOT_2_OVER_PI * (x + 0.044715f * x * x * x); }

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
  case FT_GELU: CALL(0.5f * x * (1 + erff(x * ROOT_HALF)))
  case FT_GELU_TANH: CALL(0.5f * x * (1 + tanhf(gelu_tanh_inner(x))))
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

INLINE float gelu_slope(float x) {
  // Φ(x) + x φ(x); 0.398942280 = 1 / √(2π).
  return 0.5f * (1 + erff(x * ROOT_HALF)) + x * 0.398942280f * expf(-0.5f * x * x);
}

INLINE float gelu_tanh_slope(float x) {
  float t = tanhf(gelu_tanh_inner(x));
  return 0.5f * (1 + t)
      + 0.5f * x * (1 - t * t) * ROOT_2_OVER_PI * (1 + 3 * 0.044715f * x * x);
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
  case FT_GELU: CALL_SLOPE(gelu_slope(x))
  case FT_GELU_TANH: CALL_SLOPE(gelu_tanh_slope(x))
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

FT_CLONES
void ft_activate_keeping(
    float *destination, float *slope, const float *source, ft_activation activation,
    size_t count) {
  switch (activation.kind) {
  case FT_SWISH: return keep_swish(destination, slope, source, count);
  case FT_HARD_SWISH: BOTH(x * clip(x * (1.0f / 6) + 0.5f, 0, 1), hard_swish_slope(x))
  case FT_GELU: CALL_BOTH(0.5f * x * (1 + erff(x * ROOT_HALF)), gelu_slope(x))
  case FT_GELU_TANH: CALL_BOTH(0.5f * x * (1 + tanhf(gelu_tanh_inner(x))), gelu_tanh_slope(x))
  case FT_MISH: CALL_BOTH(x * tanhf(log1pf(expf(x > 30 ? 30 : x))), mish_slope(x))
  }
}
