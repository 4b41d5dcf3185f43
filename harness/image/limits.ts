/**
 * What Drydock reads of an image at most. Real images stay far below; an archive that claims more is damaged or
 * an attack on the host.
 */
export const limits = {
  /** Bytes of one compressed or uncompressed artefact, after decompression. */
  unpackedBytes: 2 * 1024 ** 3,
  /** Entries of one archive. */
  entries: 500_000,
  /** Bytes of a path, and of a link's target (Linux's PATH_MAX). */
  pathBytes: 4096,
  /** Directories above an entry. */
  depth: 256,
  /** Links followed while one path is looked up (Linux's MAXSYMLINKS). */
  links: 40,
  /** Archives and compressed parts that follow each other in one initrd. */
  segments: 1000,
} as const
