#include "errors.h"

#include <jerror.h>

/// Warnings that cost no pixel.
static const int harmless[] = {
    JWRN_EXTRANEOUS_DATA,    // bytes between segments: skipped
    JWRN_JFIF_MAJOR,         // a newer version of a header that does not matter
    JWRN_ADOBE_XFORM,        // libjpeg then goes by the number of components
    JWRN_BOGUS_PROGRESSION,  // scans in an unusual order
    JWRN_NOT_SEQUENTIAL,     // odd parameters, which a sequential scan does not use
    JWRN_BOGUS_ICC,          // colour profiles are not applied
};
_Static_assert(sizeof harmless / sizeof *harmless == harmless_count, "one place for each warning");

/// What kind of failure the current message tells of.
static cjpeg_status status_of(j_common_ptr jpeg) {
  switch (jpeg->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
    case JERR_NO_BACKING_STORE:  // more than maximum_memory
      return cjpeg_out_of_memory;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
    case JWRN_JPEG_EOF:
      return cjpeg_truncated;
    case JWRN_HIT_MARKER:
      // The end marker amid a scan: cut short by a program that then closed the file properly.
      return jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->unread_marker == JPEG_EOI
                 ? cjpeg_truncated
                 : cjpeg_failed;
    case JERR_IMAGE_TOO_BIG:
      return cjpeg_too_large;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOT_COMPILED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_COMPONENT_COUNT:
      return cjpeg_unsupported;
    default:
      return cjpeg_failed;
  }
}

/// Puts the reason into our own words where libjpeg's help nobody.
static void explain(j_common_ptr jpeg, char *message) {
  switch (jpeg->err->msg_code) {
    case JERR_BAD_PRECISION:
      snprintf(message, JMSG_LENGTH_MAX, "%d bits a channel", jpeg->err->msg_parm.i[0]);
      break;
    case JERR_SOF_UNSUPPORTED: {
      int type = jpeg->err->msg_parm.i[0] & 0xF;
      const char *name = type == 3 || type == 7 || type == 11 || type == 15 ? "lossless"
                         : type > 8                                         ? "arithmetic coding"
                                                                            : "hierarchical";
      snprintf(message, JMSG_LENGTH_MAX, "%s (SOF%d)", name, type);
      break;
    }
    case JERR_NO_BACKING_STORE:
      snprintf(message, JMSG_LENGTH_MAX, "it needs more than %d MiB", maximum_memory >> 20);
      break;
    default:
      jpeg->err->format_message(jpeg, message);
  }
}

static void fail(j_common_ptr jpeg) {
  error_manager *errors = (error_manager *)jpeg->err;
  errors->status = status_of(jpeg);
  explain(jpeg, errors->message);
  longjmp(errors->home, 1);
}

/// Warnings say that libjpeg will make up pixels. Only those that cost no pixel are let pass.
static void judge(j_common_ptr jpeg, int level) {
  if (level >= 0) return;  // a trace message
  error_manager *errors = (error_manager *)jpeg->err;
  for (int kind = 0; kind < harmless_count; kind++) {
    if (jpeg->err->msg_code != harmless[kind]) continue;
    char *warning = errors->warnings[kind];
    if (!*warning) jpeg->err->format_message(jpeg, warning);
    return;
  }
  fail(jpeg);
}

static void ignore_message(j_common_ptr jpeg) { (void)jpeg; }

struct jpeg_error_mgr *cjpeg_prepare(error_manager *errors) {
  struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
  base->error_exit = fail;
  base->emit_message = judge;
  base->output_message = ignore_message;
  return base;
}
