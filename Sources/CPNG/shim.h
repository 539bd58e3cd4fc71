// libpng for Swift: the simplified API (png_image) is all that is used.
#pragma once
#include <png.h>
