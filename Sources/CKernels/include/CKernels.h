// Loops that run at the speed of the machine's vectors although SwiftPM compiles for the baseline:
// each is cloned for AVX-512, AVX2 and the baseline and picked when the program starts.
#pragma once
#include "bfloat16.h"
#include "colour.h"
#include "convolution.h"
#include "depthwise.h"
#include "elementwise.h"
#include "images.h"
#include "layers.h"
#include "norms.h"
#include "optimizers.h"
#include "pooling.h"
#include "resample.h"
#include "winograd.h"
