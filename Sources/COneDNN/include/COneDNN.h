// oneDNN for Swift: convolutions and pooling as prepared primitives over caller-owned memory.
//
// Versions 2 (operation descriptors, Debian 12) and 3 (Ubuntu 24.04 and later) differ in how a
// primitive is described; that difference stays inside onednn.c. Activations are NHWC, plain kernels
// HWIO (HWIGO with groups), both with a depth in front where it is not 1. Activations, their gradients
// and packed weights are Float32 or bfloat16; plain weights, biases and the gradients of both are always
// Float32. A function that fails returns NULL or a non-zero oneDNN status and changes nothing.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "convolution.h" // ft_window: the sizes of one convolution or pooling

#ifdef __cplusplus
extern "C" {
#endif

// What can follow a convolution without another pass. FT_DNN_CLIP is alpha <= x <= beta; FT_DNN_HARD_SIGMOID is
// alpha x + beta, clipped to 0...1.
typedef enum {
  FT_DNN_LINEAR, FT_DNN_RELU, FT_DNN_CLIP, FT_DNN_ELU, FT_DNN_TANH, FT_DNN_SIGMOID,
  FT_DNN_HARD_SIGMOID, FT_DNN_SWISH, FT_DNN_HARD_SWISH, FT_DNN_GELU, FT_DNN_GELU_TANH
} ft_dnn_activation_kind;

typedef struct {
  ft_dnn_activation_kind kind;
  float alpha, beta;
} ft_dnn_activation;

// How activations and packed weights are stored.
typedef enum { FT_DNN_FLOAT32, FT_DNN_BFLOAT16 } ft_dnn_element;

typedef struct ft_dnn_kernel ft_dnn_kernel; // an immutable primitive, shared by threads
typedef struct ft_dnn_call ft_dnn_call;     // a primitive bound to memory, used by one thread
typedef struct ft_dnn_lane ft_dnn_lane;     // one thread's stream

// Sets the number of OpenMP threads of the calling thread: what primitives made here will use.
void ft_dnn_set_threads(int32_t threads);

// The library's version: major, minor, patch.
void ft_dnn_version(int32_t parts[3]);

// The widest instructions that the library may use here, by its own name: "cpu_isa_avx2".
const char *ft_dnn_instructions(void);

ft_dnn_lane *ft_dnn_lane_create(void);
void ft_dnn_lane_destroy(ft_dnn_lane *lane);

// dst = activation(conv(src, weights) + bias [+ dst]).
ft_dnn_kernel *ft_dnn_convolution(
    const ft_window *window, ft_dnn_element element, int32_t has_bias, int32_t adds_destination,
    ft_dnn_activation activation, int32_t *status);
// src gradient from dst gradient and weights.
ft_dnn_kernel *ft_dnn_convolution_input_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status);
// weight (and bias) gradient from src and dst gradient.
ft_dnn_kernel *ft_dnn_convolution_weight_gradient(
    const ft_window *window, ft_dnn_element element, int32_t has_bias, int32_t *status);
// Largest value of each window; keeps its positions in a workspace when asked to.
ft_dnn_kernel *ft_dnn_max_pooling(
    const ft_window *window, ft_dnn_element element, int32_t keeps, int32_t *status);
ft_dnn_kernel *ft_dnn_max_pooling_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status);
// Mean of each window; padding is not counted.
ft_dnn_kernel *ft_dnn_average_pooling(
    const ft_window *window, ft_dnn_element element, int32_t *status);
ft_dnn_kernel *ft_dnn_average_pooling_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status);

// y[c] = x[c] / (bias + alpha * Σ x[j]²)^beta over `size` channels j around c, for each of `rows` rows;
// keeps what the gradient needs in a workspace when asked to.
typedef struct {
  int64_t rows, channels, size;
  float alpha, beta, bias;
} ft_dnn_response;
ft_dnn_kernel *ft_dnn_local_response(
    const ft_dnn_response *response, int32_t keeps, int32_t *status);
// src gradient from dst gradient, input and workspace.
ft_dnn_kernel *ft_dnn_local_response_gradient(const ft_dnn_response *response, int32_t *status);

void ft_dnn_kernel_destroy(ft_dnn_kernel *kernel);

size_t ft_dnn_scratch_bytes(const ft_dnn_kernel *kernel);
size_t ft_dnn_packed_bytes(const ft_dnn_kernel *kernel);    // of the weights or their gradient
size_t ft_dnn_workspace_bytes(const ft_dnn_kernel *kernel);
const char *ft_dnn_implementation(const ft_dnn_kernel *kernel);

typedef struct {
  void *source;      // src, or its gradient in the backward kernels that write it
  void *weights;     // packed weights, or the packed weight gradient
  void *bias;        // bias, or its gradient; may be NULL
  void *destination; // dst, or its gradient in the backward kernels
  void *scratch;
  void *workspace;   // positions of the maxima, for example; may be NULL
  void *input;       // src, in backward kernels that also need it; else NULL
} ft_dnn_operands;

ft_dnn_call *ft_dnn_bind(
    const ft_dnn_kernel *kernel, const ft_dnn_operands *operands, ft_dnn_lane *lane,
    int32_t *status);
// Plain weights to the kernel's packed layout, or (unpack) a packed gradient to the plain layout.
ft_dnn_call *ft_dnn_bind_pack(
    const ft_dnn_kernel *kernel, void *plain, void *packed, int32_t unpack, ft_dnn_lane *lane,
    int32_t *status);
int32_t ft_dnn_run(const ft_dnn_call *call);
void ft_dnn_call_destroy(ft_dnn_call *call);

// Row-major c = op(a) op(b) [+ c] on the calling thread's OpenMP team.
int32_t ft_dnn_multiply(
    int32_t transpose_a, int32_t transpose_b, int64_t rows, int64_t columns, int64_t depth,
    const float *a, const float *b, int32_t accumulating, float *c);

#ifdef __cplusplus
}
#endif
