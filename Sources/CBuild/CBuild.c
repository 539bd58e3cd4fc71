#include "CBuild.h"

#include <stddef.h>

// A file of its own, so that another commit costs the compilation of this one only.
#ifdef FINETUNE_COMMIT
const char *ft_build_commit(void) { return FINETUNE_COMMIT; }
#else
const char *ft_build_commit(void) { return NULL; }
#endif
