#include "CFuzzDriver.h"

#include <stddef.h>
#include <stdint.h>

// Of libFuzzer: what its own `main` does.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*try_out)(const uint8_t *, size_t));
// Of Entry.swift.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int fuzz_main(int count, char **arguments) {
  return LLVMFuzzerRunDriver(&count, &arguments, LLVMFuzzerTestOneInput);
}
