// Installs what a run needs and is not there. Plain JavaScript without dependencies, for Node 20 and newer: it is the
// one file that runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missingFirmwarePackages } from './firmware-packages.mjs'
import { packageOfProgram, packageOfTestProgram } from './programs.mjs'

const checkout = resolve(fileURLToPath(import.meta.url), '..', '..', '..')

const say = (line) => process.stderr.write(`setup: ${line}\n`)

/** Ends the run as a failed test bed: `lines` say what is missing and the command that brings it. */
const stop = (...lines) => {
  for (const line of lines) say(line)
  process.exit(3)
}

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian keeps mkfs and its like where the PATH of a plain user does not lead; tests look there too. */
const systemFolders = ['/usr/sbin', '/sbin']

const isOnPath = (program) =>
  [...(process.env.PATH ?? '').split(delimiter), ...systemFolders].some(
    (folder) => folder !== '' && isExecutable(join(folder, program)),
  )

/** `npm start` compiles nothing. */
const wanted =
  process.env.npm_lifecycle_event === 'prestart'
    ? packageOfProgram
    : { ...packageOfProgram, ...packageOfTestProgram }

const missingPackages = () => [
  ...new Set(
    Object.entries(wanted)
      .filter(([program]) => !isOnPath(program))
      .flatMap(([, names]) => names.split(' ')),
  ),
]

/** Compares what is installed with the lock file by content: a fresh clone's time stamps say nothing. */
export const npmIsCurrent = (folder) => {
  const installedPath = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installedPath)) return false
  try {
    const locked = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
    const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages
    return Object.entries(locked).every(
      ([path, entry]) =>
        path === '' || entry.version === installed[path]?.version || (entry.optional && !(path in installed)),
    )
  } catch {
    return false
  }
}

/** npm brings Node 24 as the package `node`; a host that forbids install scripts ends up without it. */
const nodeIsThere = () => isExecutable(join(checkout, 'node_modules', '.bin', 'node'))

const run = (command, options) => spawnSync(command[0], command.slice(1), options)

/** Runs a command whose output the person sees; true where it succeeded. */
const show = (command, environment = {}) => {
  say(command.join(' '))
  const { status } = run(command, {
    cwd: checkout,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  })
  return status === 0
}

/** Two runs that start together take turns: the second finds the first one's packages, and does not remove them. */
const installNpmPackagesOnce = () => {
  const command = [process.execPath, fileURLToPath(import.meta.url), 'npm']
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock', 'locks')
  mkdirSync(folder, { recursive: true })
  const lock = join(folder, `npm-${createHash('sha256').update(checkout).digest('hex').slice(0, 16)}`)
  const { status } = run(isOnPath('flock') ? ['flock', lock, ...command] : command, {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(3)
}

const installNpmPackages = () => {
  if (npmIsCurrent(checkout) && nodeIsThere()) return
  const command = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']
  say('npm packages are missing or differ from package-lock.json')
  if (!show(command)) stop(`${command.join(' ')} failed: see its messages above`)
  if (!nodeIsThere())
    stop(
      'expected npm to have put Node 24 into node_modules/.bin/node, found none',
      'install scripts are forbidden here; run: npm rebuild node --ignore-scripts=false',
    )
}

const isRoot = () => process.getuid?.() === 0

const hasAptLists = () => {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.endsWith('Release'))
  } catch {
    return false
  }
}

const aptOptions = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']
const quietApt = { DEBIAN_FRONTEND: 'noninteractive' }

/** For a person to run. */
const aptCommand = (packages) =>
  `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`

const installDebianPackages = (packages) => {
  say(`missing programs come with: ${packages.join(' ')}`)
  if (!isOnPath('apt-get'))
    stop(
      'this host has no apt, so nothing was installed; on Debian 12 or newer, as root, this is the command:',
      `  ${aptCommand(packages)}`,
      "here, install the same programs (QEMU 7.2 or newer) with this host's package manager, then run the same command again",
    )
  const install = ['apt-get', 'install', ...aptOptions, ...packages]
  if (!isRoot())
    stop(
      'not root, so nothing was installed; run this, then the same command again:',
      `  sudo sh -c '${aptCommand(packages)}'`,
    )
  if (hasAptLists() && show(install, quietApt)) return
  if (!show(['apt-get', 'update', '-q'], quietApt) || !show(install, quietApt))
    stop(`apt could not install ${packages.join(' ')}: see its messages above`)
}

/** Only targets that ask for UEFI firmware need it: where it cannot be installed, that is said, and no reason to stop. */
const firmwareToInstall = () => {
  const packages = missingFirmwarePackages()
  if (packages.length === 0 || (isRoot() && isOnPath('apt-get'))) return packages
  say(`no UEFI firmware here, which targets with \`firmware: uefi\` need; as root: ${aptCommand(packages)}`)
  return []
}

const main = () => {
  const started = Date.now()
  const npmMissing = !npmIsCurrent(checkout) || !nodeIsThere()
  if (npmMissing) installNpmPackagesOnce()
  const packages = [...missingPackages(), ...firmwareToInstall()]
  if (packages.length > 0) installDebianPackages(packages)
  // The reference image's builder asks apt for the mirror's address, which apt knows only from its index.
  else if (isRoot() && isOnPath('apt-get') && !hasAptLists()) show(['apt-get', 'update', '-q'], quietApt)
  const stillMissing = Object.keys(wanted).filter((program) => !isOnPath(program))
  if (stillMissing.length > 0) stop(`still not on the PATH after installing: ${stillMissing.join(' ')}`)
  if (npmMissing || packages.length > 0) say(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  process.argv[2] === 'npm' ? installNpmPackages() : main()
