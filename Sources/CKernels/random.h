// Counter-based random numbers for the loops of this target.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Uniform in 0..<1: SplitMix64 (Steele, Lea and Flood, 2014) makes of key and counter an independent
// number.
static inline float ft_uniform(uint64_t key, size_t counter) {
  uint64_t z = key + (counter + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (float)((z ^ (z >> 31)) >> 40) * 0x1p-24f;
}
