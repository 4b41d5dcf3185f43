import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import which from 'which'
import { missingFirmwarePackages, packageOfFirmware } from './firmware-packages.mjs'
import { packageOfProgram, packageOfTestProgram } from './programs.mjs'

/** A checkout with nothing but the set-up, on a host with nothing but what a test puts on its PATH. */
let folder: string
let cleanup: () => Promise<void>

const programs = Object.keys({ ...packageOfProgram, ...packageOfTestProgram })

const program = async (name: string, script: string) => {
  const path = join(folder, 'bin', name)
  await writeFile(path, `#!/bin/sh\necho "${name} $*" >> '${join(folder, 'log')}'\n${script}\n`)
  await chmod(path, 0o755)
}

const lock = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  },
}
const installedWith = (version: string) => JSON.stringify({ packages: { 'node_modules/a': { version } } })

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  await chmod(folder, 0o755)
  for (const name of ['bin', 'harness/cli', 'node_modules/.bin'])
    await mkdir(join(folder, name), { recursive: true })
  for (const name of ['setup.mjs', 'programs.mjs', 'firmware-packages.mjs'])
    await copyFile(join(import.meta.dirname, name), join(folder, 'harness/cli', name))
  for (const name of ['sh', 'touch', 'chmod', 'flock', 'cat'])
    await symlink(await which(name), join(folder, 'bin', name))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
  await writeFile(join(folder, 'log'), '')
  await chmod(join(folder, 'log'), 0o666)
  await putFirmware()
})
afterEach(() => cleanup())

const putNpmPackages = async (version: string) => {
  await writeFile(join(folder, 'node_modules/.package-lock.json'), installedWith(version))
  await symlink(process.execPath, join(folder, 'node_modules/.bin/node'))
}

const putPrograms = async () => {
  for (const name of programs) await program(name, '')
}

/** Descriptors of firmware for both architectures, whatever the host has. */
const putFirmware = async () => {
  const descriptors = join(folder, 'config/qemu/firmware')
  await mkdir(descriptors, { recursive: true })
  for (const architecture of Object.keys(packageOfFirmware))
    await writeFile(
      join(descriptors, `${architecture}.json`),
      JSON.stringify({
        'interface-types': ['uefi'],
        mapping: { device: 'flash', executable: { filename: join(folder, 'log') } },
        targets: [{ architecture, machines: ['*'] }],
      }),
    )
}

const setup = async (options: { uid?: number; lifecycle?: string } = {}) => {
  const { exitCode, stderr } = await execa(process.execPath, [join(folder, 'harness/cli/setup.mjs')], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: join(folder, 'bin'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      ...(options.lifecycle === undefined ? {} : { npm_lifecycle_event: options.lifecycle }),
    },
    ...options,
  })
  const log = (await readFile(join(folder, 'log'), 'utf8'))
    .trim()
    .split('\n')
    .filter((line) => line !== '')
  return { exitCode, said: stderr, log }
}

describe('setup', () => {
  it('should say and do nothing where everything is there', async () => {
    await putNpmPackages('1.0.0')
    await putPrograms()
    const { exitCode, said, log } = await setup()
    expect({ exitCode, said, log: log.filter((line) => !line.includes('update')) }).toEqual({
      exitCode: 0,
      said: '',
      log: [],
    })
  })

  it('should install npm packages that differ from the lock file, and say so', async () => {
    await putNpmPackages('0.9.0')
    await putPrograms()
    await program('npm', `echo '${installedWith('1.0.0')}' > node_modules/.package-lock.json`)
    const { exitCode, said, log } = await setup()
    expect(exitCode).toBe(0)
    expect(log.filter((line) => line.startsWith('npm'))).toEqual([expect.stringMatching(/^npm ci /)])
    expect(said).toContain('npm packages are missing or differ')
  })

  it('should want no compilers for npm start', async () => {
    await putNpmPackages('1.0.0')
    for (const name of Object.keys(packageOfProgram)) await program(name, '')
    expect(await setup({ lifecycle: 'prestart' })).toMatchObject({ exitCode: 0, said: '' })
    expect((await setup({ lifecycle: 'pretest' })).said).toContain('gcc')
  })

  it('should end as a failed test bed where npm fails', async () => {
    await putPrograms()
    await program('npm', 'exit 7')
    expect(await setup()).toMatchObject({ exitCode: 3, said: expect.stringContaining('npm ci') })
  })

  it.runIf(process.getuid?.() === 0)(
    'should install exactly the Debian packages whose programs are missing',
    async () => {
      await putNpmPackages('1.0.0')
      await program('xz', '')
      const missing = programs.filter((name) => name !== 'xz')
      const make = missing.map(
        (name) => `touch '${join(folder, 'bin', name)}'; chmod 755 '${join(folder, 'bin', name)}'`,
      )
      await program('apt-get', `case "$1" in install) ${make.join('; ')};; esac`)
      const { exitCode, said, log } = await setup()
      expect(exitCode).toBe(0)
      const install = log.find((line) => line.startsWith('apt-get install')) ?? ''
      expect(install).toContain('qemu-system-x86 qemu-system-arm xorriso squashfs-tools-ng')
      expect(install).not.toContain('xz-utils')
      expect(said).toContain('missing programs come with: qemu-system-x86')
    },
  )

  it.runIf(process.getuid?.() === 0)(
    'should print the exact command, and install nothing, where it is not root',
    async () => {
      await putNpmPackages('1.0.0')
      await program('apt-get', '')
      const { exitCode, said, log } = await setup({ uid: 65534 })
      expect({ exitCode, log }).toEqual({ exitCode: 3, log: [] })
      expect(said).toContain(
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends qemu-system-x86",
      )
    },
  )

  it('should print the exact command where there is no apt, and stop', async () => {
    await putNpmPackages('1.0.0')
    const { exitCode, said, log } = await setup()
    expect({ exitCode, log }).toEqual({ exitCode: 3, log: [] })
    expect(said).toContain('this host has no apt')
    expect(said).toContain('apt-get update && apt-get install -y --no-install-recommends qemu-system-x86')
  })
})

describe('missingFirmwarePackages', () => {
  const folders = () => [join(folder, 'none'), join(folder, 'config/qemu/firmware')]

  it('should name the packages of architectures that have no firmware', async () => {
    expect(missingFirmwarePackages(folders())).toEqual([])
    expect(missingFirmwarePackages([])).toEqual(['ovmf', 'qemu-efi-aarch64'])
    await rm(join(folder, 'config/qemu/firmware/x86_64.json'))
    expect(missingFirmwarePackages(folders())).toEqual(['ovmf'])
  })

  it.each([
    ['is not there', { mapping: { executable: { filename: '/none' } } }],
    ['is no UEFI', { 'interface-types': ['bios'] }],
    ['is of no shape', { targets: 1, 'interface-types': 'uefi', mapping: null }],
  ])('should not count firmware that %s', async (_, changed) => {
    const path = join(folder, 'config/qemu/firmware/aarch64.json')
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...changed }))
    expect(missingFirmwarePackages(folders())).toEqual(['qemu-efi-aarch64'])
    await writeFile(path, '{')
    expect(missingFirmwarePackages(folders())).toEqual(['qemu-efi-aarch64'])
  })
})
