// libheif for Swift.
#pragma once
#include <libheif/heif.h>
