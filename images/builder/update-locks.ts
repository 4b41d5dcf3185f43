import { debianArchitectures, readLock, writeLock } from '../../harness/common/debian-lock.ts'
import { newLock } from '../../harness/common/debian-packages.ts'
import { goLockPath, goPackages } from '../../harness/common/go-toolchain.ts'
import type { ProgressListener } from '../../harness/common/progress.ts'
import { muslLockPath, muslPackages } from '../../harness/image/testing/musl.ts'
import { loaderLockPath, loaderPackages } from '../formats/loaders.ts'
import { otherKernels } from './debian-kernels.ts'
import { readDescription } from './description.ts'
import { lockPath, packageNames } from './sources.ts'

/** Locks the newest version of each package in the suites that the lock files name. */
export const updateLocks = async (progress: ProgressListener): Promise<void> => {
  const description = await readDescription()
  progress({ step: 'update lock', detail: lockPath })
  const image = { amd64: packageNames(description, 'x86_64'), arm64: packageNames(description, 'arm64') }
  await writeLock(lockPath, await newLock((await readLock(lockPath)).suite, image))
  for (const kernel of otherKernels) {
    progress({ step: 'update lock', detail: kernel.lockPath })
    const packages = { amd64: kernel.packageNames('x86_64'), arm64: kernel.packageNames('arm64') }
    await writeLock(kernel.lockPath, await newLock(kernel.suite, packages))
  }
  progress({ step: 'update lock', detail: loaderLockPath })
  const loaders = { amd64: loaderPackages.x86_64, arm64: loaderPackages.arm64 }
  await writeLock(loaderLockPath, await newLock((await readLock(loaderLockPath)).suite, loaders))
  progress({ step: 'update lock', detail: goLockPath })
  await relock(goLockPath, goPackages)
  progress({ step: 'update lock', detail: muslLockPath })
  await relock(muslLockPath, muslPackages)
}

/** The same packages for every architecture. */
const relock = async (path: string, names: readonly string[]): Promise<void> => {
  const packages = Object.fromEntries(debianArchitectures.map((architecture) => [architecture, names]))
  await writeLock(path, await newLock((await readLock(path)).suite, packages))
}
