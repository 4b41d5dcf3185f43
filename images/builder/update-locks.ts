import { debianArchitectures, readLock, writeLock } from '../../harness/common/debian-lock.ts'
import { newLock } from '../../harness/common/debian-packages.ts'
import { goLockPath, goPackages } from '../../harness/common/go-toolchain.ts'
import type { ProgressListener } from '../../harness/common/progress.ts'
import { readDescription } from './description.ts'
import { lockPath, packageNames } from './sources.ts'

/** Locks the newest version of each package in the suites that the lock files name. */
export const updateLocks = async (progress: ProgressListener): Promise<void> => {
  const description = await readDescription()
  progress({ step: 'update lock', detail: lockPath })
  const image = { amd64: packageNames(description, 'x86_64'), arm64: packageNames(description, 'arm64') }
  await writeLock(lockPath, await newLock((await readLock(lockPath)).suite, image))
  progress({ step: 'update lock', detail: goLockPath })
  const go = Object.fromEntries(debianArchitectures.map((architecture) => [architecture, goPackages]))
  await writeLock(goLockPath, await newLock((await readLock(goLockPath)).suite, go))
}
