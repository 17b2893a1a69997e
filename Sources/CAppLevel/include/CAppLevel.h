// The compiled app level: `weft --write-app-bytecode` writes Generated/AppBytecode.c. C, so that it is plain data of the executable.
#ifndef CAPPLEVEL_H
#define CAPPLEVEL_H
#include <stddef.h>
#include <stdint.h>

/// `appSourcesHash` of the sources that were compiled.
extern const uint64_t weft_app_code_hash;
/// What AppLevel/AppCode.swift describes, and how many bytes it has.
extern const unsigned char weft_app_code[];
extern const size_t weft_app_code_size;

static inline const void *_Nonnull weft_app_code_start(void) { return weft_app_code; }

#endif
