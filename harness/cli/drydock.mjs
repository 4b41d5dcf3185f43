#!/usr/bin/env node
// Starts the command line. Plain JavaScript, since the host's own Node may be too old to run TypeScript: it then hands
// over to the Node that npm has put into node_modules. What every start pays for is kept small: node:fs, imported, is 3 ms.
import module from 'node:module'
import { homedir } from 'node:os'

const installedNode = new URL('../../node_modules/.bin/node', import.meta.url)

/** Type stripping is on without a flag since 22.18 and 23.6. */
const runsTypeScript = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

const handOver = async () => {
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  const { fileURLToPath } = await import('node:url')
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(fileURLToPath(installedNode), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; other signals reach this process alone.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

const fs = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'))

if (!fs.existsSync(installedNode)) {
  process.stderr.write('drydock: its packages are not installed; run `npm run setup` in the checkout\n')
  process.exitCode = 3
} else if (runsTypeScript()) {
  const cacheHome = process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`
  module.enableCompileCache?.(`${cacheHome}/drydock/node`)
  await import(process.argv[2] === 'kconfig' ? './kconfig-quick.ts' : './main.ts')
} else {
  await handOver()
}
