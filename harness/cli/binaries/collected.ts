import type { ElfInventory, Place } from '../../facts/elf-inventory.ts'

/** The ELF files and scripts of one thing that was given on the command line, or of the host's loose files. */
export interface Collected {
  /** Names a subject among all that was given. */
  pathOf(subject: string): string
  readonly inventory: ElfInventory
  /** `system` files of this host or loose ones; `image` a whole image or root file system, which a policy describes. */
  readonly kind: 'system' | 'image'
  /** File systems in it that could not be opened. */
  readonly unread: readonly { readonly name: string; readonly reason: string }[]
  /** Ways in which a file raises privileges. */
  privilegesOf(place: Place): readonly string[]
}
