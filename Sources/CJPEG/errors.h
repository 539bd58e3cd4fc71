// How libjpeg's errors and warnings end what it does.
#pragma once
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "CJPEG.h"

_Static_assert(JMSG_LENGTH_MAX <= 200, "messages are passed in buffers of 200 characters");

/// Bytes that libjpeg may take for one picture. A progressive picture's coefficients are the most:
/// 2 bytes for each pixel of each component, so 100 megapixels of CMYK fit.
enum { maximum_memory = 1 << 30 };

/// Kinds of warnings that cost no pixel.
enum { harmless_count = 6 };

/// libjpeg's error manager with the place to return to.
typedef struct {
  struct jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is a pointer to us
  jmp_buf home;
  char message[JMSG_LENGTH_MAX];
  cjpeg_status status;
  /// The first warning of each harmless kind; empty if there was none.
  char warnings[harmless_count][JMSG_LENGTH_MAX];
} error_manager;

/// Has libjpeg's failures come back to `errors->home`, which `setjmp` sets.
struct jpeg_error_mgr *cjpeg_prepare(error_manager *errors);
