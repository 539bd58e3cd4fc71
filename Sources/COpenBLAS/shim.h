// OpenBLAS for Swift: CBLAS and the library's own thread control.
#pragma once
#include <cblas.h>
