// Shims for what Swift cannot import: variadic system calls and static VM memory.
#define _GNU_SOURCE
#include "CWeft.h"
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>

static Shape *no_shapes[1];
VM weft_vm = {.shapes = no_shapes};
Value weft_root_table[ROOT_COUNT];
Value weft_latin1_table[256];
LayoutInfo weft_layout_table[64];

int weft_open(const char *path, int flags, int mode) { return open(path, flags, mode); }
int weft_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int weft_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }

#include <malloc.h>
size_t weft_usable_size(void *p) { return malloc_usable_size(p); }
void *weft_memmem(const void *s, size_t n, const void *p, size_t m) { return memmem(s, n, p, m); }
