// libhdf5 for Swift. Predefined types and access flags are macros that call H5open(); Swift cannot
// import those, so each one that is used has a function here.
#pragma once
#include <hdf5.h>

static inline hid_t ft_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
