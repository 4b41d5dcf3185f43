import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DrydockError } from '../../common/errors.ts'
import type { QemuUser } from './confinement.ts'
import { atExit } from './exit-cleanup.ts'
import { mayBeAlive, ownIdentity } from './process-identity.ts'

/** Where a guest's sockets and memory live while it runs; removed when disposed of or when the process ends. */
export interface RunDirectory extends AsyncDisposable {
  /** Mode 0700, owned by the user QEMU runs as. */
  readonly path: string
  /** Where in it the guest's memory goes. */
  readonly memoryFile: string
  /** Whether its files are on a tmpfs, and so take the host's memory. */
  readonly inMemory: boolean
}

const prefix = 'drydock-'
const sharedMemory = '/dev/shm'
/** sockaddr_un's limit of 108 bytes, less the terminating NUL and the longest socket name with its slash. */
const longestPath = 108 - 1 - '/gdb.sock'.length
const memoryName = 'memory'
const tmpfsMagic = 0x01021994

/** The folder for run directories: /dev/shm where `bytes` fit into it, since memory on a disk is written back. */
export const runDirectoryBase = async (bytes: number): Promise<string> => {
  const { type, bavail, bsize } = await statfs(sharedMemory).catch(() => ({ type: 0, bavail: 0, bsize: 0 }))
  if (type !== tmpfsMagic) return tmpdir()
  return bavail * bsize >= bytes + outstandingIn(sharedMemory) ? sharedMemory : tmpdir()
}

/** Bytes that memory files in `base` will still take: they are sparse until their guests have used all of them. */
const outstandingIn = (base: string): number =>
  readdirSync(base)
    .filter((name) => name.startsWith(prefix))
    .map((name) => outstandingOf(join(base, name, 'vm', memoryName)))
    .reduce((sum, bytes) => sum + bytes, 0)

const outstandingOf = (memoryFile: string): number => {
  try {
    const { size, blocks } = lstatSync(memoryFile)
    return Math.max(0, size - blocks * 512)
  } catch {
    // Gone by now, not there yet, or another user's.
    return 0
  }
}

/**
 * Makes a run directory under `base`, owned by `owner` (absent: by us).
 * Run directories that dead processes left behind there are removed first.
 */
export const createRunDirectory = (base: string, owner: QemuUser): RunDirectory => {
  sweep(base)
  const outer = mkdtempSync(join(base, `${prefix}${ownIdentity()}-`))
  const remove = () => rmSync(outer, { recursive: true, force: true })
  const forget = atExit(remove)
  // The outer folder stays ours: that is what tells the sweep that it may be removed.
  const path = join(outer, 'vm')
  if (Buffer.byteLength(path) > longestPath) {
    remove()
    forget()
    throw new DrydockError(
      `expected a temporary folder short enough for a socket (${longestPath} bytes), found ${path}`,
      { code: 'PATH_TOO_LONG', blame: 'testbed', phase: 'prepare', hint: 'Set TMPDIR to a shorter path.' },
    )
  }
  mkdirSync(path, { mode: 0o700 })
  if (owner !== undefined) {
    chownSync(outer, ourUser(), owner.gid)
    chmodSync(outer, 0o710)
    chownSync(path, owner.uid, owner.gid)
  }
  return {
    path,
    memoryFile: join(path, memoryName),
    inMemory: base === sharedMemory,
    async [Symbol.asyncDispose]() {
      await rm(outer, { recursive: true, force: true })
      forget()
    },
  }
}

/** Removes the run directories under `base` that are ours and whose process is gone. */
const sweep = (base: string): void => {
  for (const name of readdirSync(base)) {
    const path = join(base, name)
    if (name.startsWith(prefix) && isAbandoned(name) && isOurs(path)) {
      rmSync(path, { recursive: true, force: true })
    }
  }
}

/** Other folders of Drydock's and of its tests begin like ours, and are none of our business. */
const isAbandoned = (name: string) => {
  const identity = /^(\d+-\d+-\d+)-[^-]+$/.exec(name.slice(prefix.length))?.[1]
  return identity !== undefined && !mayBeAlive(identity)
}

// Anyone can make a folder of such a name in a shared temporary folder, to have others' files removed.
const isOurs = (path: string) => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === ourUser()
}

const ourUser = () => process.geteuid?.() ?? -1
