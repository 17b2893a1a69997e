// `posix`: constants, from one table.

import Glibc
import Heap
import Objects

private let constants: [(String, Int)] = [
  ("EFD_CLOEXEC", 0x80000), ("EFD_NONBLOCK", 0x800), ("EFD_SEMAPHORE", 1), ("MFD_CLOEXEC", 1), ("MFD_ALLOW_SEALING", 2), ("MFD_HUGETLB", 4),
  ("MFD_HUGE_SHIFT", 26), ("MFD_HUGE_MASK", 63), ("MFD_HUGE_64KB", 16 << 26), ("MFD_HUGE_512KB", 19 << 26), ("MFD_HUGE_1MB", 20 << 26),
  ("MFD_HUGE_2MB", 21 << 26), ("MFD_HUGE_8MB", 23 << 26), ("MFD_HUGE_16MB", 24 << 26), ("MFD_HUGE_32MB", 25 << 26), ("MFD_HUGE_256MB", 28 << 26),
  ("MFD_HUGE_512MB", 29 << 26), ("MFD_HUGE_1GB", 30 << 26), ("MFD_HUGE_2GB", 31 << 26), ("MFD_HUGE_16GB", 34 << 26),
  ("RWF_HIPRI", 1), ("RWF_DSYNC", 2), ("RWF_SYNC", 4), ("RWF_NOWAIT", 8), ("RWF_APPEND", 16),
  ("SPLICE_F_MOVE", 1), ("SPLICE_F_NONBLOCK", 2), ("SPLICE_F_MORE", 4), ("XATTR_CREATE", 1), ("XATTR_REPLACE", 2), ("XATTR_SIZE_MAX", 65536),
  ("F_OK", 0), ("R_OK", 4), ("W_OK", 2), ("X_OK", 1), ("NGROUPS_MAX", 65536), ("TMP_MAX", 238328),
  ("O_RDONLY", Int(O_RDONLY)), ("O_WRONLY", Int(O_WRONLY)), ("O_RDWR", Int(O_RDWR)), ("O_NDELAY", Int(O_NONBLOCK)), ("O_NONBLOCK", Int(O_NONBLOCK)),
  ("O_APPEND", Int(O_APPEND)), ("O_DSYNC", 0x1000), ("O_RSYNC", 0x101000), ("O_SYNC", 0x101000), ("O_NOCTTY", Int(O_NOCTTY)), ("O_CREAT", Int(O_CREAT)),
  ("O_EXCL", Int(O_EXCL)), ("O_TRUNC", Int(O_TRUNC)), ("O_LARGEFILE", 0), ("O_PATH", 0x200000), ("O_TMPFILE", 0x410000), ("O_CLOEXEC", Int(O_CLOEXEC)),
  ("O_ACCMODE", 3), ("O_DIRECT", 0x4000), ("O_DIRECTORY", 0x10000), ("O_NOFOLLOW", 0x20000), ("O_NOATIME", 0x40000), ("O_ASYNC", 0x2000),
  ("O_FSYNC", 0x101000),
  ("WNOHANG", 1), ("WUNTRACED", 2), ("WCONTINUED", 8), ("WEXITED", 4), ("WNOWAIT", 0x1000000), ("WSTOPPED", 2),
  ("P_ALL", 0), ("P_PID", 1), ("P_PGID", 2), ("P_PIDFD", 3), ("CLD_EXITED", 1), ("CLD_KILLED", 2), ("CLD_DUMPED", 3), ("CLD_TRAPPED", 4),
  ("CLD_STOPPED", 5), ("CLD_CONTINUED", 6), ("P_WAIT", 0), ("P_NOWAIT", 1), ("P_NOWAITO", 1),
  ("EX_OK", 0), ("EX_USAGE", 64), ("EX_DATAERR", 65), ("EX_NOINPUT", 66), ("EX_NOUSER", 67), ("EX_NOHOST", 68), ("EX_UNAVAILABLE", 69),
  ("EX_SOFTWARE", 70), ("EX_OSERR", 71), ("EX_OSFILE", 72), ("EX_CANTCREAT", 73), ("EX_IOERR", 74), ("EX_TEMPFAIL", 75), ("EX_PROTOCOL", 76),
  ("EX_NOPERM", 77), ("EX_CONFIG", 78),
  ("PRIO_PROCESS", 0), ("PRIO_PGRP", 1), ("PRIO_USER", 2), ("SEEK_DATA", 3), ("SEEK_HOLE", 4),
  ("F_LOCK", 1), ("F_TLOCK", 2), ("F_ULOCK", 0), ("F_TEST", 3),
  ("ST_RDONLY", 1), ("ST_NOSUID", 2), ("ST_NODEV", 4), ("ST_NOEXEC", 8), ("ST_SYNCHRONOUS", 16), ("ST_MANDLOCK", 64), ("ST_WRITE", 128),
  ("ST_APPEND", 256), ("ST_NOATIME", 1024), ("ST_NODIRATIME", 2048), ("ST_RELATIME", 4096),
  ("RTLD_LAZY", 1), ("RTLD_NOW", 2), ("RTLD_GLOBAL", 256), ("RTLD_LOCAL", 0), ("RTLD_NODELETE", 4096), ("RTLD_NOLOAD", 4), ("RTLD_DEEPBIND", 8),
  ("SCHED_OTHER", 0), ("SCHED_FIFO", 1), ("SCHED_RR", 2), ("SCHED_BATCH", 3), ("SCHED_IDLE", 5), ("SCHED_RESET_ON_FORK", 0x40000000),
  ("POSIX_FADV_NORMAL", 0), ("POSIX_FADV_RANDOM", 1), ("POSIX_FADV_SEQUENTIAL", 2), ("POSIX_FADV_WILLNEED", 3), ("POSIX_FADV_DONTNEED", 4),
  ("POSIX_FADV_NOREUSE", 5), ("GRND_NONBLOCK", 1), ("GRND_RANDOM", 2), ("POSIX_SPAWN_OPEN", 0), ("POSIX_SPAWN_CLOSE", 1), ("POSIX_SPAWN_DUP2", 2),
]

private let sysconfNames: [(String, Int)] = [
  ("SC_ARG_MAX", Int(_SC_ARG_MAX)), ("SC_CHILD_MAX", Int(_SC_CHILD_MAX)), ("SC_CLK_TCK", Int(_SC_CLK_TCK)), ("SC_IOV_MAX", Int(_SC_IOV_MAX)),
  ("SC_NGROUPS_MAX", Int(_SC_NGROUPS_MAX)), ("SC_OPEN_MAX", Int(_SC_OPEN_MAX)), ("SC_PAGESIZE", Int(_SC_PAGESIZE)), ("SC_PAGE_SIZE", Int(_SC_PAGESIZE)),
  ("SC_NPROCESSORS_CONF", Int(_SC_NPROCESSORS_CONF)), ("SC_NPROCESSORS_ONLN", Int(_SC_NPROCESSORS_ONLN)), ("SC_PHYS_PAGES", Int(_SC_PHYS_PAGES)),
  ("SC_AVPHYS_PAGES", Int(_SC_AVPHYS_PAGES)), ("SC_STREAM_MAX", Int(_SC_STREAM_MAX)), ("SC_TZNAME_MAX", Int(_SC_TZNAME_MAX)),
  ("SC_VERSION", Int(_SC_VERSION)), ("SC_SEM_NSEMS_MAX", Int(_SC_SEM_NSEMS_MAX)), ("SC_SYMLOOP_MAX", Int(_SC_SYMLOOP_MAX)),
  ("SC_HOST_NAME_MAX", Int(_SC_HOST_NAME_MAX)), ("SC_LOGIN_NAME_MAX", Int(_SC_LOGIN_NAME_MAX)), ("SC_LINE_MAX", Int(_SC_LINE_MAX)),
  ("SC_GETPW_R_SIZE_MAX", Int(_SC_GETPW_R_SIZE_MAX)), ("SC_GETGR_R_SIZE_MAX", Int(_SC_GETGR_R_SIZE_MAX)), ("SC_THREADS", Int(_SC_THREADS)),
  ("SC_MONOTONIC_CLOCK", Int(_SC_MONOTONIC_CLOCK)),
]

func definePosixConstants(_ m: ModuleDefinition) {
  for (k, v) in constants { m.set(k, int: v) }
  func table(_ a: [(String, Int)]) -> Value {
    let d = makeDict(m.t)
    for (k, v) in a { setString(m.t, d, intern(m.t, k), .fixnum(v)) }
    return d
  }
  m.set("sysconf_names", table(sysconfNames))
  m.set("confstr_names", table([("CS_PATH", 0), ("CS_GNU_LIBC_VERSION", 2), ("CS_GNU_LIBPTHREAD_VERSION", 3)]))
  m.set("pathconf_names", table([("PC_LINK_MAX", 0), ("PC_MAX_CANON", 1), ("PC_MAX_INPUT", 2), ("PC_NAME_MAX", 3), ("PC_PATH_MAX", 4), ("PC_PIPE_BUF", 5),
                                 ("PC_CHOWN_RESTRICTED", 6), ("PC_NO_TRUNC", 7), ("PC_VDISABLE", 8), ("PC_SYNC_IO", 9), ("PC_ASYNC_IO", 10), ("PC_PRIO_IO", 11)]))
  let have = ["HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT", "HAVE_FDOPENDIR", "HAVE_FEXECVE",
              "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE", "HAVE_FUTIMENS", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT",
              "HAVE_LUTIMES", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT", "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT",
              "HAVE_UNLINKAT", "HAVE_UTIMENSAT"]
  m.set("_have_functions", makeList(m.t, have.map { intern(m.t, $0) }))
}
