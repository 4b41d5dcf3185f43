/** One partition of a disk; places and sizes are bytes, not yet held against the size of the disk. */
export interface Partition {
  readonly number: number
  readonly at: number
  readonly length: number
  /** What it is declared to hold: `EFI system`, `Linux root (x86_64)`, `type 0x42`. */
  readonly type: string
  readonly label: string
  /** Marked for the BIOS to start. */
  readonly isActive: boolean
}
