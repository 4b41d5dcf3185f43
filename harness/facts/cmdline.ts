/** One kernel parameter as it stands on the command line; a bare `ro` has no value. */
export interface Parameter {
  readonly name: string
  readonly value: string | undefined
}

/**
 * Splits a kernel command line as `next_arg()` in lib/cmdline.c does: at blanks outside double quotes; `-` and `_` in
 * names are the same to the kernel, so names are given with `_`. Everything after ` -- ` belongs to init and is left out.
 */
export const parseCmdline = (text: string): readonly Parameter[] => {
  const words: readonly string[] = text.trim().match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
  const end = words.indexOf('--')
  return words.slice(0, end === -1 ? undefined : end).map((word) => {
    const bare = word.replaceAll('"', '')
    const equals = bare.indexOf('=')
    return equals === -1
      ? { name: bare.replaceAll('-', '_'), value: undefined }
      : { name: bare.slice(0, equals).replaceAll('-', '_'), value: bare.slice(equals + 1) }
  })
}

/** Whether `wanted` (`name` or `name=value`) is in force: the last occurrence of a name wins in the kernel. */
export const hasParameter = (parameters: readonly Parameter[], wanted: string): boolean => {
  const [parameter] = parseCmdline(wanted)
  const last = parameters.findLast((candidate) => candidate.name === parameter?.name)
  return last !== undefined && last.value === parameter?.value
}

/**
 * The command line that a kernel was given, without what loaders say in it of themselves: GRUB and SYSLINUX name the
 * kernel first, SYSLINUX the initrd as well, and UEFI firmware that takes the kernel from QEMU adds the initrd last
 * (edk2, OvmfPkg/Library/GenericQemuLoadImageLib).
 */
export const withoutLoaderWords = (cmdline: string): string =>
  cmdline
    .trim()
    .replace(/^BOOT_IMAGE=\S+(?:\s+|$)/, '')
    .replace(/^initrd=\S+(?:\s+|$)/, '')
    .replace(/(?:^|\s+)initrd=initrd$/, '')
