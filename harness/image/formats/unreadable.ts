interface Known {
  readonly name: string
  readonly at: number
  readonly mark: string | Buffer
  /** Nothing in it is a file, so that not reading it leaves nothing out. */
  readonly holdsNoFiles?: true
}

/** What Drydock recognises and does not read: the marks of file(1)'s and blkid's tables. */
const known: readonly Known[] = [
  { name: 'XFS file system', at: 0, mark: 'XFSB' },
  { name: 'btrfs file system', at: 65_600, mark: '_BHRfS_M' },
  { name: 'F2FS file system', at: 1024, mark: Buffer.from([0x10, 0x20, 0xf5, 0xf2]) },
  { name: 'NTFS file system', at: 3, mark: 'NTFS    ' },
  { name: 'exFAT file system', at: 3, mark: 'EXFAT   ' },
  { name: 'cramfs file system', at: 0, mark: Buffer.from([0x45, 0x3d, 0xcd, 0x28]) },
  { name: 'romfs file system', at: 0, mark: '-rom1fs-' },
  { name: 'UBI volume', at: 0, mark: 'UBI#' },
  { name: 'UBIFS file system', at: 0, mark: Buffer.from([0x31, 0x18, 0x10, 0x06]) },
  { name: 'JFFS2 file system', at: 0, mark: Buffer.from([0x85, 0x19]) },
  { name: 'LUKS volume', at: 0, mark: Buffer.from('LUKS\xba\xbe', 'latin1') },
  { name: 'LVM physical volume', at: 512, mark: 'LABELONE' },
  { name: 'VMDK disk', at: 0, mark: 'KDMV' },
  { name: 'VHDX disk', at: 0, mark: 'vhdxfile' },
  { name: 'VHD disk', at: 0, mark: 'conectix' },
  { name: 'VDI disk', at: 64, mark: Buffer.from([0x7f, 0x10, 0xda, 0xbe]) },
  { name: 'Android sparse image', at: 0, mark: Buffer.from([0x3a, 0xff, 0x26, 0xed]) },
  { name: 'Android boot image', at: 0, mark: 'ANDROID!' },
  { name: 'U-Boot image', at: 0, mark: Buffer.from([0x27, 0x05, 0x19, 0x56]) },
  { name: 'device tree or FIT image', at: 0, mark: Buffer.from([0xd0, 0x0d, 0xfe, 0xed]) },
  { name: 'swap area', at: 4086, mark: 'SWAPSPACE2', holdsNoFiles: true },
  { name: 'dm-verity hash tree', at: 0, mark: 'verity\0\0', holdsNoFiles: true },
]

/** Recognises what Drydock does not read. */
export const recogniseUnreadable = (head: Buffer): Pick<Known, 'name' | 'holdsNoFiles'> | undefined =>
  known.find(({ at, mark }) => {
    const wanted = Buffer.from(mark)
    return head.subarray(at, at + wanted.length).equals(wanted)
  })
