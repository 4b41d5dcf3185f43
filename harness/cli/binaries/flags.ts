import { architectures } from '../../common/architecture.ts'
import type { Flag } from '../plain-words.ts'

/** The flags of `drydock binaries`. */
export interface BinariesFlags {
  readonly json?: boolean
  readonly policy?: string
  readonly arch?: string
  readonly root?: string
}

export const binariesFlags: readonly Flag[] = [
  { name: 'json', description: 'as JSON, with all that is known of each file' },
  {
    name: 'policy',
    value: 'file',
    description: 'what is expected, and waivers (default for images: moby)',
  },
  {
    name: 'root',
    value: 'folder',
    description: 'the root file system that files see (default: the folder around them that has usr)',
  },
  {
    name: 'arch',
    value: 'architecture',
    choices: architectures,
    description: 'what every file must be built for',
  },
]
