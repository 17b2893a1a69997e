#define _GNU_SOURCE
#include "CCodeMemory.h"
#include <sys/mman.h>
#include <unistd.h>

int code_memory_map(size_t size, void **writable, void **executable) {
  int fd = memfd_create("traces", MFD_CLOEXEC);
  if (fd < 0) return -1;
  if (ftruncate(fd, (off_t)size) < 0) { close(fd); return -1; }
  void *w = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void *x = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  close(fd);
  if (w == MAP_FAILED || x == MAP_FAILED) {
    if (w != MAP_FAILED) munmap(w, size);
    if (x != MAP_FAILED) munmap(x, size);
    return -1;
  }
  *writable = w;
  *executable = x;
  return 0;
}
