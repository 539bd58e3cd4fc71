#include "COneDNN.h"

#include <dnnl.h>
#include <dnnl_debug.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern void omp_set_num_threads(int); // libgomp; its header belongs to the compiler that made it

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t description;
typedef dnnl_memory_desc_t owned_description;
#else
typedef const dnnl_memory_desc_t *description;
typedef dnnl_memory_desc_t *owned_description;
#endif

enum { max_arguments = 7 };

struct ft_dnn_lane {
  dnnl_stream_t stream;
};

struct ft_dnn_kernel {
  dnnl_primitive_desc_t pd;
  dnnl_primitive_t primitive;
  owned_description plain_weights; // NULL without weights
  const char *implementation;
  dnnl_prop_kind_t direction;
  int has_bias;
  int is_weightless;
};

struct ft_dnn_call {
  dnnl_primitive_t primitive;
  dnnl_primitive_desc_t own_pd; // of a reorder, else NULL
  int owns_primitive;
  void *own_scratch; // of a reorder that needs some, else NULL
  dnnl_stream_t stream;
  int count;
  dnnl_exec_arg_t arguments[max_arguments];
};

static dnnl_engine_t the_engine;
static dnnl_status_t engine_status = dnnl_runtime_error;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void make_engine(void) {
  engine_status = dnnl_engine_create(&the_engine, dnnl_cpu, 0);
  // Ours are made once and kept; nothing is worth remembering.
  dnnl_set_primitive_cache_capacity(0);
}

// Held while a primitive is made. Made on several threads at once, some of version 2.6.3 compute nonsense, and go
// on doing so; which part of making them is to blame is not known.
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static dnnl_engine_t engine(void) {
  pthread_once(&engine_once, make_engine);
  return the_engine;
}

void ft_dnn_set_threads(int32_t threads) { omp_set_num_threads(threads); }

void ft_dnn_version(int32_t parts[3]) {
  const dnnl_version_t *version = dnnl_version();
  parts[0] = version->major, parts[1] = version->minor, parts[2] = version->patch;
}

const char *ft_dnn_instructions(void) { return dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()); }

ft_dnn_lane *ft_dnn_lane_create(void) {
  if (engine() == NULL || engine_status != dnnl_success) return NULL;
  ft_dnn_lane *lane = calloc(1, sizeof *lane);
  if (lane == NULL) return NULL;
  if (dnnl_stream_create(&lane->stream, engine(), dnnl_stream_default_flags) != dnnl_success) {
    free(lane);
    return NULL;
  }
  return lane;
}

void ft_dnn_lane_destroy(ft_dnn_lane *lane) {
  if (lane == NULL) return;
  dnnl_stream_destroy(lane->stream);
  free(lane);
}

// MARK: descriptions, the same on both versions

static owned_description describe(
    int rank, const dnnl_dims_t dims, dnnl_format_tag_t tag, dnnl_data_type_t type) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t made = NULL;
  if (dnnl_memory_desc_create_with_tag(&made, rank, dims, type, tag) != dnnl_success)
    return NULL;
  return made;
#else
  dnnl_memory_desc_t *made = calloc(1, sizeof *made);
  if (made == NULL) return NULL;
  if (dnnl_memory_desc_init_by_tag(made, rank, dims, type, tag) != dnnl_success) {
    free(made);
    return NULL;
  }
  return made;
#endif
}

static void forget(owned_description d) {
  if (d == NULL) return;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_destroy(d);
#else
  free(d);
#endif
}

// All that describes one convolution or pooling.
typedef struct {
  owned_description source, destination, weights, weight_gradient, plain, bias;
  dnnl_dims_t strides, dilations, before, after, window;
} descriptions;

// Whether the depth matters: only then is it described.
static int is_deep(const ft_window *w) {
  return w->in_depth != 1 || w->out_depth != 1 || w->kernel_depth != 1 || w->pad_front != 0
      || w->pad_back != 0;
}

static owned_description describe_images(
    const ft_window *w, dnnl_data_type_t type, int64_t channels, int64_t depth, int64_t height,
    int64_t width) {
  dnnl_dims_t deep = {w->batch, channels, depth, height, width};
  dnnl_dims_t flat = {w->batch, channels, height, width};
  return is_deep(w) ? describe(5, deep, dnnl_ndhwc, type) : describe(4, flat, dnnl_nhwc, type);
}

static void set(dnnl_dims_t to, const ft_window *w, int64_t depth, int64_t height, int64_t width) {
  int deep = is_deep(w);
  if (deep) to[0] = depth;
  to[deep] = height, to[deep + 1] = width;
}

static int describe_window(
    const ft_window *w, dnnl_data_type_t type, int is_pooling, descriptions *d) {
  memset(d, 0, sizeof *d);
  d->source = describe_images(w, type, w->in_channels, w->in_depth, w->in_height, w->in_width);
  d->destination =
      describe_images(w, type, w->out_channels, w->out_depth, w->out_height, w->out_width);
  set(d->strides, w, w->stride_depth, w->stride_height, w->stride_width);
  set(d->dilations, w, w->dilation_depth - 1, w->dilation_height - 1, w->dilation_width - 1);
  set(d->before, w, w->pad_front, w->pad_top, w->pad_left);
  set(d->after, w, w->pad_back, w->pad_bottom, w->pad_right);
  set(d->window, w, w->kernel_depth, w->kernel_height, w->kernel_width);
  if (is_pooling) return d->source != NULL && d->destination != NULL;
  dnnl_dims_t bias = {w->out_channels};
  d->bias = describe(1, bias, dnnl_x, dnnl_f32);
  // With groups: [groups, out, in, (depth,) height, width].
  dnnl_dims_t kernel = {w->groups, w->out_channels / w->groups, w->in_channels / w->groups};
  set(kernel + 3, w, w->kernel_depth, w->kernel_height, w->kernel_width);
  int grouped = w->groups > 1, rank = 4 + is_deep(w) + grouped;
  dnnl_format_tag_t plain = is_deep(w) ? (grouped ? dnnl_dhwigo : dnnl_dhwio)
                                       : (grouped ? dnnl_hwigo : dnnl_hwio);
  dnnl_dims_t ungrouped = {0};
  memcpy(ungrouped, kernel + 1, sizeof(kernel[0]) * 5);
  const int64_t *sizes = grouped ? kernel : ungrouped;
  d->weights = describe(rank, sizes, dnnl_format_tag_any, type);
  d->weight_gradient = describe(rank, sizes, dnnl_format_tag_any, dnnl_f32);
  d->plain = describe(rank, sizes, plain, dnnl_f32);
  return d->source != NULL && d->destination != NULL && d->bias != NULL && d->weights != NULL
      && d->weight_gradient != NULL && d->plain != NULL;
}

static void forget_all(descriptions *d) {
  forget(d->source), forget(d->destination), forget(d->weights), forget(d->weight_gradient);
  forget(d->plain), forget(d->bias);
}

static dnnl_status_t append(dnnl_post_ops_t after, dnnl_alg_kind_t kind, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_post_ops_append_eltwise(after, kind, alpha, beta);
#else
  return dnnl_post_ops_append_eltwise(after, 1.0f, kind, alpha, beta);
#endif
}

static dnnl_status_t append_activation(dnnl_post_ops_t after, ft_dnn_activation activation) {
  float alpha = activation.alpha, beta = activation.beta;
  switch (activation.kind) {
  case FT_DNN_LINEAR: return dnnl_success;
  case FT_DNN_RELU: return append(after, dnnl_eltwise_relu, alpha, 0);
  case FT_DNN_CLIP: return append(after, dnnl_eltwise_clip_v2, alpha, beta);
  case FT_DNN_ELU: return append(after, dnnl_eltwise_elu, alpha, 0);
  case FT_DNN_TANH: return append(after, dnnl_eltwise_tanh, 0, 0);
  case FT_DNN_SIGMOID: return append(after, dnnl_eltwise_logistic, 0, 0);
  case FT_DNN_HARD_SIGMOID: {
    // Version 2 has it in two steps only.
    dnnl_status_t status = append(after, dnnl_eltwise_linear, alpha, beta);
    return status == dnnl_success ? append(after, dnnl_eltwise_clip_v2, 0, 1) : status;
  }
  case FT_DNN_SWISH: return append(after, dnnl_eltwise_swish, 1, 0);
#if DNNL_VERSION_MAJOR >= 3
  // Version 3 has a slope and a shift in place of 1/6 and 1/2.
  case FT_DNN_HARD_SWISH: return append(after, dnnl_eltwise_hardswish, 1.0f / 6, 0.5f);
#else
  case FT_DNN_HARD_SWISH: return append(after, dnnl_eltwise_hardswish, 0, 0);
#endif
  case FT_DNN_GELU: return append(after, dnnl_eltwise_gelu_erf, 0, 0);
  case FT_DNN_GELU_TANH: return append(after, dnnl_eltwise_gelu_tanh, 0, 0);
  }
  return dnnl_unimplemented;
}

static dnnl_status_t make_attributes(
    int adds_destination, ft_dnn_activation activation, dnnl_primitive_attr_t *made) {
  dnnl_status_t status = dnnl_primitive_attr_create(made);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_attr_set_scratchpad_mode(*made, dnnl_scratchpad_mode_user);
  dnnl_post_ops_t after = NULL;
  if (status == dnnl_success) status = dnnl_post_ops_create(&after);
  if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
  if (adds_destination)
    status = dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_data_type_undef);
#else
  if (adds_destination) status = dnnl_post_ops_append_sum(after, 1.0f);
#endif
  if (status == dnnl_success) status = append_activation(after, activation);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*made, after);
  dnnl_post_ops_destroy(after);
  return status;
}

// MARK: primitive descriptors, where the versions differ

static dnnl_status_t forward_descriptor(
    const descriptions *d, int has_bias, dnnl_primitive_attr_t attributes,
    dnnl_primitive_desc_t *made) {
  description bias = has_bias ? d->bias : NULL;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_convolution_forward_primitive_desc_create(
      made, engine(), dnnl_forward_training, dnnl_convolution_direct, d->source, d->weights, bias,
      d->destination, d->strides, d->dilations, d->before, d->after, attributes);
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &operation, dnnl_forward_training, dnnl_convolution_direct, d->source, d->weights, bias,
      d->destination, d->strides, d->dilations, d->before, d->after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine(), NULL);
#endif
}

static dnnl_status_t input_gradient_descriptor(
    const descriptions *d, dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint,
    dnnl_primitive_desc_t *made) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_convolution_backward_data_primitive_desc_create(
      made, engine(), dnnl_convolution_direct, d->source, d->weights, d->destination, d->strides,
      d->dilations, d->before, d->after, hint, attributes);
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
      &operation, dnnl_convolution_direct, d->source, d->weights, d->destination, d->strides,
      d->dilations, d->before, d->after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine(), hint);
#endif
}

static dnnl_status_t weight_gradient_descriptor(
    const descriptions *d, int has_bias, dnnl_primitive_attr_t attributes,
    dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *made) {
  description bias = has_bias ? d->bias : NULL;
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_convolution_backward_weights_primitive_desc_create(
      made, engine(), dnnl_convolution_direct, d->source, d->weight_gradient, bias, d->destination,
      d->strides, d->dilations, d->before, d->after, hint, attributes);
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
      &operation, dnnl_convolution_direct, d->source, d->weight_gradient, bias, d->destination,
      d->strides, d->dilations, d->before, d->after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine(), hint);
#endif
}

static dnnl_status_t pooling_descriptor(
    const descriptions *d, dnnl_alg_kind_t kind, dnnl_prop_kind_t direction,
    dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *made) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_dims_t none = {0};
  if (direction == dnnl_backward)
    return dnnl_pooling_backward_primitive_desc_create(
        made, engine(), kind, d->source, d->destination, d->strides, d->window, none,
        d->before, d->after, hint, attributes);
  return dnnl_pooling_forward_primitive_desc_create(
      made, engine(), direction, kind, d->source, d->destination, d->strides,
      d->window, none, d->before, d->after, attributes);
#else
  dnnl_pooling_desc_t operation;
  dnnl_status_t status =
      direction == dnnl_backward
          ? dnnl_pooling_backward_desc_init(
                &operation, kind, d->source, d->destination, d->strides, d->window,
                d->before, d->after)
          : dnnl_pooling_forward_desc_init(
                &operation, direction, kind, d->source, d->destination, d->strides,
                d->window, d->before, d->after);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine(), hint);
#endif
}

// MARK: kernels

static const ft_dnn_activation no_activation = {FT_DNN_LINEAR, 0, 0};

typedef enum { forward, input_gradient, weight_gradient, pooling, pooling_gradient } purpose;

// Makes the primitive of a description; destroys everything if that or what came before has failed.
static ft_dnn_kernel *finish_kernel(ft_dnn_kernel *kernel, int32_t *status) {
  if (*status == dnnl_success) *status = dnnl_primitive_create(&kernel->primitive, kernel->pd);
  if (*status == dnnl_success)
    *status = dnnl_primitive_desc_query(
        kernel->pd, dnnl_query_impl_info_str, 0, &kernel->implementation);
  if (*status == dnnl_success) return kernel;
  ft_dnn_kernel_destroy(kernel);
  return NULL;
}

static ft_dnn_kernel *make_kernel(
    purpose what, const ft_window *window, ft_dnn_element element, int has_bias,
    int adds_destination,
    ft_dnn_activation activation, dnnl_alg_kind_t pooling_kind,
    dnnl_prop_kind_t pooling_direction, int32_t *status) {
  *status = dnnl_out_of_memory;
  pthread_mutex_lock(&making);
  int is_pooling = what == pooling || what == pooling_gradient;
  dnnl_data_type_t type = element == FT_DNN_BFLOAT16 ? dnnl_bf16 : dnnl_f32;
  descriptions d = {0};
  ft_dnn_kernel *kernel = calloc(1, sizeof *kernel);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t hint = NULL;
  if (engine() == NULL || engine_status != dnnl_success) *status = engine_status;
  else if (describe_window(window, type, is_pooling, &d) && kernel != NULL)
    *status = make_attributes(adds_destination, activation, &attributes);
  if (*status == dnnl_success && (what == input_gradient || what == weight_gradient))
    *status = forward_descriptor(&d, has_bias, attributes, &hint);
  if (*status == dnnl_success && what == pooling_gradient)
    *status = pooling_descriptor(&d, pooling_kind, dnnl_forward_training, attributes, NULL, &hint);
  if (*status == dnnl_success) {
    switch (what) {
    case forward:
      kernel->direction = dnnl_forward_training;
      *status = forward_descriptor(&d, has_bias, attributes, &kernel->pd);
      break;
    case input_gradient:
      kernel->direction = dnnl_backward_data;
      *status = input_gradient_descriptor(&d, attributes, hint, &kernel->pd);
      break;
    case weight_gradient:
      kernel->direction = dnnl_backward_weights;
      *status = weight_gradient_descriptor(&d, has_bias, attributes, hint, &kernel->pd);
      break;
    case pooling:
      kernel->direction = pooling_direction;
      *status = pooling_descriptor(
          &d, pooling_kind, pooling_direction, attributes, NULL, &kernel->pd);
      break;
    case pooling_gradient:
      kernel->direction = dnnl_backward;
      *status = pooling_descriptor(&d, pooling_kind, dnnl_backward, attributes, hint, &kernel->pd);
      break;
    }
  }
  if (kernel != NULL) {
    kernel->has_bias = has_bias;
    kernel->is_weightless = is_pooling;
    kernel->plain_weights = d.plain;
    d.plain = NULL;
  }
  if (hint != NULL) dnnl_primitive_desc_destroy(hint);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  forget_all(&d);
  ft_dnn_kernel *made = finish_kernel(kernel, status);
  pthread_mutex_unlock(&making);
  return made;
}

ft_dnn_kernel *ft_dnn_convolution(
    const ft_window *window, ft_dnn_element element, int32_t has_bias, int32_t adds_destination,
    ft_dnn_activation activation, int32_t *status) {
  return make_kernel(
      forward, window, element, has_bias, adds_destination, activation, dnnl_alg_kind_undef,
      dnnl_forward_training, status);
}

ft_dnn_kernel *ft_dnn_convolution_input_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status) {
  return make_kernel(
      input_gradient, window, element, 0, 0, no_activation, dnnl_alg_kind_undef,
      dnnl_forward_training,
      status);
}

ft_dnn_kernel *ft_dnn_convolution_weight_gradient(
    const ft_window *window, ft_dnn_element element, int32_t has_bias, int32_t *status) {
  return make_kernel(
      weight_gradient, window, element, has_bias, 0, no_activation, dnnl_alg_kind_undef,
      dnnl_forward_training, status);
}

ft_dnn_kernel *ft_dnn_max_pooling(
    const ft_window *window, ft_dnn_element element, int32_t keeps, int32_t *status) {
  return make_kernel(
      pooling, window, element, 0, 0, no_activation, dnnl_pooling_max,
      keeps ? dnnl_forward_training : dnnl_forward_inference, status);
}

ft_dnn_kernel *ft_dnn_max_pooling_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status) {
  return make_kernel(
      pooling_gradient, window, element, 0, 0, no_activation, dnnl_pooling_max,
      dnnl_forward_training,
      status);
}

ft_dnn_kernel *ft_dnn_average_pooling(
    const ft_window *window, ft_dnn_element element, int32_t *status) {
  return make_kernel(
      pooling, window, element, 0, 0, no_activation, dnnl_pooling_avg_exclude_padding,
      dnnl_forward_inference, status);
}

ft_dnn_kernel *ft_dnn_average_pooling_gradient(
    const ft_window *window, ft_dnn_element element, int32_t *status) {
  return make_kernel(
      pooling_gradient, window, element, 0, 0, no_activation, dnnl_pooling_avg_exclude_padding,
      dnnl_forward_training, status);
}

// MARK: local response normalisation

static dnnl_status_t response_descriptor(
    const ft_dnn_response *p, dnnl_prop_kind_t direction, description rows,
    dnnl_primitive_attr_t attributes, dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *made) {
  // The library divides alpha by the size.
  float alpha = p->alpha * (float)p->size;
#if DNNL_VERSION_MAJOR >= 3
  if (direction == dnnl_backward_data)
    return dnnl_lrn_backward_primitive_desc_create(
        made, engine(), dnnl_lrn_across_channels, rows, rows, rows, p->size, alpha, p->beta,
        p->bias, hint, attributes);
  return dnnl_lrn_forward_primitive_desc_create(
      made, engine(), direction, dnnl_lrn_across_channels, rows, rows, p->size, alpha, p->beta,
      p->bias, attributes);
#else
  dnnl_lrn_desc_t operation;
  dnnl_status_t status =
      direction == dnnl_backward_data
          ? dnnl_lrn_backward_desc_init(
                &operation, dnnl_lrn_across_channels, rows, rows, p->size, alpha, p->beta, p->bias)
          : dnnl_lrn_forward_desc_init(
                &operation, direction, dnnl_lrn_across_channels, rows, p->size, alpha, p->beta,
                p->bias);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &operation, attributes, engine(), hint);
#endif
}

static ft_dnn_kernel *make_response(
    const ft_dnn_response *p, dnnl_prop_kind_t direction, int32_t *status) {
  *status = dnnl_out_of_memory;
  pthread_mutex_lock(&making);
  // The rows form one image of width 1.
  dnnl_dims_t dims = {1, p->channels, p->rows, 1};
  owned_description rows = describe(4, dims, dnnl_nhwc, dnnl_f32);
  ft_dnn_kernel *kernel = calloc(1, sizeof *kernel);
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t hint = NULL;
  if (engine() == NULL || engine_status != dnnl_success) *status = engine_status;
  else if (rows != NULL && kernel != NULL) *status = make_attributes(0, no_activation, &attributes);
  if (*status == dnnl_success && direction == dnnl_backward_data)
    *status = response_descriptor(p, dnnl_forward_training, rows, attributes, NULL, &hint);
  if (*status == dnnl_success)
    *status = response_descriptor(p, direction, rows, attributes, hint, &kernel->pd);
  if (kernel != NULL) kernel->direction = direction, kernel->is_weightless = 1;
  if (hint != NULL) dnnl_primitive_desc_destroy(hint);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  forget(rows);
  ft_dnn_kernel *made = finish_kernel(kernel, status);
  pthread_mutex_unlock(&making);
  return made;
}

ft_dnn_kernel *ft_dnn_local_response(
    const ft_dnn_response *response, int32_t keeps, int32_t *status) {
  return make_response(
      response, keeps ? dnnl_forward_training : dnnl_forward_inference, status);
}

ft_dnn_kernel *ft_dnn_local_response_gradient(const ft_dnn_response *response, int32_t *status) {
  return make_response(response, dnnl_backward_data, status);
}

void ft_dnn_kernel_destroy(ft_dnn_kernel *kernel) {
  if (kernel == NULL) return;
  if (kernel->primitive != NULL) dnnl_primitive_destroy(kernel->primitive);
  if (kernel->pd != NULL) dnnl_primitive_desc_destroy(kernel->pd);
  forget(kernel->plain_weights);
  free(kernel);
}

static description query(const ft_dnn_kernel *kernel, dnnl_query_t what) {
  return dnnl_primitive_desc_query_md(kernel->pd, what, 0);
}

static size_t query_bytes(const ft_dnn_kernel *kernel, dnnl_query_t what) {
  description found = query(kernel, what);
  return found == NULL ? 0 : dnnl_memory_desc_get_size(found);
}

static dnnl_query_t weights_query(const ft_dnn_kernel *kernel) {
  return kernel->direction == dnnl_backward_weights ? dnnl_query_diff_weights_md
                                                    : dnnl_query_weights_md;
}

size_t ft_dnn_scratch_bytes(const ft_dnn_kernel *kernel) {
  return query_bytes(kernel, dnnl_query_scratchpad_md);
}

size_t ft_dnn_packed_bytes(const ft_dnn_kernel *kernel) {
  return kernel->is_weightless ? 0 : query_bytes(kernel, weights_query(kernel));
}

size_t ft_dnn_workspace_bytes(const ft_dnn_kernel *kernel) {
  return kernel->is_weightless ? query_bytes(kernel, dnnl_query_workspace_md) : 0;
}

const char *ft_dnn_implementation(const ft_dnn_kernel *kernel) { return kernel->implementation; }

// MARK: calls

static dnnl_status_t add_argument(ft_dnn_call *call, int name, description d, void *memory) {
  if (d == NULL || memory == NULL || dnnl_memory_desc_get_size(d) == 0) return dnnl_success;
  dnnl_memory_t made = NULL;
  dnnl_status_t status = dnnl_memory_create(&made, d, engine(), memory);
  if (status != dnnl_success) return status;
  call->arguments[call->count++] = (dnnl_exec_arg_t){.arg = name, .memory = made};
  return dnnl_success;
}

ft_dnn_call *ft_dnn_bind(
    const ft_dnn_kernel *kernel, const ft_dnn_operands *operands, ft_dnn_lane *lane,
    int32_t *status) {
  *status = dnnl_out_of_memory;
  ft_dnn_call *call = calloc(1, sizeof *call);
  if (call == NULL) return NULL;
  call->primitive = kernel->primitive;
  call->stream = lane->stream;
  int is_forward =
      kernel->direction == dnnl_forward_training || kernel->direction == dnnl_forward_inference;
  int writes_source = kernel->direction == dnnl_backward_data || kernel->direction == dnnl_backward;
  int writes_weights = kernel->direction == dnnl_backward_weights;
  struct { int name; dnnl_query_t what; void *memory; } wanted[] = {
      {writes_source ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
       writes_source ? dnnl_query_diff_src_md : dnnl_query_src_md, operands->source},
      {is_forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST,
       is_forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md, operands->destination},
      {writes_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
       writes_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, operands->weights},
      {DNNL_ARG_SRC, dnnl_query_src_md, writes_source ? operands->input : NULL},
      {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, operands->scratch},
      {DNNL_ARG_WORKSPACE, dnnl_query_workspace_md, operands->workspace},
  };
  *status = dnnl_success;
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0] && *status == dnnl_success; i++) {
    *status = add_argument(call, wanted[i].name, query(kernel, wanted[i].what), wanted[i].memory);
  }
  if (*status == dnnl_success && kernel->has_bias) {
    description bias = dnnl_primitive_desc_query_md(
        kernel->pd, writes_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 1);
    *status = add_argument(
        call, writes_weights ? DNNL_ARG_DIFF_BIAS : DNNL_ARG_BIAS, bias, operands->bias);
  }
  if (*status != dnnl_success) {
    ft_dnn_call_destroy(call);
    return NULL;
  }
  return call;
}

ft_dnn_call *ft_dnn_bind_pack(
    const ft_dnn_kernel *kernel, void *plain, void *packed, int32_t unpack, ft_dnn_lane *lane,
    int32_t *status) {
  *status = dnnl_out_of_memory;
  ft_dnn_call *call = calloc(1, sizeof *call);
  if (call == NULL) return NULL;
  call->stream = lane->stream;
  description blocked = query(kernel, weights_query(kernel));
  description from = unpack ? blocked : kernel->plain_weights;
  description to = unpack ? kernel->plain_weights : blocked;
  // The library's own scratchpad belongs to the thread that made a primitive, whoever runs it.
  dnnl_primitive_attr_t attributes = NULL;
  pthread_mutex_lock(&making);
  *status = make_attributes(0, no_activation, &attributes);
  if (*status == dnnl_success)
    *status = dnnl_reorder_primitive_desc_create(
        &call->own_pd, from, engine(), to, engine(), attributes);
  if (attributes != NULL) dnnl_primitive_attr_destroy(attributes);
  if (*status == dnnl_success) *status = dnnl_primitive_create(&call->primitive, call->own_pd);
  pthread_mutex_unlock(&making);
  if (*status == dnnl_success) call->owns_primitive = 1;
  if (*status == dnnl_success) {
    description scratch = dnnl_primitive_desc_query_md(call->own_pd, dnnl_query_scratchpad_md, 0);
    size_t size = scratch == NULL ? 0 : dnnl_memory_desc_get_size(scratch);
    if (size > 0 && posix_memalign(&call->own_scratch, 64, size) != 0) *status = dnnl_out_of_memory;
    else if (size > 0)
      *status = add_argument(call, DNNL_ARG_SCRATCHPAD, scratch, call->own_scratch);
  }
  if (*status == dnnl_success)
    *status = add_argument(call, DNNL_ARG_FROM, from, unpack ? packed : plain);
  if (*status == dnnl_success)
    *status = add_argument(call, DNNL_ARG_TO, to, unpack ? plain : packed);
  if (*status != dnnl_success) {
    ft_dnn_call_destroy(call);
    return NULL;
  }
  return call;
}

int32_t ft_dnn_run(const ft_dnn_call *call) {
  // The CPU stream is synchronous: the primitive has finished when this returns.
  return dnnl_primitive_execute(call->primitive, call->stream, call->count, call->arguments);
}

void ft_dnn_call_destroy(ft_dnn_call *call) {
  if (call == NULL) return;
  for (int i = 0; i < call->count; i++) dnnl_memory_destroy(call->arguments[i].memory);
  if (call->owns_primitive) dnnl_primitive_destroy(call->primitive);
  if (call->own_pd != NULL) dnnl_primitive_desc_destroy(call->own_pd);
  free(call->own_scratch);
  free(call);
}

int32_t ft_dnn_multiply(
    int32_t transpose_a, int32_t transpose_b, int64_t rows, int64_t columns, int64_t depth,
    const float *a, const float *b, int32_t accumulating, float *c) {
  return dnnl_sgemm(
      transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', rows, columns, depth, 1.0f, a,
      transpose_a ? rows : depth, b, transpose_b ? depth : columns, accumulating ? 1.0f : 0.0f, c,
      columns);
}
