const mebibyte = 1024 ** 2

/**
 * What Drydock reads of an image at most. Real images stay far below; an archive that claims more is damaged or
 * an attack on the host. Together they keep a process that reads a hostile image below 1 GiB.
 */
export const limits = {
  /**
   * Bytes of one artefact that is held in memory, after decompression. The environment may raise it in MiB, for an
   * image that is meant to be larger and a host that has the memory.
   */
  unpackedBytes: (Number(process.env.DRYDOCK_UNPACKED_MIB) || 640) * mebibyte,
  /** Bytes of one file that is read whole out of a file system. */
  fileBytes: 192 * mebibyte,
  /** Bytes of one file system's metadata, each reading of them counted: inodes, directories, maps. */
  metadataBytes: 512 * mebibyte,
  /** Bytes of all extended attributes of one file system. */
  xattrBytes: 64 * mebibyte,
  /** Bytes of all long names and attributes of one tar archive. */
  extensionBytes: 256 * mebibyte,
  /** Bytes of one directory. */
  directoryBytes: 128 * mebibyte,
  /** Entries of one archive or file system. */
  entries: 500_000,
  /** Bytes of a path, and of a link's target (Linux's PATH_MAX). */
  pathBytes: 4096,
  /** Bytes of one name (Linux's NAME_MAX). */
  nameBytes: 255,
  /** Directories above an entry. */
  depth: 256,
  /** Links followed while one path is looked up (Linux's MAXSYMLINKS). */
  links: 40,
  /** Archives and compressed parts that follow each other in one initrd. */
  segments: 1000,
  /** Partitions of one disk. */
  partitions: 256,
  /** Extents of one file. */
  extents: 1_000_000,
  /** Disks, partitions, file systems and archives, one in the other. */
  nesting: 6,
} as const
