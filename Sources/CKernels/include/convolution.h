// The parts of a convolution that OpenBLAS does not have: unfolding an image into a matrix and back,
// and depthwise convolution, which is no matrix product at all. NHWC (NDHWC
// with depth), Float32.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
  int32_t batch;
  int32_t in_depth, in_height, in_width, in_channels; // depth 1: images
  int32_t out_depth, out_height, out_width, out_channels;
  int32_t kernel_depth, kernel_height, kernel_width;
  int32_t stride_depth, stride_height, stride_width;
  int32_t dilation_depth, dilation_height, dilation_width; // 1: none
  int32_t pad_front, pad_back, pad_top, pad_bottom, pad_left, pad_right;
  int32_t groups;
} ft_window;

// columns[out_d * out_h * out_w][kd * kh * kw * in / groups] of one image and one group.
void ft_unfold(const ft_window *w, int32_t group, float *columns, const float *image);
// The reverse, added into the image.
void ft_fold(const ft_window *w, int32_t group, float *image, const float *columns);

// Depthwise convolution: groups = in_channels, multiplier = out_channels / in_channels, kernel
// [kd][kh][kw][in][multiplier]. bias may be NULL; y is overwritten, or added to when `accumulating`.
void ft_depthwise(
    const ft_window *w, float *y, const float *x, const float *kernel, const float *bias,
    int32_t accumulating);
void ft_depthwise_input_gradient(
    const ft_window *w, float *dx, const float *dy, const float *kernel);
void ft_depthwise_weight_gradient(
    const ft_window *w, float *dkernel, const float *x, const float *dy);
