// The profiler's signal: where a thread is in compiled code at this moment.
#define _GNU_SOURCE
#include "CWeft.h"
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static uintptr_t code_start, code_end;
static volatile uintptr_t sampled;
static volatile int64_t waiting;
static struct sigaction before;

static void on_sample(int s, siginfo_t *i, void *context) {
  const ucontext_t *u = context;
  uintptr_t pc = 0;
#if defined(__x86_64__)
  pc = (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  pc = (uintptr_t)u->uc_mcontext.pc;
#endif
  sampled = pc >= code_start && pc < code_end ? pc : 0;
}
int weft_sampling_start(uintptr_t start, uintptr_t end) {
  struct sigaction a;
  code_start = start;
  code_end = end;
  sampled = 0;
  waiting = 0;
  memset(&a, 0, sizeof a);
  a.sa_sigaction = on_sample;
  a.sa_flags = SA_RESTART | SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&a.sa_mask);
  return sigaction(SIGPROF, &a, &before);
}
void weft_sampling_stop(void) {
  // A signal that is still on its way must not end the process.
  if (before.sa_handler == SIG_DFL && !(before.sa_flags & SA_SIGINFO)) before.sa_handler = SIG_IGN;
  sigaction(SIGPROF, &before, NULL);
}
int weft_sample_thread(int tid) { return (int)syscall(SYS_tgkill, getpid(), tid, SIGPROF); }
// The clock of one thread's processor time, as the kernel numbers it.
int64_t weft_thread_time(int tid) {
  struct timespec now;
  if (clock_gettime((clockid_t)(~(unsigned)tid << 3 | 6), &now)) return -1;
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
void weft_sample_add(int64_t ns) { __atomic_fetch_add(&waiting, ns, __ATOMIC_RELAXED); }
int64_t weft_sample_take(uintptr_t *pc) {
  *pc = sampled;
  sampled = 0;
  return __atomic_exchange_n(&waiting, 0, __ATOMIC_RELAXED);
}
