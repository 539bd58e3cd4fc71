// The non-linearities that are more than two bounds. Private to this target.
#pragma once
#include "elementwise.h"

// destination[i] = activation(source[i]), kinds above FT_RELU6.
void ft_activate(
    float *destination, const float *source, ft_activation activation, size_t count);

// destination[i] = dy[i] * act'(at[i]), `at` being output or input as the kind demands.
void ft_activation_gradient(
    float *destination, const float *dy, const float *at, ft_activation activation, size_t count);
