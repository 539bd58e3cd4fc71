#pragma once

// Only x86-64 has the three levels; elsewhere the compiler's target is what there is. Which one is taken is
// decided as the program is loaded, before ThreadSanitizer is ready for what it has put into the decision.
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(thread_sanitizer)
#define FT_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FT_CLONES
#endif

// The next loop's iterations are independent although pointers may coincide: without this an
// in-place call falls back to scalar code.
#define FT_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
