import { z } from 'zod'

/** MiB of memory a guest may have. */
export const memoryRange = { least: 64, most: 65_536 } as const

/** Processors a guest may have. */
export const cpuRange = { least: 1, most: 64 } as const

const path = z.string().min(1)
const user = z
  .string()
  .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, { error: 'a user name of letters, digits, ".", "_" and "-"' })

/** Disks a guest may have. */
const mostDisks = 16

/** How to get a shell: by ssh with a key that Drydock makes for the run, on a serial line, or not at all. */
const login = z.union([
  z.literal('none'),
  z.strictObject({
    ssh: z.strictObject({ user }).optional(),
    serial: z
      .strictObject({
        user,
        /** @default none is asked for */
        password: z.string().min(1).optional(),
        /** `console` is ttyS0 or ttyAMA0; `hvc0` the virtio console. @default console */
        line: z.enum(['console', 'hvc0']).default('console'),
      })
      .optional(),
  }),
])

/** What every architecture may set for itself, and the top of the file for all of them. */
const shared = {
  /** @default none */
  login: login.optional(),
  /** How the ssh key reaches the image. @default iso where login has ssh, else none */
  metadata: z.enum(['iso', 'none']).optional(),
  /** MiB. @default 512 */
  memory: z.int().min(memoryRange.least).max(memoryRange.most).optional(),
  /** @default 1 */
  cpus: z.int().min(cpuRange.least).max(cpuRange.most).optional(),
  /** What starts the kernel: UEFI firmware or BIOS of the host, or QEMU's loader alone. @default none */
  firmware: z.enum(['uefi', 'bios', 'none']).optional(),
  /** The complete kernel command line. @default console=ttyS0 on x86_64, console=ttyAMA0 on arm64 */
  cmdline: z.string().optional(),
}

/** Paths are relative to the target file. */
const guest = z.strictObject({
  /** A kernel or a unified kernel image. @default none, firmware starts the disks */
  kernel: path.optional(),
  /** @default none, the kernel boots alone */
  initrd: path.optional(),
  /** A file that holds the command line, instead of `cmdline`. */
  cmdlineFile: path.optional(),
  /** The `.config` the kernel was built with. @default what the kernel itself holds */
  kernelConfig: path.optional(),
  /**
   * Raw or qcow2 images, which is found from their bytes; the guest sees them as vda, vdb..., and may write to them.
   * `cdrom`: an optical disc in a SCSI drive. @default none
   */
  disks: z
    .array(z.strictObject({ path, medium: z.enum(['disk', 'cdrom']).optional() }))
    .max(mostDisks)
    .optional(),
  /** A CPU model of QEMU. @default the architecture's most capable one */
  cpu: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.,=+-]*$/i, { error: 'a CPU model of QEMU' })
    .optional(),
  ...shared,
})

const arm64Guest = guest.extend({
  /**
   * Random numbers for the kernel in the device tree (kaslr-seed, rng-seed), which boards whose firmware gives none lack.
   * @default true
   */
  deviceTreeSeed: z.boolean().optional(),
})

/** A target file. */
export const targetSchema = z.strictObject({
  /** Names the folder of its reports. */
  name: z.string().regex(/^[a-z0-9_][a-z0-9._-]{0,63}$/i, {
    error: 'a name of at most 64 letters, digits, ".", "_" and "-"',
  }),
  /** The file that says what is expected of the image. @default Drydock's own policy */
  policy: path.optional(),
  architectures: z
    .strictObject({ x86_64: guest.optional(), arm64: arm64Guest.optional() })
    .refine((guests) => guests.x86_64 !== undefined || guests.arm64 !== undefined, {
      error: 'x86_64, arm64 or both',
    }),
  ...shared,
})

export type TargetFile = z.output<typeof targetSchema>
export type GuestFile = z.output<typeof guest> & Pick<z.output<typeof arm64Guest>, 'deviceTreeSeed'>
export type LoginFile = z.output<typeof login>
