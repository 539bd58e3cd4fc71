// giflib for Swift: the sequential interface, which keeps no picture in memory.
#pragma once
#include <gif_lib.h>

/// Which giflib this is built for.
static inline int cgif_version(void) {
  return GIFLIB_MAJOR * 10000 + GIFLIB_MINOR * 100 + GIFLIB_RELEASE;
}
