#include "CKernels.h"

#include "clones.h"

FT_CLONES
void ft_sgd(
    float *weights, float *velocity, const float *gradient, float scale, float rate, float momentum,
    float decay, int32_t nesterov, size_t count) {
  float of_gradient = nesterov ? 1 : 0, of_velocity = nesterov ? momentum : 1;
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float g = scale * gradient[i] + decay * weights[i];
    float v = momentum * velocity[i] + g;
    velocity[i] = v;
    weights[i] -= rate * (of_gradient * g + of_velocity * v);
  }
}

FT_CLONES
void ft_adamw(
    float *weights, float *mean, float *square, const float *gradient, float scale, float rate,
    float beta1, float rest1, float beta2, float rest2, float epsilon, float root, float keep,
    size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float g = scale * gradient[i];
    float m = beta1 * mean[i] + rest1 * g;
    float v = beta2 * square[i] + rest2 * g * g;
    mean[i] = m;
    square[i] = v;
    weights[i] = keep * weights[i] - rate * (m / (__builtin_elementwise_sqrt(v) * root + epsilon));
  }
}

FT_CLONES
void ft_lars(
    float *weights, float *velocity, const float *gradient, float scale, float rate, float momentum,
    float decay, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) {
    float v = momentum * velocity[i] + rate * (scale * gradient[i] + decay * weights[i]);
    velocity[i] = v;
    weights[i] -= v;
  }
}

FT_CLONES
void ft_average(float *average, const float *values, float rest, size_t count) {
  FT_INDEPENDENT
  for (size_t i = 0; i < count; i++) average[i] += rest * (values[i] - average[i]);
}

FT_CLONES
double ft_sum_of_squares(const float *values, size_t count) {
  // Lanes of a fixed number, so that the order of the sum does not depend on the instruction set.
  enum { lanes = 8 };
  double sums[lanes] = {0};
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (size_t l = 0; l < lanes; l++) {
      double value = values[i + l];
      sums[l] += value * value;
    }
  double sum = 0;
  for (size_t l = 0; l < lanes; l++) sum += sums[l];
  for (; i < count; i++) sum += (double)values[i] * values[i];
  return sum;
}
