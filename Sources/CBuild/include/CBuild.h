// What a build was told of the sources that it is made of.
#pragma once

/// The commit in hexadecimal digits, or NULL where nobody told it: `Tools/package.sh` does by FINETUNE_COMMIT.
const char *ft_build_commit(void);
