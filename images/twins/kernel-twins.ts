import type { Description } from '../builder/description.ts'
import { autoloading, loosened } from './kernel-roots.ts'
import { type Twin, withModules } from './twin.ts'

const withSysctls = (description: Description, change: Partial<Description['sysctls']>): Description => ({
  ...description,
  sysctls: { ...description.sysctls, ...change },
})

/** Every setting that hardens, reversed; kexec_load_disabled takes no 0, see `open-kernel`. */
const lax = {
  'kernel.kptr_restrict': '0',
  'kernel.dmesg_restrict': '0',
  'kernel.perf_event_paranoid': '-1',
  'kernel.randomize_va_space': '0',
  'kernel.yama.ptrace_scope': '0',
  'kernel.unprivileged_bpf_disabled': '0',
  'kernel.io_uring_disabled': '0',
  'kernel.sysrq': '1',
  'kernel.oops_limit': '0',
  'kernel.warn_limit': '0',
  'kernel.modprobe': '/sbin/modprobe',
  'kernel.keys.maxkeys': '100000',
  'kernel.keys.maxbytes': '10000000',
  'user.max_user_namespaces': '1000',
  'dev.tty.ldisc_autoload': '1',
  'dev.tty.legacy_tiocsti': '1',
  'vm.unprivileged_userfaultfd': '1',
  'vm.mmap_min_addr': '0',
  'fs.protected_symlinks': '0',
  'fs.protected_hardlinks': '0',
  'fs.protected_fifos': '0',
  'fs.protected_regular': '0',
  'fs.suid_dumpable': '1',
  'net.core.bpf_jit_harden': '0',
}

/** Adds a parameter to the command line; what contradicts it goes. */
const parameter =
  (...added: readonly string[]): NonNullable<Twin['cmdline']> =>
  (words) => {
    const keys = added.map((word) => word.split('=')[0])
    return [...words.filter((word) => !keys.includes(word.split('=')[0])), ...added]
  }

/** Flaws of the kernel's settings, its command line and the CPU as the kernel uses it. */
export const kernelTwins = {
  'lax-sysctls': {
    flaw: 'the settings that harden the kernel are reversed',
    boots: true,
    describe: (description) => withSysctls(description, { start: lax, startFor: {}, running: {} }),
  },
  'modules-open': {
    flaw: 'modules can be loaded after the start, and the kernel asks a program for those that it lacks',
    boots: true,
    describe: (description) => {
      const settings = {
        start: { ...description.sysctls.start, 'kernel.modprobe': autoloading.program },
        running: {},
      }
      return autoloading.describe(withSysctls(description, settings))
    },
    alterRoot: autoloading.alterRoot,
  },
  'open-kernel': {
    flaw: 'root may replace, read, trace and extend the kernel, and everybody may read its page flags: no lockdown',
    boots: true,
    describe: (description, architecture) => {
      const { 'kernel.kexec_load_disabled': _, ...start } = description.sysctls.start
      const modules = architecture === 'x86_64' ? ['binfmt_misc', 'msr'] : ['binfmt_misc']
      return loosened(withModules(...modules)(withSysctls(description, { start })))
    },
    cmdline: (words, architecture) =>
      parameter('debugfs=on', ...(architecture === 'x86_64' ? ['vsyscall=xonly'] : []))(
        words.filter((word) => !word.startsWith('lockdown=')),
        architecture,
      ),
  },
  'weak-kernel-config': {
    flaw: 'the configuration of the kernel lacks what keeps its memory from being written and run',
    boots: false,
    kernelConfig: (config) =>
      config.replaceAll(
        /^CONFIG_(STRICT_KERNEL_RWX|STRICT_MODULE_RWX|STACKPROTECTOR_STRONG|HARDENED_USERCOPY)=y$/gm,
        '# CONFIG_$1 is not set',
      ),
  },
  nokaslr: { flaw: 'the kernel always lies at the same address', boots: true, cmdline: parameter('nokaslr') },
  'rodata-off': {
    flaw: 'the kernel can write its own code and constants',
    boots: true,
    cmdline: parameter('rodata=off'),
  },
  'mitigations-off': {
    flaw: "no measure against the CPU's vulnerabilities is taken, on a CPU that has Meltdown",
    boots: true,
    // On arm64 KASLR asks for the isolation of page tables as well.
    cmdline: (words, architecture) =>
      parameter('mitigations=off', ...(architecture === 'arm64' ? ['kpti=off'] : []))(words, architecture),
    machine: {
      // Without cmpxchg16b, and for speed without ERMS: see machineArchitectures.
      x86_64: { cpu: 'Skylake-Client-v4,-cx16,-erms' },
      arm64: { cpu: 'a64fx' },
    },
  },
  'weak-cpu': {
    flaw: "the CPU's guards against the kernel running or reading user memory are not used",
    boots: true,
    cmdline: (words, architecture) =>
      parameter(
        ...(architecture === 'x86_64'
          ? ['clearcpuid=smep,smap,umip']
          : ['arm64.nopauth', 'arm64.nobti', 'arm64.nomte']),
      )(words, architecture),
  },
  'extra-parameter': {
    flaw: 'the command line lacks the parameters that harden the kernel, and has norandmaps',
    boots: true,
    cmdline: (words) => [...words.filter((word) => word.startsWith('console=')), 'norandmaps'],
  },
} satisfies Record<string, Twin>
