#include <math.h>

#include "bfloat16.h"
#include "clones.h"
#include "lanes.h"
#include "norms.h"

#define INLINE static inline __attribute__((always_inline))

// Columns that are summed in Float32 before the sum goes into a Float64: rows of any width lose nothing.
enum { block = 1024 };

// Vectors go by their address: by value, a function without wide registers could not take them.

#define SWAPPED(v, ...) __builtin_shufflevector(v, v, __VA_ARGS__)

// The sum of a vector's values.
INLINE float across(const lanes *values) {
  lanes v = *values;
  v += SWAPPED(v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v += SWAPPED(v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v += SWAPPED(v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  v += SWAPPED(v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return v[0];
}

INLINE void put_floats(float *p, const lanes *v) { *(lanes *)p = *v; }

INLINE void put_halves(uint16_t *p, const lanes *v) {
  lane_bits bits = (lane_bits)*v;
  lane_bits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  // Adding to a NaN could carry it over into a number.
  lane_bits is_number = (lane_bits)((bits & 0x7fffffff) <= 0x7f800000);
  *(half_lanes *)p = __builtin_convertvector(
      (rounded & is_number) | (((bits >> 16) | 0x40) & ~is_number), half_lanes);
}

INLINE void put_float(float *p, float value) { *p = value; }
INLINE void put_half(uint16_t *p, float value) { ft_narrow(p, &value, 1); }

// Goes over the columns block by block: VECTOR for whole vectors at c, SCALAR for what is left, AFTER behind
// each block.
#define OVER_COLUMNS(VECTOR, SCALAR, AFTER)                                                        \
  for (size_t first = 0; first < columns; first += block) {                                        \
    size_t end = columns - first < block ? columns : first + block, c = first;                     \
    for (; c + lane_count <= end; c += lane_count) VECTOR                                          \
    for (; c < end; c++) SCALAR                                                                    \
    AFTER                                                                                          \
  }

#define LAYER_NORM(SUFFIX, TYPE, LOAD, VALUE, PUT, PUT_ONE)                                        \
  FT_CLONES                                                                                        \
  void ft_layer_norm##SUFFIX(                                                                      \
      TYPE *y, const TYPE *x, const float *parameters, float *saved, float epsilon, size_t rows,   \
      size_t columns) {                                                                            \
    const float *gamma = parameters, *beta = parameters + columns;                                 \
    for (size_t r = 0; r < rows; r++, x += columns, y += columns) {                                \
      double total = 0, squares = 0;                                                               \
      lanes sum = {0};                                                                             \
      float rest = 0;                                                                              \
      OVER_COLUMNS(                                                                                \
          { sum += LOAD(x + c); }, { rest += VALUE(x + c); }, {                                    \
            total += across(&sum) + rest;                                                           \
            sum = (lanes){0};                                                                      \
            rest = 0;                                                                              \
          })                                                                                       \
      float mean = (float)(total / (double)columns);                                               \
      OVER_COLUMNS(                                                                                \
          {                                                                                        \
            lanes d = LOAD(x + c) - mean;                                                          \
            sum += d * d;                                                                          \
          },                                                                                       \
          {                                                                                        \
            float d = VALUE(x + c) - mean;                                                         \
            rest += d * d;                                                                         \
          },                                                                                       \
          {                                                                                        \
            squares += across(&sum) + rest;                                                         \
            sum = (lanes){0};                                                                      \
            rest = 0;                                                                              \
          })                                                                                       \
      float scale = (float)(1 / sqrt(squares / (double)columns + epsilon));                        \
      OVER_COLUMNS(                                                                                \
          {                                                                                        \
            lanes normal = (LOAD(x + c) - mean) * scale;                                           \
            normal = normal * LOAD_FLOATS(gamma + c) + LOAD_FLOATS(beta + c);                      \
            PUT(y + c, &normal);                                                                   \
          },                                                                                       \
          { PUT_ONE(y + c, (VALUE(x + c) - mean) * scale * gamma[c] + beta[c]); }, )               \
      saved[2 * r] = mean;                                                                         \
      saved[2 * r + 1] = scale;                                                                    \
    }                                                                                              \
  }                                                                                                \
                                                                                                   \
  FT_CLONES                                                                                        \
  void ft_layer_norm_gradient##SUFFIX(                                                             \
      TYPE *dx, float *dparameters, const TYPE *dy, const TYPE *x, const float *parameters,        \
      const float *saved, size_t rows, size_t columns) {                                           \
    const float *gamma = parameters;                                                               \
    float *dgamma = dparameters, *dbeta = dparameters == NULL ? NULL : dparameters + columns;      \
    if (dparameters != NULL) memset(dparameters, 0, 2 * columns * sizeof(float));                  \
    for (size_t r = 0; r < rows; r++, dx += columns, dy += columns, x += columns) {                \
      float mean = saved[2 * r], scale = saved[2 * r + 1];                                         \
      if (dparameters != NULL)                                                                     \
        OVER_COLUMNS(                                                                              \
            {                                                                                      \
              lanes g = LOAD(dy + c);                                                              \
              *(lanes *)(dgamma + c) += g * ((LOAD(x + c) - mean) * scale);                        \
              *(lanes *)(dbeta + c) += g;                                                          \
            },                                                                                     \
            {                                                                                      \
              dgamma[c] += VALUE(dy + c) * ((VALUE(x + c) - mean) * scale);                        \
              dbeta[c] += VALUE(dy + c);                                                           \
            }, )                                                                                   \
      double total = 0, dot = 0;                                                                   \
      lanes sum = {0}, along = {0};                                                                \
      float rest = 0, rest_along = 0;                                                              \
      OVER_COLUMNS(                                                                                \
          {                                                                                        \
            lanes g = LOAD(dy + c) * LOAD_FLOATS(gamma + c);                                       \
            sum += g;                                                                              \
            along += g * ((LOAD(x + c) - mean) * scale);                                           \
          },                                                                                       \
          {                                                                                        \
            float g = VALUE(dy + c) * gamma[c];                                                    \
            rest += g;                                                                             \
            rest_along += g * ((VALUE(x + c) - mean) * scale);                                     \
          },                                                                                       \
          {                                                                                        \
            total += across(&sum) + rest;                                                           \
            dot += across(&along) + rest_along;                                                     \
            sum = along = (lanes){0};                                                              \
            rest = rest_along = 0;                                                                 \
          })                                                                                       \
      float shift = (float)(total / (double)columns), slope = (float)(dot / (double)columns);      \
      OVER_COLUMNS(                                                                                \
          {                                                                                        \
            lanes normal = (LOAD(x + c) - mean) * scale;                                           \
            lanes g = LOAD(dy + c) * LOAD_FLOATS(gamma + c) - shift - normal * slope;              \
            g *= scale;                                                                            \
            PUT(dx + c, &g);                                                                       \
          },                                                                                       \
          {                                                                                        \
            float normal = (VALUE(x + c) - mean) * scale;                                          \
            PUT_ONE(dx + c, scale * (VALUE(dy + c) * gamma[c] - shift - normal * slope));          \
          }, )                                                                                     \
    }                                                                                              \
  }

LAYER_NORM(, float, LOAD_FLOATS, VALUE_OF_FLOAT, put_floats, put_float)
LAYER_NORM(_bf16, uint16_t, LOAD_HALVES, VALUE_OF_HALF, put_halves, put_half)
