import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { inScratchFolder } from '../builder/scratch-folder.ts'

const diskBytes = 16 * 1024 * 1024
const blockBytes = 1024
/** A block that nothing uses yet. */
const freeBlock = 5000

/**
 * Disks that are an ext4 each.
 * @param journals `dirty`: a write is in the journal and nowhere else, as a power cut leaves it
 */
export const ext4Disks = async (journals: readonly ('clean' | 'dirty')[]): Promise<readonly Buffer[]> =>
  await inScratchFolder(async (folder) => {
    const disks: Buffer[] = []
    for (const [index, journal] of journals.entries()) {
      const path = join(folder, `${index}`)
      await writeFile(path, '')
      await truncate(path, diskBytes)
      await execa('mkfs.ext4', ['-q', '-F', '-b', `${blockBytes}`, '-J', 'size=1', path])
      if (journal === 'dirty') {
        const block = join(folder, 'block')
        await writeFile(block, Buffer.alloc(blockBytes, 'x'))
        const commands = ['journal_open', `journal_write -b ${freeBlock} ${block}`, 'journal_close']
        await execa('debugfs', ['-w', path], { input: `${commands.join('\n')}\n` })
      }
      disks.push(await readFile(path))
    }
    return disks
  })
