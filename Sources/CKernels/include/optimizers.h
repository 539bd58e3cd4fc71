#pragma once

#include <stddef.h>
#include <stdint.h>

// One step of an optimiser over the values of one parameter. Every function first multiplies the
// gradient by `scale`: g = scale * gradient.

// Stochastic gradient descent with momentum (Sutskever et al., 2013, in the form of PyTorch and
// Keras): g += decay * w; v = momentum * v + g; w -= rate * (nesterov ? g + momentum * v : v).
void ft_sgd(
    float *weights, float *velocity, const float *gradient, float scale, float rate, float momentum,
    float decay, int32_t nesterov, size_t count);

// Adam with decoupled decay (Loshchilov and Hutter, 2019, algorithm 2):
// w *= keep; m = beta1 * m + rest1 * g; v = beta2 * v + rest2 * g²;
// w -= rate * m / (sqrt(v) * root + epsilon).
// rest1 and rest2 are 1 - beta1 and 1 - beta2, which Float32 would compute with an error of 5e-5 for
// 0.999. The caller puts the correction of the means into rate = rate / (1 - beta1^t) and
// root = 1 / sqrt(1 - beta2^t), and the decay into keep = 1 - rate * decay.
void ft_adamw(
    float *weights, float *mean, float *square, const float *gradient, float scale, float rate,
    float beta1, float rest1, float beta2, float rest2, float epsilon, float root, float keep,
    size_t count);

// Momentum with the rate inside (You et al., 2017, algorithm 1, the rate being the local one):
// v = momentum * v + rate * (g + decay * w); w -= v.
void ft_lars(
    float *weights, float *velocity, const float *gradient, float scale, float rate, float momentum,
    float decay, size_t count);

// average += rest * (values - average).
void ft_average(float *average, const float *values, float rest, size_t count);

// The sum of the squares, in Float64.
double ft_sum_of_squares(const float *values, size_t count);
