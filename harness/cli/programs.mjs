/** Debian's package for each program that Drydock starts. Plain JavaScript, since it is needed before TypeScript runs. */
export const packageOfProgram = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  xorriso: 'xorriso',
  tar2sqfs: 'squashfs-tools-ng',
  sqfs2tar: 'squashfs-tools-ng',
  xz: 'xz-utils',
}
