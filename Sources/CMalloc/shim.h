// The settings of glibc's allocator for Swift.
#pragma once
#include <malloc.h>
