// libwebp for Swift: its decoder, and the demultiplexer that finds the pictures of a file.
#pragma once
#include <webp/decode.h>
#include <webp/demux.h>
