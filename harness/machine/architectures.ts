import type { Architecture } from '../common/architecture.ts'

/** All that differs between the architectures when QEMU is started. Everything else is one engine that reads this. */
export interface MachineArchitecture {
  /** File name of QEMU's binary. */
  readonly binary: string
  /** Debian's package that has the binary. */
  readonly debianPackage: string
  /** Environment variable that names another binary. */
  readonly binaryVariable: string
  /** `-machine` type and the properties that hold for every guest. */
  readonly machine: string
  readonly firmware: {
    /** Names the architecture in firmware descriptors. */
    readonly target: string
    /** Name of the machine without its version, as descriptors know it. */
    readonly machine: string
    /** Debian's package that has it. */
    readonly debianPackage: string
    /** Bytes of each flash chip; undefined: as large as the firmware. */
    readonly flashBytes: number | undefined
  }
  /** QEMU's CPU model where the target names none. QEMU's own default lacks SMEP, SMAP, UMIP and PAC. */
  readonly defaultCpu: Readonly<Record<'kvm' | 'tcg', string>>
  /** CPU models to use in place of `defaultCpu.tcg` where QEMU is older than `before`, and emulates that one wrong. */
  readonly olderTcg: readonly { readonly before: string; readonly cpu: string }[]
  /** The kernel's name of serial line 0, without /dev/. */
  readonly consoleDevice: string
  /** `process.arch` of a host whose KVM can run it. */
  readonly hostArch: NodeJS.Architecture
}

export const machineArchitectures: Readonly<Record<Architecture, MachineArchitecture>> = {
  x86_64: {
    binary: 'qemu-system-x86_64',
    debianPackage: 'qemu-system-x86',
    binaryVariable: 'DRYDOCK_QEMU_X86_64',
    machine: 'q35,usb=off,vmport=off',
    firmware: { target: 'x86_64', machine: 'pc-q35-', debianPackage: 'ovmf', flashBytes: undefined },
    // TCG runs `rep stosb` and `rep movsb` a byte at a time, and kernels that see ERMS or FSRM clear and copy every page so:
    // a third of a boot. Without the two flags they take eight bytes at a time.
    defaultCpu: { kvm: 'max', tcg: 'max,-erms,-fsrm' },
    // Up to 7.2 cmpxchg16b can leave a garbled EFLAGS behind; an interrupt right after it makes that last, and the kernel,
    // which allocates memory with this instruction, panics about once in 60 boots. Rewritten in 8.0.
    olderTcg: [{ before: '8.0.0', cpu: 'max,-erms,-fsrm,-cx16' }],
    consoleDevice: 'ttyS0',
    hostArch: 'x64',
  },
  arm64: {
    binary: 'qemu-system-aarch64',
    debianPackage: 'qemu-system-arm',
    binaryVariable: 'DRYDOCK_QEMU_ARM64',
    machine: 'virt,gic-version=3',
    // QEMU's hw/arm/virt.c maps 128 MiB of flash, half for code, and takes no image of another size.
    firmware: {
      ...{ target: 'aarch64', machine: 'virt-', debianPackage: 'qemu-efi-aarch64' },
      flashBytes: 64 * 1024 * 1024,
    },
    // The architected PAC algorithm costs TCG most of its speed, the implementation-defined one protects alike. KVM has
    // the host's algorithm, and does not know the property.
    defaultCpu: { kvm: 'max', tcg: 'max,pauth-impdef=on' },
    olderTcg: [],
    consoleDevice: 'ttyAMA0',
    hostArch: 'arm64',
  },
}
