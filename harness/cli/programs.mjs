/** Debian's package for each program that Drydock starts. Plain JavaScript, since it is needed before TypeScript runs. */
export const packageOfProgram = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-system-aarch64': 'qemu-system-arm',
  xorriso: 'xorriso',
  tar2sqfs: 'squashfs-tools-ng',
  sqfs2tar: 'squashfs-tools-ng',
  'mkfs.erofs': 'erofs-utils',
  xz: 'xz-utils',
  bzip2: 'bzip2',
}

const isX64 = process.arch === 'x64'

/**
 * The same for what only Drydock's own tests start: compilers for both architectures, what makes images
 * of every kind, and what to compare with.
 */
export const packageOfTestProgram = {
  'x86_64-linux-gnu-gcc': isX64 ? 'gcc libc6-dev' : 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
  'aarch64-linux-gnu-gcc': isX64 ? 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross' : 'gcc libc6-dev',
  readelf: 'binutils',
  getcap: 'libcap2-bin',
  chromium: 'chromium',
  cpio: 'cpio',
  fakeroot: 'fakeroot',
  lz4: 'lz4',
  lzop: 'lzop',
  mcopy: 'mtools',
  'grub-mkimage': 'grub-common',
  'mkfs.ext4': 'e2fsprogs',
  debugfs: 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  munged: 'munge',
  'qemu-img': 'qemu-utils',
  sbatch: 'slurm-client',
  setfattr: 'attr',
  sfdisk: 'fdisk',
  slurmctld: 'slurmctld',
  slurmd: 'slurmd',
}
