// Sixteen channels of one pixel, which need not be aligned: what loops of whole vectors work on.
#pragma once
#include <stdint.h>
#include <string.h>

enum { lane_count = 16 };
typedef float lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t half_lanes __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t lane_bits __attribute__((vector_size(64)));

#define LOAD_FLOATS(p) (*(const lanes *)(p))
#define LOAD_HALVES(p) ((lanes)(__builtin_convertvector(*(const half_lanes *)(p), lane_bits) << 16))
#define VALUE_OF_FLOAT(p) (*(p))
#define VALUE_OF_HALF(p) widened(p)

static inline __attribute__((always_inline)) float widened(const uint16_t *half) {
  uint32_t bits = (uint32_t)*half << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
