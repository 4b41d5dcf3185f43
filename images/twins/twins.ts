import { containerTwins } from './container-twins.ts'
import { elfTwins } from './elf-twins.ts'
import { inventoryTwins } from './inventory-twins.ts'
import { kernelOriginTwins } from './kernel-origin-twins.ts'
import { kernelTwins } from './kernel-twins.ts'
import { rootTwins } from './root-twins.ts'
import { stateTwins } from './state-twins.ts'
import type { Twin } from './twin.ts'

/** All twins by name. */
export const twins: Readonly<Record<string, Twin>> = {
  ...rootTwins,
  ...containerTwins,
  ...kernelTwins,
  ...kernelOriginTwins,
  ...elfTwins,
  ...inventoryTwins,
  ...stateTwins,
}
