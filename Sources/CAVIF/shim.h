// libavif for Swift, whose names have changed over its versions.
#pragma once
#include <avif/avif.h>

/// Whether a mirrored picture has left and right exchanged, not top and bottom.
static inline int cavif_mirrors_columns(const avifImage *image) {
#if AVIF_VERSION >= 1000000
  return image->imir.axis == 1;
#else
  return image->imir.mode == 1;
#endif
}
