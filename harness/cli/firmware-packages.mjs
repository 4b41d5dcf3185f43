// Plain JavaScript, since the set-up needs it before TypeScript runs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Debian's package of UEFI firmware for each architecture, by the name that QEMU's firmware descriptors have for it. */
export const packageOfFirmware = { x86_64: 'ovmf', aarch64: 'qemu-efi-aarch64' }

const descriptorFolders = () => [
  '/usr/share/qemu/firmware',
  '/usr/local/share/qemu/firmware',
  '/etc/qemu/firmware',
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'qemu/firmware'),
]

const namesIn = (folder) => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The architectures that a descriptor speaks of UEFI firmware for, where that is there. */
const architecturesOf = (path) => {
  try {
    const { 'interface-types': interfaces, mapping, targets } = JSON.parse(readFileSync(path, 'utf8'))
    const isThere = interfaces.includes('uefi') && existsSync(mapping.executable.filename)
    return isThere ? targets.map(({ architecture }) => architecture) : []
  } catch {
    return []
  }
}

/**
 * Packages whose firmware no descriptor of the host speaks of. A first look: which firmware a guest gets is decided with
 * more care when it is started, and only guests that ask for it need any.
 */
export const missingFirmwarePackages = (folders = descriptorFolders()) => {
  const there = folders.flatMap((folder) =>
    namesIn(folder).flatMap((name) => architecturesOf(join(folder, name))),
  )
  return Object.entries(packageOfFirmware)
    .filter(([architecture]) => !there.includes(architecture))
    .map(([, debianPackage]) => debianPackage)
}
