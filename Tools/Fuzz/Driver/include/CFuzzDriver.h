#ifndef CFUZZDRIVER_H
#define CFUZZDRIVER_H

/// The start of the executable `fuzz`: SwiftPM looks for it under this name, not under `main`.
int fuzz_main(int count, char **arguments);

#endif
