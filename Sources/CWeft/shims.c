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

#include <unistd.h>
#include <stdlib.h>
int weft_openat(int dir, const char *path, int flags, int mode) { return openat(dir, path, flags, mode); }
// Swift hides fork() and system().
int weft_fork(void) { return fork(); }
int weft_system(const char *command) { return system(command); }

#include <signal.h>
#include <sys/time.h>
static int set_signal(int s, void (*f)(int)) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = f;
  sigemptyset(&a.sa_mask);
  return sigaction(s, &a, NULL);
}
int weft_default_signal(int s) { return set_signal(s, SIG_DFL); }
int weft_ignore_signal(int s) { return set_signal(s, SIG_IGN); }
int weft_handle_signal(int s, void (*f)(int)) { return set_signal(s, f); }
int weft_signal_disposition(int s) {
  struct sigaction a;
  if (sigaction(s, NULL, &a)) return 2;
  return a.sa_handler == SIG_DFL ? 0 : a.sa_handler == SIG_IGN ? 1 : 2;
}
int weft_siginfo(const void *p, int which) {
  const siginfo_t *i = p;
  switch (which) { case 0: return i->si_pid; case 1: return i->si_uid; case 2: return i->si_status; default: return (int)i->si_band; }
}
int weft_setitimer(int which, const void *new, void *old) { return setitimer(which, new, old); }
int weft_getitimer(int which, void *old) { return getitimer(which, old); }

// GNU functions that Swift's Glibc module hides.
#include <sched.h>
#include <sys/random.h>
#include <sys/types.h>
int weft_close_range(unsigned lo, unsigned hi) { return close_range(lo, hi, 0); }
int weft_dup3(int a, int b, int flags) { return dup3(a, b, flags); }
int weft_pipe2(int *p, int flags) { return pipe2(p, flags); }
int weft_openpty(int *master, int *slave) {
  int m = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (m < 0) return -1;
  char name[128];
  int s = -1;
  if (grantpt(m) || unlockpt(m) || ptsname_r(m, name, sizeof name) || (s = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) { close(m); return -1; }
  *master = m; *slave = s;
  return 0;
}
ssize_t weft_copy_file_range(int a, long *ao, int b, long *bo, size_t n) { return copy_file_range(a, ao, b, bo, n, 0); }
int weft_getresuid(unsigned *r, unsigned *e, unsigned *s) { return getresuid(r, e, s); }
int weft_getresgid(unsigned *r, unsigned *e, unsigned *s) { return getresgid(r, e, s); }
int weft_sched_getaffinity(int pid, size_t n, void *mask) { memset(mask, 0, n); return sched_getaffinity(pid, n, mask); }
int weft_sched_setaffinity(int pid, size_t n, const void *mask) { return sched_setaffinity(pid, n, mask); }
ssize_t weft_getrandom(void *p, size_t n, unsigned flags) { return getrandom(p, n, flags); }
int weft_gettid(void) { return gettid(); }
