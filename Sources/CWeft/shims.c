// Shims for what Swift cannot import: variadic system calls and static VM memory.
#define _GNU_SOURCE
#include "CWeft.h"
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>

static Shape *no_shapes[1];
VM weft_vm = {.shapes = no_shapes};
void *weft_heap_state;
Value weft_root_table[ROOT_COUNT];
Value weft_latin1_table[256];
LayoutInfo weft_layout_table[64];
uint16_t weft_hot_counts[HOT_COUNTS];
uint32_t weft_hot_calls = UINT32_MAX;
struct Continuation weft_continuations[CONTINUATIONS];

int weft_open(const char *path, int flags, int mode) { return open(path, flags, mode); }
int weft_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int weft_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }

#include <malloc.h>
size_t weft_usable_size(void *p) { return malloc_usable_size(p); }
void weft_malloc_trim(void) { malloc_trim(0); }
void weft_malloc_in_one_arena(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, 1 << 20);
}
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

#include <sys/resource.h>
int weft_getrusage(int who, void *r) { return getrusage(who, r); }
int weft_getrlimit(int which, void *r) { return getrlimit(which, r); }
int weft_prlimit(int pid, int which, const void *new, void *old) { return prlimit(pid, which, new, old); }

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>

// fork and exec as `_posixsubprocess` describes it. Between fork and exec only async-signal-safe calls.
// fds: p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write. signals: a sigset_t that the child is to
// block, NULL for the calling thread's.
int weft_fork_exec(char *const *paths, int path_count, char *const *argv, char *const *envp, const char *cwd, const int *fds, const int *keep,
                   int keep_count, int close_fds, int restore_signals, int new_session, int pgid, int mask, int group_count,
                   const unsigned *groups, int gid, int uid, const void *signals) {
  extern char **environ;
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &old);
  int pid = fork();
  if (pid != 0) {
    int e = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = e;
    return pid;
  }
  int p2cread = fds[0], p2cwrite = fds[1], c2pread = fds[2], c2pwrite = fds[3], errread = fds[4], errwrite = fds[5], report = fds[7];
  // What the parent is told of a failure before exec.
  const char *stage = "noexec";
  for (int s = 1; s < 65; s++) {
    struct sigaction act;
    if (sigaction(s, NULL, &act) == 0 && act.sa_handler != SIG_DFL && act.sa_handler != SIG_IGN) set_signal(s, SIG_DFL);
  }
  if (p2cwrite >= 0) close(p2cwrite);
  if (c2pread >= 0) close(c2pread);
  if (errread >= 0) close(errread);
  if (fds[6] >= 0) close(fds[6]);
  if (c2pwrite == 0 && (c2pwrite = dup(c2pwrite)) < 0) goto failed;
  while (errwrite == 0 || errwrite == 1) if ((errwrite = dup(errwrite)) < 0) goto failed;
  int pairs[3][2] = {{p2cread, 0}, {c2pwrite, 1}, {errwrite, 2}};
  for (int i = 0; i < 3; i++) {
    if (pairs[i][0] == pairs[i][1]) {
      int f = fcntl(pairs[i][0], F_GETFD);
      if (f < 0 || fcntl(pairs[i][0], F_SETFD, f & ~FD_CLOEXEC) < 0) goto failed;
    } else if (pairs[i][0] >= 0 && dup2(pairs[i][0], pairs[i][1]) < 0) goto failed;
  }
  if (cwd && chdir(cwd)) goto failed;
  if (mask >= 0) umask(mask);
  if (restore_signals) { set_signal(SIGPIPE, SIG_DFL); set_signal(SIGXFSZ, SIG_DFL); }
  sigprocmask(SIG_SETMASK, signals ? (const sigset_t *)signals : &old, NULL);
  if (new_session) setsid();
  if (pgid >= 0 && setpgid(0, pgid)) goto failed;
  if (group_count >= 0 && setgroups(group_count, groups)) goto failed;
  if (gid >= 0 && setregid(gid, gid)) goto failed;
  if (uid >= 0 && setreuid(uid, uid)) goto failed;
  for (int i = 0; i < keep_count; i++) {
    if (keep[i] == report) continue;
    int f = fcntl(keep[i], F_GETFD);
    if (f >= 0) fcntl(keep[i], F_SETFD, f & ~FD_CLOEXEC);
  }
  if (close_fds) {
    // `keep` is sorted, and the report pipe is in it.
    int low = 3;
    for (int i = 0; i < keep_count; i++) {
      if (keep[i] < low) continue;
      if (keep[i] > low) close_range(low, keep[i] - 1, 0);
      low = keep[i] + 1;
    }
    close_range(low, ~0u, 0);
  }
  stage = "";
  int saved = 0;
  for (int i = 0; i < path_count; i++) {
    execve(paths[i], argv, envp ? envp : environ);
    if (errno != ENOENT && errno != ENOTDIR && saved == 0) saved = errno;
  }
  if (saved) errno = saved;
failed:;
  char text[64];
  int e = errno, n = 0;
  const char *kind = "OSError:";
  for (const char *p = kind; *p; p++) text[n++] = *p;
  char digits[16];
  int d = 0;
  if (!e) digits[d++] = '0';
  for (unsigned v = e; v; v >>= 4) digits[d++] = "0123456789ABCDEF"[v & 15];
  while (d) text[n++] = digits[--d];
  text[n++] = ':';
  for (const char *p = stage; *p; p++) text[n++] = *p;
  ssize_t ignored = write(report, text, n);
  (void)ignored;
  _exit(255);
}

#include <sys/epoll.h>
int weft_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
int weft_epoll_control(int ep, int op, int fd, unsigned events) {
  struct epoll_event e = {.events = events};
  e.data.fd = fd;
  return epoll_ctl(ep, op, fd, &e);
}
// Fills fds and events; the count.
int weft_epoll_wait(int ep, int *fds, unsigned *events, int count, int timeout) {
  struct epoll_event *e = malloc(count * sizeof *e);
  if (!e) { errno = ENOMEM; return -1; }
  int n = epoll_wait(ep, e, count, timeout);
  for (int i = 0; i < n; i++) { fds[i] = e[i].data.fd; events[i] = e[i].events; }
  int code = errno;
  free(e);
  errno = code;
  return n;
}

#include <netdb.h>
#include <sys/mman.h>
#include <sys/socket.h>
int weft_socket(int family, int type, int proto) { return socket(family, type, proto); }
int weft_socketpair(int family, int type, int proto, int *fds) { return socketpair(family, type, proto, fds); }
int weft_accept4(int fd, void *address, unsigned *n) { return accept4(fd, address, n, SOCK_CLOEXEC); }
int weft_h_errno(void) { return h_errno; }
// out: control bytes, flags, address bytes.
ssize_t weft_recvmsg(int fd, void *data, size_t size, void *control, size_t control_size, int flags, void *address, int address_size, int *out) {
  struct iovec v = {data, size};
  struct msghdr m = {.msg_name = address, .msg_namelen = address_size, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control_size ? control : NULL,
                     .msg_controllen = control_size};
  ssize_t r = recvmsg(fd, &m, flags);
  out[0] = (int)m.msg_controllen; out[1] = m.msg_flags; out[2] = (int)m.msg_namelen;
  return r;
}
ssize_t weft_sendmsg(int fd, const void *data, size_t size, const void *control, size_t control_size, int flags, const void *address, int address_size) {
  struct iovec v = {(void *)data, size};
  struct msghdr m = {.msg_name = (void *)address, .msg_namelen = address_size, .msg_iov = &v, .msg_iovlen = 1,
                     .msg_control = control_size ? (void *)control : NULL, .msg_controllen = control_size};
  return sendmsg(fd, &m, flags);
}
void *weft_mremap(void *p, size_t old, size_t size) { void *r = mremap(p, old, size, MREMAP_MAYMOVE); return r == MAP_FAILED ? NULL : r; }
int weft_madvise(void *p, size_t n, int advice) { return madvise(p, n, advice); }

// System calls that app-level code reaches by number; the numbers stand in `system_posix_more.py`.
#include <grp.h>
#include <utmp.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
long weft_system_call(int which, long a, long b, long c, long d, long e, long f) {
  switch (which) {
  case 0: return eventfd((unsigned)a, (int)b);
  case 1: return memfd_create((const char *)a, (unsigned)b);
  case 2: return syscall(SYS_pidfd_open, (int)a, (unsigned)b);
  case 3: return syscall(SYS_pidfd_send_signal, (int)a, (int)b, NULL, (unsigned)d);
  case 4: return getxattr((const char *)a, (const char *)b, (void *)c, (size_t)d);
  case 5: return lgetxattr((const char *)a, (const char *)b, (void *)c, (size_t)d);
  case 6: return fgetxattr((int)a, (const char *)b, (void *)c, (size_t)d);
  case 7: return setxattr((const char *)a, (const char *)b, (const void *)c, (size_t)d, (int)e);
  case 8: return lsetxattr((const char *)a, (const char *)b, (const void *)c, (size_t)d, (int)e);
  case 9: return fsetxattr((int)a, (const char *)b, (const void *)c, (size_t)d, (int)e);
  case 10: return listxattr((const char *)a, (char *)b, (size_t)c);
  case 11: return llistxattr((const char *)a, (char *)b, (size_t)c);
  case 12: return flistxattr((int)a, (char *)b, (size_t)c);
  case 13: return removexattr((const char *)a, (const char *)b);
  case 14: return lremovexattr((const char *)a, (const char *)b);
  case 15: return fremovexattr((int)a, (const char *)b);
  case 16: return splice((int)a, (off64_t *)b, (int)c, (off64_t *)d, (size_t)e, (unsigned)f);
  case 17: {
    // Fills five ints: pid, uid, signal, status, code.
    siginfo_t i;
    memset(&i, 0, sizeof i);
    int r = waitid((idtype_t)a, (id_t)b, &i, (int)c);
    int *out = (int *)d;
    out[0] = i.si_pid; out[1] = (int)i.si_uid; out[2] = i.si_signo; out[3] = i.si_status; out[4] = i.si_code;
    return r;
  }
  case 18: return sched_get_priority_max((int)a);
  case 19: return sched_get_priority_min((int)a);
  case 20: {
    struct sched_param p = {0};
    int r = sched_getparam((pid_t)a, &p);
    return r ? r : p.sched_priority;
  }
  case 21: {
    struct sched_param p = {.sched_priority = (int)b};
    return sched_setparam((pid_t)a, &p);
  }
  case 22: return sched_getscheduler((pid_t)a);
  case 23: {
    struct sched_param p = {.sched_priority = (int)c};
    return sched_setscheduler((pid_t)a, (int)b, &p);
  }
  case 24: {
    struct timespec t;
    int r = sched_rr_get_interval((pid_t)a, &t);
    if (!r) { ((long *)b)[0] = t.tv_sec; ((long *)b)[1] = t.tv_nsec; }
    return r;
  }
  case 25: return sched_setaffinity((pid_t)a, (size_t)c, (const cpu_set_t *)b);
  case 26: return mknodat((int)a, (const char *)b, (mode_t)c, (dev_t)d);
  case 27: return setpriority((unsigned)a, (id_t)b, (int)c);
  case 28: return setresuid((uid_t)a, (uid_t)b, (uid_t)c);
  case 29: return setresgid((gid_t)a, (gid_t)b, (gid_t)c);
  case 30: return setgroups((size_t)b, (const gid_t *)a);
  case 31: return initgroups((const char *)a, (gid_t)b);
  case 32: {
    // At most d groups; gives the number there are.
    int n = (int)d;
    int r = getgrouplist((const char *)a, (gid_t)b, (gid_t *)c, &n);
    return r < 0 && n <= d ? -1 : n;
  }
  case 33: return login_tty((int)a);
  case 34: return eventfd_write((int)a, (eventfd_t)b);
  case 35: return eventfd_read((int)a, (eventfd_t *)b);
  default: return -1;
  }
}
